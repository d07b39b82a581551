"""Input level of a microphone: a moving bar on a terminal, and a verdict at the end."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicebridge.speech import AudioChunk

_FAINT = -50.0
"""Decibels below full scale: speech that stays below this is hardly recognised."""
_FULL = 0.999
"""Louder samples are clipped."""
_DRAWN = 0.1
"""Seconds between two displayed levels."""
_BAR = 40
"""Width of a full-scale level in characters."""
_SHOWN = 60.0
"""The range of the bar in decibels."""


class Meter:
    """Receives audio from a microphone, and draws its level if stderr is a terminal."""

    def __init__(self) -> None:
        self.loudest = 0.0
        """The peak so far, 1 at full scale."""
        self.seconds = 0.0
        """Seconds of audio so far."""
        self._since = self._peak = 0.0
        self._draws = sys.stderr.isatty()

    def feed(self, chunk: AudioChunk) -> None:
        """Process the next audio."""
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
        """End the line of the bar."""
        if self._draws:
            print(file=sys.stderr)  # noqa: T201

    @property
    def is_faint(self) -> bool:
        """Whether the input was too quiet to be recognised."""
        return _decibels(self.loudest) < _FAINT

    @property
    def verdict(self) -> str:
        """In words: ``Loudest: -12 dB, good.``."""
        advice = (
            "too loud: turn it down" if self.loudest >= _FULL else "too quiet: turn it up, or speak closer" if self.is_faint else "good"
        )
        return f"Loudest: {round(_decibels(self.loudest))} dB, {advice}."


def _decibels(peak: float) -> float:
    return 20 * math.log10(max(peak, 1e-5))
