"""Finds the recordings that a user means: files, folders of them, patterns, standard input."""

from __future__ import annotations

import glob
import mimetypes
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.request import url2pathname

from voicebridge.errors import InputError, UsageError

STDIN = Path("-")
"""Stands for standard input."""
_UNLISTED = {".opus", ".oga", ".mka", ".m4b", ".amr", ".caf", ".wma", ".aac", ".ac3", ".mkv", ".ts", ".mts", ".flac", ".m4a", ".weba"}
"""Recordings by extension that not every platform's list of types knows."""
_NO_RECORDINGS = {".ass", ".ssa", ".m3u", ".m3u8", ".pls", ".mid", ".midi", ".kar"}
"""Subtitles, lists and scores that some platform's list of types calls audio."""


def find_recordings(names: Iterable[str], *, recursive: bool = False) -> list[Path]:
    """The recordings that ``names`` stand for, each once, in the order given; a folder's and a pattern's in order of name.

    A file that is named is taken whatever it is called; in a folder only what is called like audio or video is.

    Args:
        names: files, folders, patterns, ``-`` for standard input.
        recursive: take the folders below a folder too, hidden ones left out.

    Raises:
        InputError: when a folder holds no recording, or nothing matches a pattern.
    """
    found: dict[Path, None] = {}
    for name in names:
        path = local_path(name)
        name = str(path) if path != Path(name) else name
        if path != STDIN and path.is_dir():
            found.update(dict.fromkeys(_in_folder(path, recursive=recursive)))
        elif path != STDIN and glob.has_magic(name) and not path.exists():
            found.update(dict.fromkeys(_matching(name)))
        else:
            found[path] = None
    return list(found)


def local_path(name: str) -> Path:
    """The file that a name or a ``file:`` address means, as file managers give it.

    Raises:
        UsageError: for an address on the network.
    """
    scheme, mark, rest = name.partition("://")
    if not mark or not scheme.isalpha() or Path(name).exists():
        return Path(name)
    if scheme.lower() == "file":
        host, slash, path = rest.partition("/")
        if host in ("", "localhost"):
            return Path(url2pathname(slash + path))
    raise UsageError(f"{name} is an address, and nothing is fetched from the network. Download it, and name the file.")


def is_recording(path: Path) -> bool:
    """Whether a file is called like audio or video."""
    if path.suffix.lower() in _NO_RECORDINGS:
        return False
    kind, _ = mimetypes.guess_type(path.name, strict=False)
    return path.suffix.lower() in _UNLISTED or (kind is not None and kind.partition("/")[0] in ("audio", "video"))


def _in_folder(folder: Path, *, recursive: bool) -> list[Path]:
    try:
        found = _directly_in(folder)
    except OSError as error:
        raise InputError(f"{folder} can't be read: {error.strerror}. Check its permissions.") from error
    if recursive:
        found += [path for below in _folders_below(folder) for path in _readable_in(below)]
    if not found:
        if not recursive and any(_readable_in(below) for below in _folders_below(folder)):
            raise InputError(f"{folder} holds recordings only in the folders below it. Take those too with --recursive.")
        raise InputError(f"{folder} holds no audio or video files. Name the files if they are called otherwise.")
    return found


def _directly_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if is_recording(path) and path.is_file())


def _readable_in(folder: Path) -> list[Path]:
    try:
        return _directly_in(folder)
    except OSError:
        return []  # below the folder that was named, what is closed to us is passed over, as find and grep do


def _folders_below(folder: Path) -> Iterator[Path]:
    """Every folder below, in order of name; those that start with a dot are left out, and no folder comes twice, by whatever link."""
    seen = {_identity(folder)}
    for parent, names, _ in os.walk(folder, followlinks=True):
        kept = []
        for name in sorted(names):
            if not name.startswith(".") and (who := _identity(Path(parent, name))) not in seen:
                seen.add(who)
                kept.append(name)
        names[:] = kept
        if Path(parent) != folder:
            yield Path(parent)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _matching(pattern: str) -> list[Path]:
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 - the pattern may be absolute
    if not found:
        raise InputError(f"Nothing matches {pattern}. Check the name.")
    return [path for path in found if path.is_file()]
