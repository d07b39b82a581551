"""The log of a transcript under way: what happens is appended, a line at a time, and never changed afterwards.

A line is a JSON array of a check sum (CRC-32, in hexadecimal) and an object with one key:

``run``
    A process begins or goes on: what the transcript belongs to, and how many of the segments so far are ``kept``.
``segment``
    The next segment.
``partial``
    A file with the text so far that an interrupted run left for the user.
``end``
    The recording has been heard to the end.

What a kill or a power cut left at the end and is no whole line is cut off when the log is opened again.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from voicebridge.sinks.formats import Heard
from voicebridge.sinks.locked import LockedFile
from voicebridge.speech import Segment, Word

SYNC_EVERY = 1.0
"""Seconds between two waits for the disk, so that a power cut costs no more."""

_MARK = len('["00000000",')  # what stands before a line's object
_OPTIONAL = ("speaker", "language", "avg_logprob", "no_speech_prob")


class Log:
    """A log that is ours to write."""

    def __init__(self, file: LockedFile) -> None:
        """Read what is in ``file`` already.

        Raises:
            OSError: when it can't be read.
        """
        self._file = file
        self.run: Mapping[str, Any] | None = None
        """What the last process to begin wrote down; ``None`` in a new log."""
        self.ends: list[float] = []
        """Seconds at which each of the segments ends."""
        self.partials: list[Mapping[str, Any]] = []
        """What is known of the files that interrupted runs left."""
        self.heard: Heard | None = None
        """What is known of the recording, once it has been heard to the end."""
        self.damage: str | None = None
        """What was wrong with the recording, once it has been heard to the end."""
        self._offsets: list[int] = []  # where each segment's line begins: all that memory holds of it
        self._size = 0
        self._synced = time.monotonic()
        for record, length in _records(file.handle):
            self._take(record, length)
        os.ftruncate(file.handle, self._size)

    def begin(self, run: Mapping[str, Any], kept: int) -> None:
        """Say who writes from now on, and that the first ``kept`` segments stand."""
        self._write({"run": {**run, "kept": kept}})

    def add(self, segment: Segment) -> None:
        """Append a segment; once this returns, no end of the process loses it."""
        self._write({"segment": _fields(segment)})

    def end(self, heard: Heard, damage: str | None) -> None:
        """Note that the recording has been heard to the end."""
        self._write({"end": {"heard": asdict(heard), "damage": damage}})

    def note(self, partial: Mapping[str, Any]) -> None:
        """Note a file with the text so far, before it is put in its place."""
        self._write({"partial": partial})

    def segments(self) -> Iterator[Segment]:
        """All segments that stand, read from the file."""
        with os.fdopen(self._file.handle, "rb", closefd=False) as file:
            for offset in self._offsets:
                file.seek(offset)
                yield _segment(json.loads(file.readline()[_MARK:-2])["segment"])

    def _write(self, record: Mapping[str, Any]) -> None:
        body = json.dumps(record, separators=(",", ":")).encode()
        line = _line(body)
        try:
            written = os.write(self._file.handle, line)
            while written < len(line):
                written += os.write(self._file.handle, line[written:])
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file.handle, self._size)  # half a line would hide what may still come after it
            raise
        self._take(record, len(line))
        if time.monotonic() - self._synced >= SYNC_EVERY:
            os.fsync(self._file.handle)
            self._synced = time.monotonic()

    def _take(self, record: Mapping[str, Any], length: int) -> None:
        if "segment" in record:
            self._offsets.append(self._size)
            self.ends.append(record["segment"]["end"])
        elif "run" in record:
            self.run, self.heard, self.damage = record["run"], None, None
            del self._offsets[record["run"]["kept"] :], self.ends[record["run"]["kept"] :]
        elif "partial" in record:
            self.partials.append(record["partial"])
        elif "end" in record:
            self.heard, self.damage = Heard(**record["end"]["heard"]), record["end"]["damage"]
        self._size += length


def last_run(path: Path) -> Mapping[str, Any]:
    """What the last process to begin wrote into a log that is another's, as far as it can be read."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return {}
    try:
        runs = [record["run"] for record, _ in _records(handle) if "run" in record]
    finally:
        os.close(handle)
    return runs[-1] if runs else {}


def _records(handle: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The objects of all lines before the first that is not whole, each with the line's length in bytes."""
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(handle, "rb", closefd=False) as file:
        for line in file:
            record = _parse(line)
            if record is None:
                return
            yield record, len(line)


def _parse(line: bytes) -> Mapping[str, Any] | None:
    body = line[_MARK:-2]
    if line != _line(body):
        return None
    record: Mapping[str, Any] = json.loads(body)
    return record


def _line(body: bytes) -> bytes:
    return b'["%08x",%b]\n' % (zlib.crc32(body), body)


def _fields(segment: Segment) -> dict[str, Any]:
    fields = {name: getattr(segment, name) for name in _OPTIONAL}
    return {
        "start": float(segment.start),  # an engine may give NumPy's numbers, of which JSON knows nothing
        "end": float(segment.end),
        "text": segment.text,
        "words": [(float(word.start), float(word.end), word.text, _plain(word.probability)) for word in segment.words],
        **{name: _plain(value) for name, value in fields.items() if value is not None},
    }


def _segment(fields: Mapping[str, Any]) -> Segment:
    return Segment(**{**fields, "words": tuple(Word(*word) for word in fields["words"])})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else float(value)
