"""The output file of ``voicebridge tts``, if any."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from voicebridge.audio.sound_file import SOUND_FORMATS
from voicebridge.cli.tts.source import TextSource
from voicebridge.errors import UnknownNameError, UsageError, nearest
from voicebridge.files.targets import STDOUT, check_target, standing


@dataclass(frozen=True, slots=True)
class SoundTarget:
    """An output file."""

    path: Path
    """Or :data:`STDOUT`."""
    format: str


def find_target(
    source: TextSource, output: str | None, file_format: str | None, *, plays: bool | None, existing: str | None
) -> SoundTarget | None:
    """The output file; ``None`` if the speech is only played.

    Args:
        source: the input.
        output: a file, a folder, or ``-``.
        file_format: one of :data:`SOUND_FORMATS`, if given.
        plays: the value of ``--play`` and ``--no-play``.
        existing: ``--overwrite`` or ``--resume``, if given.

    Raises:
        UsageError: if the arguments are contradictory.
        OutputError: if the file can't be written.
    """
    if file_format is not None and file_format not in SOUND_FORMATS:
        hint = nearest(file_format, SOUND_FORMATS)
        raise UnknownNameError(f"Unknown audio format {file_format!r}.{hint} Choose from {', '.join(SOUND_FORMATS)}.")
    if output is None and file_format is None:
        _check_that_it_may_be_played(plays, existing)
        return None
    if output == "-":
        if file_format not in (None, "wav"):
            raise UsageError(f"Standard output takes wav, not {file_format}. Leave out -f, or give a file with -o.")
        return SoundTarget(STDOUT, "wav")
    path = _path(source, output, file_format)
    chosen = file_format or path.suffix.removeprefix(".").lower()
    if chosen not in SOUND_FORMATS:
        raise UsageError(f"Cannot infer the audio format from {path}. Add one of -f {', -f '.join(SOUND_FORMATS)}.")
    check_target(path, overwrite=existing is not None, root=standing(path.parent))
    return SoundTarget(path, chosen)


def _path(source: TextSource, output: str | None, file_format: str | None) -> Path:
    if output is None:
        if source.path is None:
            raise UsageError(f"-f {file_format} alone writes next to a document, but this text is not in a file. Give a file with -o.")
        return source.path.with_suffix(f".{file_format}")
    if not (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        return Path(output)
    if file_format is None:
        raise UsageError(f"{output} is a folder, so the format is unknown. Add one of -f {', -f '.join(SOUND_FORMATS)}.")
    return Path(output) / f"{source.name}.{file_format}"


def _check_that_it_may_be_played(plays: bool | None, existing: str | None) -> None:
    if plays is False:
        raise UsageError("--no-play without -o does nothing. Give a file with -o.")
    if existing:
        raise UsageError(f"{existing} applies to a file, but the text would be played. Give a file with -o.")
