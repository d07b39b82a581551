"""Which files of a watched folder are meant: recordings, or documents where they are to be read aloud."""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from pathlib import Path

from voicebridge.audio.find import is_recording
from voicebridge.text.document import SUFFIXES

NOTE = ".error.txt"
"""What the name of a note about a failure ends with."""
_UNDER_WAY = {"part", "partial", "crdownload", "download", "filepart", "tmp", "temp", "swp", "!qb"}
"""Endings that browsers, editors and copiers give to what they have not finished."""
_HEADS = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"ID3", b"\x1aE\xdf\xa3", b"FORM", b"#!AMR", b"caff", b".snd", b"wvpk", b"0&\xb2u")
_MPEG = {0xFB, 0xFA, 0xF3, 0xF2, 0xF9, 0xF1}


def may_be_meant(name: str, *, speak: bool) -> bool:
    """Whether a file of that name may be one to be done; with an ending that nobody knows its content decides (:func:`sounds`).

    Hidden files, notes about failures, and what is under way by its name never are.
    """
    if name.startswith(".") or name.endswith((NOTE, "~")):
        return False
    return _ending(name) == "document" if speak else _ending(name) in ("recording", "unknown")


def is_meant_by_name(name: str) -> bool:
    """Whether a file's name alone says that it is a recording."""
    return _ending(name) == "recording"


def sounds(path: Path) -> bool:
    """Whether a file begins as recordings and videos do, however it is called.

    Raises:
        OSError: when it can't be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith((b"RIFF", b"FORM")):
        return head[8:12] in (b"WAVE", b"AVI ", b"AIFF", b"AIFC")
    return head.startswith(_HEADS) or head[4:8] == b"ftyp" or (len(head) > 1 and head[0] == 0xFF and head[1] in _MPEG)


def _ending(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    return _kind(ending.lower() if dot else "")


@lru_cache(1024)
def _kind(ending: str) -> str:
    if ending in _UNDER_WAY:
        return "under way"
    if f".{ending}" in SUFFIXES:
        return "document"
    path = Path(f"x.{ending}" if ending else "x")
    if is_recording(path):
        return "recording"
    return "unknown" if mimetypes.guess_type(path.name, strict=False) == (None, None) else "other"
