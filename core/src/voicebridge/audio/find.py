"""Finds the recordings that a user means: files, folders of them, patterns, standard input."""

from __future__ import annotations

import glob
import mimetypes
from collections.abc import Iterable
from pathlib import Path

from voicebridge.errors import InputError

STDIN = Path("-")
"""Stands for standard input."""
_UNLISTED = {".opus", ".oga", ".mka", ".m4b", ".amr", ".caf", ".wma", ".aac", ".ac3", ".mkv", ".ts", ".mts", ".flac", ".m4a", ".weba"}
"""Recordings by extension that not every platform's list of types knows."""


def find_recordings(names: Iterable[str]) -> list[Path]:
    """The recordings that ``names`` stand for, each once, in the order given; a folder's and a pattern's in order of name.

    A file that is named is taken whatever it is called; in a folder only what is called like audio or video is.

    Raises:
        InputError: when a folder holds no recording, or nothing matches a pattern.
    """
    found: dict[Path, None] = {}
    for name in names:
        path = Path(name)
        if path != STDIN and path.is_dir():
            found.update(dict.fromkeys(_in_folder(path)))
        elif path != STDIN and glob.has_magic(name) and not path.exists():
            found.update(dict.fromkeys(_matching(name)))
        else:
            found[path] = None
    return list(found)


def is_recording(path: Path) -> bool:
    """Whether a file is called like audio or video."""
    kind, _ = mimetypes.guess_type(path.name, strict=False)
    return path.suffix.lower() in _UNLISTED or (kind is not None and kind.partition("/")[0] in ("audio", "video"))


def _in_folder(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if is_recording(path) and path.is_file())
    except OSError as error:
        raise InputError(f"{folder} can't be read: {error.strerror}. Check its permissions.") from error
    if not found:
        raise InputError(f"{folder} holds no audio or video files. Name the files if they are called otherwise.")
    return found


def _matching(pattern: str) -> list[Path]:
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 - the pattern may be absolute
    if not found:
        raise InputError(f"Nothing matches {pattern}. Check the name.")
    return [path for path in found if path.is_file()]
