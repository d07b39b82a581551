"""Detect speech in a recording by its level."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""

FRAME = 0.02
"""Seconds per level."""
SILENCE = -85.0
"""Decibels below full scale: no recording is this quiet, so it is digital silence."""
NOTHING = -60.0
"""Decibels below full scale: a recording that stays below contains no speech."""
RANGE = 35.0
"""Decibels below the loudest speech down to which a frame may be speech."""
STANDS_OUT = 9.0
"""Decibels above the noise from which a frame counts as speech, if the difference is that large."""


def loudness(samples: Sound, rate: int) -> npt.NDArray[np.float64]:
    """Decibels below full scale of each whole frame, ``float64[frames]``."""
    size = max(1, round(FRAME * rate))
    count = len(samples) // size
    power = np.mean(np.square(samples[: count * size].reshape(count, size), dtype=np.float64), axis=1)
    decibels: npt.NDArray[np.float64] = 10 * np.log10(power + 1e-12)
    return decibels


def speech(decibels: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which frames are as loud as speech, in a recording that contains some, ``bool[frames]``."""
    heard = decibels[decibels > SILENCE]
    if len(heard) < 5 or heard.max() < NOTHING:
        return np.zeros(len(decibels), bool)
    loud, floor = np.percentile(heard, [95, 5])
    threshold = float(max(min(floor + STANDS_OUT, (floor + loud) / 2), loud - RANGE))
    return np.greater(decibels, threshold)


def runs(frames: npt.NDArray[np.bool_], gap: float) -> list[tuple[float, float]]:
    """Start and end (s) of each run of true frames; runs less than ``gap`` seconds apart are merged."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], frames, [False]]).astype(np.int8)))
    found: list[tuple[float, float]] = []
    for begin, end in zip(edges[::2] * FRAME, edges[1::2] * FRAME, strict=True):
        if found and begin - found[-1][1] < gap:
            found[-1] = (found[-1][0], float(end))
        else:
            found.append((float(begin), float(end)))
    return found
