"""16-bit samples, as sound files and loudspeakers take them, from what engines give."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""``float32[n]``, mono."""

BYTES = 2
"""Of a sample."""
_FULL = 32768


def bounded(samples: npt.NDArray[np.floating]) -> Samples:
    """The sound within [-1, 1]: what is beyond is clipped, and what is no number becomes silence."""
    sound = np.asarray(samples, np.float32)
    return np.clip(np.where(np.isnan(sound), np.float32(0), sound), -1, 1)


def to_pcm(samples: npt.NDArray[np.floating]) -> bytes:
    """Sound as 16-bit samples, little-endian, clipped where it is too loud."""
    return np.minimum(np.rint(bounded(samples) * _FULL), _FULL - 1).astype("<i2").tobytes()


def from_pcm(data: bytes) -> Samples:
    """What :func:`to_pcm` made, as sound again; making it once more gives the same bytes."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(_FULL)
