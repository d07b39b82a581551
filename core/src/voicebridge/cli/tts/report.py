"""Messages of ``voicebridge tts`` on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from voicebridge.cli.shared.interrupt import Interrupted
from voicebridge.cli.shared.terminal import Remarks, make_progress
from voicebridge.cli.tts.source import TextSource
from voicebridge.speech import AudioChunk
from voicebridge.stt.formats.text import clock, one_line
from voicebridge.tts.sound_job import SoundFileJob
from voicebridge.tts.text.pieces import Piece

if TYPE_CHECKING:
    from voicebridge.tts.verify.check import Deviation, Spoken

_EXCERPT = 60
"""Characters of a passage shown in a report."""


class TtsReport:
    """Prints messages for people."""

    def __init__(self, remarks: Remarks, *, shown: bool) -> None:
        """``shown`` draws progress if stderr is a terminal."""
        self._remarks = remarks
        self._progress = make_progress() if shown and sys.stderr.isatty() else None
        self._began = time.monotonic()
        self._heard = 0.0
        self._letters = 0
        self._first = self._began  # when this run's first audio arrived
        self._pieces = 0
        self._target: Path | None = None
        self._reading: SoundFileJob | None = None
        self._respoken = 0
        self._remaining: list[tuple[int, Piece, Deviation]] = []

    @contextmanager
    def showing(self, source: TextSource) -> Iterator[None]:
        """Draw progress inside the block."""
        if self._progress is None:
            yield
            return
        with self._progress:
            self._task = self._progress.add_task(source.name, total=source.length, where="", factor="")
            yield

    def writes(self, target: Path, reading: SoundFileJob) -> None:
        """Set the output file."""
        self._target, self._reading = target, reading

    def watching(self, sound: Iterator[AudioChunk]) -> Iterator[AudioChunk]:
        """Count the audio that passes through."""
        for chunk in sound:
            if not self._heard:
                self._first = time.monotonic()
                if self._progress is not None:  # the speed is measured from now on, without audio from an earlier run
                    self._progress.reset(self._task, completed=self._letters)
                    self._progress.advance(self._task, 0)
            self._heard += chunk.duration
            yield chunk

    def spoken(self, piece: Piece) -> None:
        """A passage is done."""
        self._pieces += 1
        self._letters += len(piece.written)
        if self._progress is not None:
            took = time.monotonic() - self._first
            self._progress.update(
                self._task,
                completed=self._letters,
                where=clock(self._reading.position if self._reading else self._heard),
                factor=f"RTF {took / self._heard:.2f}" if self._heard else "",
            )

    def checked(self, piece: Piece, spoken: Spoken) -> None:
        """A passage was verified."""
        self._respoken += spoken.attempts > 1
        if not spoken.finding.ok:
            self._remaining.append((self._pieces + 1, piece, spoken.finding))

    def close(self, signal: Interrupted | None) -> int:
        """Print the result, and return the exit code."""
        took = time.monotonic() - self._began
        if signal is not None:
            if self._target is not None and self._reading is not None and self._reading.count:
                self._remarks.say(f"{self._target}: interrupted at {clock(self._reading.position)}. Continue with --resume.")
            return signal.exit_code
        if self._target is not None:
            self._remarks.say(f"Wrote {self._target}")
        factor = took / self._heard if self._heard else 0.0
        self._remarks.detail(f"{self._pieces} passages, {self._heard:.1f} s of speech in {took:.1f} s (real-time factor {factor:.2f}).")
        if self._respoken:
            self._remarks.say(f"{self._respoken} of {self._pieces} passages were spoken again.")
        for number, piece, finding in self._remaining:
            self._remarks.say(f"Piece {number}, {_excerpt(piece.written)}: {describe(finding)}.")
        if self._remaining:
            self._remarks.error(f"{len(self._remaining)} of {self._pieces} passages were not heard as written. Try another voice or seed.")
        return 1 if self._remaining else 0


def describe(finding: Deviation) -> str:
    """The errors of a passage, in words."""
    parts = []
    if finding.missing:
        parts.append(f"not heard: {', '.join(map(repr, finding.missing))}")
    if finding.invented:
        parts.append(f"not written: {', '.join(map(repr, finding.invented))}")
    if finding.implausible:
        parts.append(finding.implausible)
    return "; ".join(parts)


def _excerpt(text: str) -> str:
    line = one_line(text)
    return repr(line if len(line) <= _EXCERPT else f"{line[: _EXCERPT - 1]}…")
