"""A queue of audio for a device, with volume changes without clicks."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

FADE = 0.01
"""Seconds in which the volume changes: an abrupt change would click."""


class SoundQueue:
    """Accepts blocks of any length and returns as many samples as a device requests; not thread-safe."""

    def __init__(self, sample_rate: int, level: float) -> None:
        """Empty; ``level`` is the initial volume."""
        self._fade = round(FADE * sample_rate)
        self._level = level
        self._blocks: deque[Samples] = deque()
        self.waiting = 0
        """Samples."""

    def add(self, samples: Samples) -> None:
        """Append audio."""
        self._blocks.append(samples)
        self.waiting += len(samples)

    def clear(self) -> None:
        """Discard all audio."""
        self._blocks.clear()
        self.waiting = 0

    def take(self, wanted: int, level: float) -> tuple[Samples, int]:
        """That many samples for the device, and how many of them are audio; the rest is silence.

        At level 0, no audio is consumed: what fades out is returned again when playback resumes.
        """
        given = np.zeros(wanted, np.float32)
        fade = min(wanted, self._fade) if level != self._level else 0
        filled = self._fill(given if level else given[:fade])
        kept = given[:filled].copy() if fade and not level else None
        given[:fade] *= np.linspace(self._level, level, fade, dtype=np.float32)
        given[fade:] *= np.float32(level)
        self._level = level
        if kept is not None:
            self._blocks.appendleft(kept)
            self.waiting += filled
            filled = 0
        return given, filled

    def _fill(self, given: Samples) -> int:
        filled = 0
        while filled < len(given) and self._blocks:
            block = self._blocks.popleft()
            part = block[: len(given) - filled]
            given[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(block):
                self._blocks.appendleft(block[len(part) :])
        self.waiting -= filled
        return filled
