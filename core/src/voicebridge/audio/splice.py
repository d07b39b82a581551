"""Read bytes and sections of a file as one file."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import IO, TypeAlias

Piece: TypeAlias = "bytes | tuple[int, int]"
"""Bytes, or a section of the file."""


class Spliced:
    """A readable and seekable file, for FFmpeg's libraries."""

    def __init__(self, file: IO[bytes], pieces: Sequence[Piece]) -> None:
        """Read the seekable ``file`` according to the pieces."""
        self._file = file
        self._pieces = pieces
        sizes = [len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in pieces]
        self._begins = [0, *accumulate(sizes)]
        self._at = 0

    def read(self, size: int) -> bytes:
        """Up to that many bytes from the current position; empty at the end."""
        number = bisect_right(self._begins, self._at) - 1
        if number >= len(self._pieces):
            return b""
        piece, begin = self._pieces[number], self._at - self._begins[number]
        size = min(size, self._begins[number + 1] - self._at)
        if isinstance(piece, bytes):
            content = piece[begin : begin + size]
        else:
            self._file.seek(piece[0] + begin)
            content = self._file.read(size)
        self._at += len(content)
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Seek; see :meth:`io.IOBase.seek`."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._begins[-1]}.get(whence)
        if base is None or base + offset < 0:
            return -1
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """The current position."""
        return self._at
