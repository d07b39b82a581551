"""Where ``voicebridge tts`` writes, if anywhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from voicebridge.audio.sound_file import SOUND_FORMATS
from voicebridge.cli.tts_source import Source
from voicebridge.errors import UnknownNameError, UsageError, nearest
from voicebridge.sinks.naming import STDOUT, check_target, standing


@dataclass(frozen=True, slots=True)
class Target:
    """A file to be written."""

    path: Path
    """Or :data:`STDOUT`."""
    format: str


def find_target(source: Source, output: str | None, file_format: str | None, *, plays: bool | None, existing: str | None) -> Target | None:
    """The file that the user wants; ``None`` when the sound is only played.

    Args:
        source: what is spoken.
        output: a file, a folder, or ``-``.
        file_format: one of :data:`SOUND_FORMATS`, where one was named.
        plays: what ``--play`` and ``--no-play`` say.
        existing: ``--overwrite`` or ``--resume``, where one was given.

    Raises:
        UsageError: when it can't be made out.
        OutputError: when nothing can be written there.
    """
    if file_format is not None and file_format not in SOUND_FORMATS:
        hint = nearest(file_format, SOUND_FORMATS)
        raise UnknownNameError(f"No sound format is named {file_format!r}.{hint} Choose from {', '.join(SOUND_FORMATS)}.")
    if output is None and file_format is None:
        _check_that_it_may_be_played(plays, existing)
        return None
    if output == "-":
        if file_format not in (None, "wav"):
            raise UsageError(f"Standard output takes wav, not {file_format}. Leave -f out, or name a file with -o.")
        return Target(STDOUT, "wav")
    path = _path(source, output, file_format)
    chosen = file_format or path.suffix.removeprefix(".").lower()
    if chosen not in SOUND_FORMATS:
        raise UsageError(f"{path} doesn't tell the format. Add one of -f {', -f '.join(SOUND_FORMATS)}.")
    check_target(path, overwrite=existing is not None, root=standing(path.parent))
    return Target(path, chosen)


def _path(source: Source, output: str | None, file_format: str | None) -> Path:
    if output is None:
        if source.path is None:
            raise UsageError(f"-f {file_format} writes beside a document, and this text is in none. Name a file with -o.")
        return source.path.with_suffix(f".{file_format}")
    if not (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        return Path(output)
    if file_format is None:
        raise UsageError(f"{output} is a folder, which doesn't tell the format. Add one of -f {', -f '.join(SOUND_FORMATS)}.")
    return Path(output) / f"{source.name}.{file_format}"


def _check_that_it_may_be_played(plays: bool | None, existing: str | None) -> None:
    if plays is False:
        raise UsageError("--no-play leaves nothing to do. Name a file with -o.")
    if existing:
        raise UsageError(f"{existing} is about a file, and the text would be played. Name a file with -o.")
