"""Convert engine output to 16-bit samples for audio files and speakers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""``float32[n]``, mono."""

BYTES = 2
"""Of a sample."""
_FULL = 32768


def bounded(samples: npt.NDArray[np.floating]) -> Samples:
    """Audio clipped to [-1, 1], with NaN replaced by silence."""
    sound = np.asarray(samples, np.float32)
    return np.clip(np.where(np.isnan(sound), np.float32(0), sound), -1, 1)


def to_pcm(samples: npt.NDArray[np.floating]) -> bytes:
    """Audio as 16-bit little-endian samples, clipped if it is too loud."""
    return np.minimum(np.rint(bounded(samples) * _FULL), _FULL - 1).astype("<i2").tobytes()


def from_pcm(data: bytes) -> Samples:
    """The inverse of :func:`to_pcm`; converting it again gives the same bytes."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(_FULL)
