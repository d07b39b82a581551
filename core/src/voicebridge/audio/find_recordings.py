"""Find the recordings that the user's arguments refer to: files, folders, glob patterns, standard input."""

from __future__ import annotations

import glob
import mimetypes
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

from voicebridge.errors import InputError, UsageError

STDIN = Path("-")
"""Standard input."""
Kind = Literal["recording", "other", "unknown"]
_AUDIO = (
    "8svx aa aac aax ac3 adts aif aifc aiff alac amr ape au awb bwf caf dff dsf dss dts eac3 ec3 flac gsm m2a m4a m4b m4p m4r mka mp1 mp2 "
    "mp3 mpa mpc mpga mpp oga ogg oma opus qcp ra rf64 shn snd spx tak thd tta voc w64 wav wave weba wma wv 3ga"
)
_VIDEO = (
    "3g2 3gp 3gpp amv asf avi divx dv f4a f4v flv m1v m2t m2ts m2v m4v mkv mov mp4 mpe mpeg mpg mts mxf nsv nut ogm ogv qt rm rmvb tod ts "
    "vob webm wmv wtv"
)
_RECORDINGS = frozenset([*_AUDIO.split(), *_VIDEO.split()])
_UNDER_WAY = frozenset({"part", "partial", "crdownload", "download", "filepart", "tmp", "temp", "swp", "!qb"})
"""Extensions of unfinished files from browsers, editors and copy programs."""
_HEADS = (b"RF64", b"BW64", b"fLaC", b"OggS", b"ID3", b"\x1aE\xdf\xa3", b"FORM", b"#!AMR", b"caff", b".snd", b"wvpk", b"0&\xb2u")
_OTHERS = frozenset(["ass", "cue", "idx", "ini", "kar", "lrc", "m3u", "m3u8", "mid", "midi", "nfo", "pls", "srt", "ssa", "sub", "ttml"])
"""Subtitles, playlists and scores that some versions of Python's type list lack, or classify as audio."""
_MPEG = frozenset({0xFB, 0xFA, 0xF3, 0xF2, 0xF9, 0xF1})


def find_recordings(names: Iterable[str], *, recursive: bool = False) -> list[Path]:
    """The recordings for ``names``, without duplicates, in the given order; those of a folder or pattern are sorted by name.

    A file named explicitly is accepted with any extension; in a folder, only recordings are, see :func:`is_recording`.

    Args:
        names: files, folders, glob patterns, ``-`` for standard input.
        recursive: include subfolders, except hidden ones.

    Raises:
        InputError: if a folder contains no recording, or nothing matches a pattern.
    """
    found: dict[Path, None] = {}
    for name in names:
        path = local_path(name)
        name = str(path) if path != Path(name) else name
        if path != STDIN and os.path.isdir(path):  # noqa: PTH112 - Path's raises where a name is too long
            found.update(dict.fromkeys(_in_folder(path, recursive=recursive)))
        elif path != STDIN and glob.has_magic(name) and not os.path.exists(path):  # noqa: PTH110
            found.update(dict.fromkeys(_matching(name)))
        else:
            found[path] = None
    return list(found)


def local_path(name: str) -> Path:
    """The file for a path or ``file:`` URL, as passed by file managers.

    Raises:
        UsageError: for a network URL.
    """
    scheme, mark, rest = name.partition("://")
    if not mark or not scheme.isalpha() or os.path.exists(name):  # noqa: PTH110 - as above
        return Path(name)
    if scheme.lower() == "file":
        host, slash, path = rest.partition("/")
        if host in ("", "localhost"):
            from urllib.request import url2pathname  # on demand: it imports all downloading code

            return Path(url2pathname(slash + path))
    raise UsageError(f"{name} is a URL, and VoiceBridge downloads no recordings. Download it and give the file.")


def is_recording(path: Path) -> bool:
    """Whether a file in a folder is a recording: by its extension, or by its content if the extension is unknown.

    Hidden and unfinished files never are.
    """
    kind = kind_of(path.name)
    try:
        return kind == "recording" or (kind == "unknown" and sounds(path))
    except OSError:
        return False


def kind_of(name: str) -> Kind:
    """The type of a file by its name alone, the same on every system."""
    stem, dot, ending = name.rpartition(".")
    return "other" if name.startswith(".") or name.endswith("~") else _kind(ending.lower() if dot and stem else "")


def sounds(path: Path) -> bool:
    """Whether a file's content looks like audio or video, regardless of its name.

    Raises:
        OSError: if it can't be read.
    """
    if not path.is_file():  # opening a pipe would block until there is a writer, or consume its data
        return False
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith((b"RIFF", b"RIFX", b"FORM")):
        return head[8:12] in (b"WAVE", b"AVI ", b"AIFF", b"AIFC")
    return head.startswith(_HEADS) or head[4:8] == b"ftyp" or (len(head) > 1 and head[0] == 0xFF and head[1] in _MPEG)


@lru_cache(1024)
def _kind(ending: str) -> Kind:
    if ending in _RECORDINGS:
        return "recording"
    known = _types().guess_type(f"x.{ending}", strict=False) != (None, None)
    return "other" if ending in _UNDER_WAY | _OTHERS or (ending and known) else "unknown"


@lru_cache(1)
def _types() -> mimetypes.MimeTypes:
    return mimetypes.MimeTypes()  # Python's built-in list: the system's differs between machines


def _in_folder(folder: Path, *, recursive: bool) -> list[Path]:
    try:
        found = _directly_in(folder)
    except OSError as error:
        raise InputError(f"{folder} can't be read: {error.strerror}. Check its permissions.") from error
    if recursive:
        found += [path for below in _folders_below(folder) for path in _readable_in(below)]
    if not found:
        if not recursive and any(_readable_in(below) for below in _folders_below(folder)):
            raise InputError(f"{folder} has recordings only in its subfolders. Include them with --recursive.")
        raise InputError(f"{folder} contains no audio or video files. If they have other extensions, give the files themselves.")
    return found


def _directly_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if is_recording(path) and path.is_file())


def _readable_in(folder: Path) -> list[Path]:
    try:
        return _directly_in(folder)
    except OSError:
        return []  # subfolders without permission are skipped, like in find and grep


def _folders_below(folder: Path) -> Iterator[Path]:
    """All subfolders, sorted by name, except those that start with a dot; each only once, even through links."""
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
        raise InputError(f"No file matches {pattern}. Check the name.")
    return [path for path in found if path.is_file()]
