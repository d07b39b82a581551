"""Properties of MP4 files that FFmpeg doesn't provide: whether the audio is encrypted, and whether the index exists."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

PROTECTED = frozenset({b"enca", b"drms", b"aavd"})
"""Sample entries of encrypted audio, which would decode to noise: Common Encryption, Apple's FairPlay, Audible."""
_OUTER = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
"""The boxes that contain a sample entry."""
_MOST_BOXES = 10_000
"""Maximum depth of boxes in an audio file."""


def sample_entries(path: Path) -> list[bytes]:
    """The sample entry type of each track, in order; empty if the file is not an MP4 or MOV."""
    with path.open("rb") as file:
        return list(islice(_entries(file, 0, file.seek(0, 2)), _MOST_BOXES))


def lacks_index(path: Path) -> bool:
    """Whether this is an MP4 without its index, which is usually written last: it was not copied or recorded to its end."""
    kinds = _outermost(path)
    return b"ftyp" in kinds[:1] and b"moov" not in kinds


def is_fragmented(path: Path) -> bool:
    """Whether this is a fragmented MP4, as written by cameras and streams."""
    kinds = _outermost(path)
    return b"moof" in kinds and b"moov" in kinds


def beginnings(path: Path) -> list[int]:
    """The positions of an MP4 and of others concatenated to it."""
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
            file.seek(content + 12)  # skip version, flags, number of entries and size of the first
            yield file.read(4)


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two positions in a file: type, start of the content, and end."""
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
