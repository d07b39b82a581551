"""Sound that waits to be played, and its way to the device: as loud as it is to be, without a click when that changes."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

FADE = 0.01
"""Seconds in which sound goes from one loudness to another: a step would click."""


class SoundQueue:
    """Takes blocks of any length and gives what a device asks for; who uses it from several threads keeps them apart."""

    def __init__(self, sample_rate: int, level: float) -> None:
        """Nothing waits yet; ``level`` is how loud the first sound will be."""
        self._fade = round(FADE * sample_rate)
        self._level = level
        self._blocks: deque[Samples] = deque()
        self.waiting = 0
        """Samples."""

    def add(self, samples: Samples) -> None:
        """Append sound."""
        self._blocks.append(samples)
        self.waiting += len(samples)

    def clear(self) -> None:
        """Forget all that waits."""
        self._blocks.clear()
        self.waiting = 0

    def take(self, wanted: int, level: float) -> tuple[Samples, int]:
        """So many samples for the device, and how many of them are of the sound; silence stands in for those that there are not.

        At the level 0 nothing is taken for good: what fades out is given once more when the sound goes on.
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
