"""How loud a microphone hears somebody: a bar that moves on a terminal, and a verdict in the end."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicebridge.speech import AudioChunk

_FAINT = -50.0
"""Decibels below full scale: speech that is nowhere louder is hardly understood."""
_FULL = 0.999
"""A sample that is louder was cut off."""
_DRAWN = 0.1
"""Seconds between two levels that are shown."""
_BAR = 40
"""Characters of a level at full scale."""
_SHOWN = 60.0
"""Decibels that they stand for."""


class Meter:
    """Is fed what a microphone hears, and draws it where stderr is a terminal."""

    def __init__(self) -> None:
        self.loudest = 0.0
        """The loudest sample so far, 1 at full scale."""
        self.seconds = 0.0
        """How much was heard."""
        self._since = self._peak = 0.0
        self._draws = sys.stderr.isatty()

    def feed(self, chunk: AudioChunk) -> None:
        """Take in what was heard next."""
        self._peak = max(self._peak, float(abs(chunk.samples).max(initial=0)))
        self.loudest = max(self.loudest, self._peak)
        self.seconds, self._since = self.seconds + chunk.duration, self._since + chunk.duration
        if self._since >= _DRAWN:
            if self._draws:
                level = _decibels(self._peak)
                bar = "#" * round(max(0.0, min(1.0, 1 + level / _SHOWN)) * _BAR)
                print(f"\r{bar:<{_BAR}} {level:4.0f} dB", end="", file=sys.stderr, flush=True)  # noqa: T201
            self._since = self._peak = 0.0

    def close(self) -> None:
        """Leave the line that was drawn on."""
        if self._draws:
            print(file=sys.stderr)  # noqa: T201

    @property
    def is_faint(self) -> bool:
        """Whether nobody was loud enough to be understood."""
        return _decibels(self.loudest) < _FAINT

    @property
    def verdict(self) -> str:
        """In words: ``Loudest: -12 dB, good.``."""
        advice = "too loud: turn it down" if self.loudest >= _FULL else "faint: turn it up, or speak nearer" if self.is_faint else "good"
        return f"Loudest: {round(_decibels(self.loudest))} dB, {advice}."


def _decibels(peak: float) -> float:
    return 20 * math.log10(max(peak, 1e-5))
