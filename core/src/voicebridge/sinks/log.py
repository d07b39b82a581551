"""The log of a transcript under way: what happens is appended, a line at a time, and never changed afterwards.

It holds checked lines (:mod:`voicebridge.sinks.lines`), each an object with one key:

``run``
    A process begins or goes on: what the transcript belongs to, and how many of the segments so far are ``kept``.
``segment``
    The next segment.
``partial``
    A file with the text so far that an interrupted run left for the user.
``end``
    The recording has been heard to the end.

What is no whole line at the end is cut off when the log is opened again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from voicebridge.locked import LockedFile
from voicebridge.sinks import lines
from voicebridge.sinks.formats import Heard
from voicebridge.speech import Segment, Word

SYNC_EVERY = 1.0
"""Seconds between two waits for the disk, so that a power cut costs no more."""

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
        for record, length in lines.records(file.handle):
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
                yield _segment(lines.parse(file.readline())["segment"])

    def _write(self, record: Mapping[str, Any]) -> None:
        length = lines.append(self._file.handle, self._size, record)
        self._take(record, length)
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
