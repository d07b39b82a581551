"""Append-only files of lines with checksums, read up to the first incomplete line.

A line is a JSON array of a checksum (CRC-32, in hexadecimal) and an object. An incomplete line at the end, after a kill or power cut, is
ignored.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_MARK = len('["00000000",')  # the text before a line's object


def append(handle: int, size: int, record: Mapping[str, Any]) -> int:
    """Append a line to a file of ``size`` bytes, and return its length.

    Raises:
        OSError: if the disk is full; the file is then unchanged.
    """
    line = _line(json.dumps(record, separators=(",", ":")).encode())
    try:
        written = os.write(handle, line)
        while written < len(line):
            written += os.write(handle, line[written:])
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, size)  # an incomplete line would hide later ones
        raise
    return len(line)


def records(handle: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The objects of all lines before the first incomplete one, each with the line's length in bytes."""
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(handle, "rb", closefd=False) as file:
        for line in file:
            record = _parse(line)
            if record is None:
                return
            yield record, len(line)


def parse(line: bytes) -> Mapping[str, Any]:
    """The object of a line that is known to be complete."""
    record: Mapping[str, Any] = json.loads(line[_MARK:-2])
    return record


def last(path: Path, key: str) -> Mapping[str, Any]:
    """The value of the last line with ``key`` in a file of another process, as far as it can be read."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return {}
    try:
        found = [record[key] for record, _ in records(handle) if key in record]
    finally:
        os.close(handle)
    return found[-1] if found else {}


def _parse(line: bytes) -> Mapping[str, Any] | None:
    return parse(line) if line == _line(line[_MARK:-2]) else None


def _line(body: bytes) -> bytes:
    return b'["%08x",%b]\n' % (zlib.crc32(body), body)
