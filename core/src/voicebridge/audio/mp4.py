"""What an MP4 says of itself that FFmpeg doesn't pass on: whether its sound is encrypted, and whether its index is there at all."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

PROTECTED = frozenset({b"enca", b"drms", b"aavd"})
"""Sample entries of encrypted sound, which would come out as noise: Common Encryption, Apple's FairPlay, Audible."""
_OUTER = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
"""The boxes that a sample entry lies in."""
_MOST_BOXES = 10_000
"""No level of a sound file has more."""


def sample_entries(path: Path) -> list[bytes]:
    """What each track is called by its sample entry, in order; empty for a file that is no MP4 or MOV."""
    with path.open("rb") as file:
        return list(islice(_entries(file, 0, file.seek(0, 2)), _MOST_BOXES))


def lacks_index(path: Path) -> bool:
    """Whether this is an MP4 without its index, which most programs write last: it was not copied or recorded to its end."""
    kinds = _outermost(path)
    return b"ftyp" in kinds[:1] and b"moov" not in kinds


def is_fragmented(path: Path) -> bool:
    """Whether this is an MP4 in fragments, as cameras and streams write them."""
    kinds = _outermost(path)
    return b"moof" in kinds and b"moov" in kinds


def beginnings(path: Path) -> list[int]:
    """The bytes at which an MP4 begins, and others that were joined to it."""
    with path.open("rb") as file:
        boxes = islice(_boxes(file, 0, file.seek(0, 2)), _MOST_BOXES)
        return [content - 8 for kind, content, _ in boxes if kind == b"ftyp"]


def _outermost(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [kind for kind, _, _ in islice(_boxes(file, 0, file.seek(0, 2)), _MOST_BOXES)]


def _entries(file: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
    for kind, content, after in islice(_boxes(file, begin, end), _MOST_BOXES):
        if kind in _OUTER:
            yield from _entries(file, content, after)
        elif kind == b"stsd":
            file.seek(content + 12)  # past version, flags, the number of entries and the size of the first
            yield file.read(4)


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two places in a file: what each is, where its content begins, and where it ends."""
    while begin + 8 <= end:
        file.seek(begin)
        size, kind = struct.unpack(">I4s", file.read(8))
        content = begin + 8
        if size == 1 and content + 8 <= end:
            (size,) = struct.unpack(">Q", file.read(8))
            content += 8
        elif size == 0:  # to the end
            size = end - begin
        if size < content - begin:
            return
        begin, after = begin + size, min(begin + size, end)
        yield kind, content, after
