"""The append-only log of an unfinished transcript.

It consists of checked lines (:mod:`voicebridge.files.checked_lines`), each an object with one of these keys:

``run``
    A process starts or resumes: the identity of the transcript, how many segments so far are ``kept``, and whether the ``turns`` are.
``segment``
    The next segment, with its filtered text, and the filters that had failed by then, so that a resumed run doesn't use them either. With
    ``part`` it is a part of one of the engine's segments, and the rest of that segment follows.
``turns``
    The turns of the speakers, before the first segment.
``partial``
    A file with the text so far that an interrupted run wrote for the user.
``end``
    The recording has been transcribed to its end.

An incomplete line at the end is removed when the log is opened again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from voicebridge.extension_ports import Turn
from voicebridge.files import checked_lines
from voicebridge.files.lock import LockedFile
from voicebridge.speech import Segment, TranscriptInfo, Word

SYNC_EVERY = 1.0
"""Seconds between two syncs to disk, which limits the loss in a power cut."""

_OPTIONAL = ("speaker", "language", "avg_logprob", "no_speech_prob")


class Log:
    """A log opened for writing."""

    def __init__(self, file: LockedFile) -> None:
        """Read the existing content of ``file``.

        Raises:
            OSError: if it can't be read.
        """
        self._file = file
        self.run: Mapping[str, Any] | None = None
        """What the last process recorded at its start; ``None`` in a new log."""
        self.ends: list[float] = []
        """The end of each segment, in seconds."""
        self.whole: list[bool] = []
        """Whether each segment ends one of the engine, so that a run can resume after it."""
        self.turns: list[Turn] | None = None
        """The turns of the speakers, if they are labelled."""
        self.partials: list[Mapping[str, Any]] = []
        """The recorded files of interrupted runs."""
        self.heard: TranscriptInfo | None = None
        """Information about the recording, after it has been transcribed to its end."""
        self.damage: str | None = None
        """The damage of the recording, after it has been transcribed to its end."""
        self._offsets: list[int] = []  # the position of each segment's line, which is all that is kept in memory
        self._size = 0
        self._synced = time.monotonic()
        for record, length in checked_lines.records(file.handle):
            self._take(record, length)
        os.ftruncate(file.handle, self._size)

    def begin(self, run: Mapping[str, Any], kept: int, *, turns: bool) -> None:
        """Record who writes from now on, that the first ``kept`` segments are valid, and whether the turns of the speakers are."""
        self._write({"run": {**run, "kept": kept, "turns": turns}})

    def note_turns(self, turns: Sequence[Turn]) -> None:
        """Record the turns of the speakers, before the first segment."""
        self._write({"turns": [(turn.start, turn.end, turn.speaker) for turn in turns]})

    def add(self, segment: Segment, failed_filters: Sequence[str] = (), is_end: bool = True) -> None:
        """Append a segment; after this returns, it survives the process."""
        failed = {"failed_filters": list(failed_filters)} if failed_filters else {}
        self._write({"segment": _fields(segment), **failed, **({} if is_end else {"part": True})})

    def end(self, heard: TranscriptInfo, damage: str | None) -> None:
        """Record that the recording has been transcribed to its end."""
        self._write({"end": {"heard": asdict(heard), "damage": damage}})

    def note(self, partial: Mapping[str, Any]) -> None:
        """Record a file with the text so far, before it is renamed into place."""
        self._write({"partial": partial})

    def segments(self) -> Iterator[Segment]:
        """All valid segments, read from the file."""
        with os.fdopen(self._file.handle, "rb", closefd=False) as file:
            for offset in self._offsets:
                file.seek(offset)
                yield _segment(checked_lines.parse(file.readline())["segment"])

    def failed_filters(self) -> Sequence[str]:
        """The filters that had failed at the last valid segment."""
        if not self._offsets:
            return ()
        with os.fdopen(self._file.handle, "rb", closefd=False) as file:
            file.seek(self._offsets[-1])
            found: Sequence[str] = checked_lines.parse(file.readline()).get("failed_filters", ())
            return found

    def _write(self, record: Mapping[str, Any]) -> None:
        length = checked_lines.append(self._file.handle, self._size, record)
        self._take(record, length)
        if time.monotonic() - self._synced >= SYNC_EVERY:
            os.fsync(self._file.handle)
            self._synced = time.monotonic()

    def _take(self, record: Mapping[str, Any], length: int) -> None:
        if "segment" in record:
            self._offsets.append(self._size)
            self.ends.append(record["segment"]["end"])
            self.whole.append(not record.get("part", False))
        elif "run" in record:
            self.run, self.heard, self.damage = record["run"], None, None
            kept = record["run"]["kept"]
            del self._offsets[kept:], self.ends[kept:], self.whole[kept:]
            if not record["run"]["turns"]:
                self.turns = None
        elif "turns" in record:
            self.turns = [Turn(*turn) for turn in record["turns"]]
        elif "partial" in record:
            self.partials.append(record["partial"])
        elif "end" in record:
            self.heard, self.damage = TranscriptInfo(**record["end"]["heard"]), record["end"]["damage"]
        self._size += length


def _fields(segment: Segment) -> dict[str, Any]:
    fields = {name: getattr(segment, name) for name in _OPTIONAL}
    return {
        "start": float(segment.start),  # an engine may yield NumPy scalars, which JSON doesn't support
        "end": float(segment.end),
        "text": segment.text,
        "words": [(float(word.start), float(word.end), word.text, _plain(word.probability)) for word in segment.words],
        **{name: _plain(value) for name, value in fields.items() if value is not None},
    }


def _segment(fields: Mapping[str, Any]) -> Segment:
    return Segment(**{**fields, "words": tuple(Word(*word) for word in fields["words"])})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else float(value)
