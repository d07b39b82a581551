"""What ``voicebridge tts`` says on the way, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from voicebridge.cli.interrupt import Interrupted
from voicebridge.cli.terminal import Remarks, make_progress, time_left_text
from voicebridge.cli.tts_source import Source
from voicebridge.pipeline.reading import Reading
from voicebridge.sinks.text import clock, one_line
from voicebridge.speech import AudioChunk
from voicebridge.text.pieces import Piece

if TYPE_CHECKING:
    from voicebridge.pipeline.verify import Finding, Spoken

_EXCERPT = 60
"""Letters of a piece that a report shows."""


class Report:
    """Tells a person."""

    def __init__(self, remarks: Remarks, *, shown: bool) -> None:
        """``shown`` draws progress where stderr is a terminal."""
        self._remarks = remarks
        self._progress = make_progress() if shown and sys.stderr.isatty() else None
        self._began = time.monotonic()
        self._heard = 0.0
        self._letters = 0
        self._first, self._kept = self._began, 0  # when this run's first sound came, and the letters that an earlier run had spoken
        self._pieces = 0
        self._target: Path | None = None
        self._reading: Reading | None = None
        self._respoken = 0
        self._remaining: list[tuple[int, Piece, Finding]] = []

    @contextmanager
    def showing(self, source: Source) -> Iterator[None]:
        """Draw progress meanwhile."""
        if self._progress is None:
            yield
            return
        with self._progress:
            self._task = self._progress.add_task(source.name, total=source.length, where="", factor="", left="")
            yield

    def writes(self, target: Path, reading: Reading) -> None:
        """Take in what file is being made."""
        self._target, self._reading = target, reading

    def watching(self, sound: Iterator[AudioChunk]) -> Iterator[AudioChunk]:
        """Count the sound that goes by."""
        for chunk in sound:
            if not self._heard:
                self._first, self._kept = time.monotonic(), self._letters
            self._heard += chunk.duration
            yield chunk

    def spoken(self, piece: Piece) -> None:
        """A piece is done."""
        self._pieces += 1
        self._letters += len(piece.written)
        if self._progress is not None:
            took = time.monotonic() - self._first
            total = self._progress.tasks[self._task].total or 0.0
            left = time_left(took, self._letters - self._kept, total - self._letters) if self._heard else None
            self._progress.update(
                self._task,
                completed=self._letters,
                where=clock(self._reading.position if self._reading else self._heard),
                factor=f"RTF {took / self._heard:.2f}" if self._heard else "",
                left=time_left_text(left),
            )

    def checked(self, piece: Piece, spoken: Spoken) -> None:
        """A piece was heard back."""
        self._respoken += spoken.attempts > 1
        if not spoken.finding.ok:
            self._remaining.append((self._pieces + 1, piece, spoken.finding))

    def close(self, signal: Interrupted | None) -> int:
        """Say how it went, and return the exit code."""
        took = time.monotonic() - self._began
        if signal is not None:
            if self._target is not None and self._reading is not None and self._reading.count:
                self._remarks.say(f"{self._target}: interrupted at {clock(self._reading.position)}. Go on with --resume.")
            return signal.exit_code
        if self._target is not None:
            self._remarks.say(f"Wrote {self._target}")
        factor = took / self._heard if self._heard else 0.0
        self._remarks.detail(f"{self._pieces} pieces, {self._heard:.1f} s of speech in {took:.1f} s (real-time factor {factor:.2f}).")
        if self._respoken:
            self._remarks.say(f"{self._respoken} of {self._pieces} pieces were spoken again.")
        for number, piece, finding in self._remaining:
            self._remarks.say(f"Piece {number}, {_excerpt(piece.written)}: {describe(finding)}.")
        if self._remaining:
            self._remarks.error(
                f"{len(self._remaining)} of {self._pieces} pieces are not heard as they are written. Try another voice or seed."
            )
        return 1 if self._remaining else 0


def time_left(took: float, done: int, letters: float) -> float | None:
    """Seconds that ``letters`` more will take, when ``done`` took that many (s); ``None`` while nobody can know."""
    return took * max(0.0, letters) / done if done > 0 else None


def describe(finding: Finding) -> str:
    """What is wrong with a piece, in words."""
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
