"""Trim silence from both ends of an utterance while streaming, so that pauses have the requested length."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""

QUIET = 0.002
"""-54 dB below full scale: below the breath of an [f] or [h], above the noise of voice models between words."""


class Trim:
    """An utterance being trimmed."""

    def __init__(self, sample_rate: int, before: float, after: float) -> None:
        """Keep up to ``before`` and ``after`` seconds of silence at the ends, so that soft sounds are not cut off."""
        self._before = round(before * sample_rate)
        self._after = round(after * sample_rate)
        self._begun = False
        self.before = 0
        """Samples of silence kept before the first sound."""
        self._held = np.zeros(0, np.float32)
        """Silence that may be at the end."""

    def feed(self, samples: Samples) -> Samples:
        """The audio that is certain to be kept after ``samples`` (``float32[n]``); may be empty."""
        held = np.concatenate([self._held, samples])
        loud = np.flatnonzero(np.abs(samples) > QUIET)
        if not len(loud):
            self._held = held if self._begun else held[max(0, len(held) - self._before) :]
            return held[:0]
        offset = len(held) - len(samples)
        first = 0
        if not self._begun:
            self.before = min(self._before, offset + int(loud[0]))
            first = offset + int(loud[0]) - self.before
        last = offset + int(loud[-1]) + 1
        self._begun, self._held = True, held[last:]
        return held[first:last]

    def finish(self) -> Samples:
        """The silence to keep at the end."""
        return self._held[: self._after] if self._begun else self._held[:0]
