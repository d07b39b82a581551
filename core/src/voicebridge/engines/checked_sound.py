"""Check and normalise the audio that a text-to-speech engine returns."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from voicebridge.speech import AudioChunk

_FULL_SCALE = {"i1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31}
"""Full scale of signed integer samples, by numpy's type code."""
_TOO_LOUD = 4.0
"""Peak up to which float samples count as too loud and are clipped; above it their scale must be a different one."""
_CHANNELS = 8


class SoundCheck:
    """Checks the audio of one synthesis, chunk by chunk."""

    def __init__(self, report: Callable[[str], None]) -> None:
        """Prepare.

        Args:
            report: called once for each kind of mistake that was corrected, with a description of it.
        """
        self._once = cache(report)
        self._rate = 0
        self._given = 0

    def checked(self, chunk: object) -> AudioChunk:
        """Return the chunk as ``float32[n]``, mono, finite, in [-1, 1], starting where the previous one ends.

        Integers are scaled, channels are mixed.

        Raises:
            TypeError: if it isn't audio, with a description such as ``returned a list instead of an AudioChunk``.
            ValueError: if the meaning of the samples is uncertain.
        """
        if not isinstance(chunk, AudioChunk):
            name = type(chunk).__name__
            raise TypeError(f"returned {'None' if chunk is None else name} instead of an AudioChunk")
        rate = self._same(chunk.sample_rate)
        samples = self._bounded(_mono(_scaled(_array(chunk.samples))))
        start = self._given / rate
        self._given += len(samples)
        return AudioChunk(samples, rate, start)

    def _same(self, given: Any) -> int:
        try:
            rate = int(given)
        except (TypeError, ValueError, OverflowError):
            rate = 0
        if rate <= 0:
            raise ValueError(f"returned audio with a sample rate of {given!r}")
        if self._rate not in (0, rate):
            raise ValueError(f"changed its sample rate from {self._rate} to {rate} Hz")
        self._rate = rate
        return rate

    def _bounded(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        peak = float(np.max(np.abs(samples), initial=0.0))
        if not np.isfinite(peak):
            raise ValueError("returned audio with NaN or infinite samples")
        if peak > _TOO_LOUD:
            raise ValueError(f"returned audio with samples up to {peak:.6g} instead of -1 to 1")
        if peak > 1.0:
            self._once("returned audio beyond full scale, which was clipped")
            samples = np.clip(samples, -1.0, 1.0)
        return samples


def _array(samples: object) -> npt.NDArray[Any]:
    try:
        array = np.asarray(samples)
    except Exception as error:  # anything may stand there, such as a tensor that is on a GPU
        raise TypeError(f"returned audio as {type(samples).__name__} instead of an array") from error
    if array.dtype.kind not in "if":
        raise TypeError(f"returned audio as {type(samples).__name__} of {array.dtype} instead of float32")
    return array


def _scaled(samples: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    if samples.dtype.kind == "f":
        return samples.astype(np.float32, copy=False)
    scale = _FULL_SCALE.get(samples.dtype.str[1:])
    if scale is None:
        raise ValueError(f"returned {samples.dtype} audio, whose full scale is unknown")
    return (samples / scale).astype(np.float32)


def _mono(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean of all channels, which may be along either axis."""
    if samples.ndim == 2 and min(samples.shape) <= _CHANNELS:
        samples = samples.mean(axis=int(np.argmin(samples.shape)), dtype=np.float32)
    if samples.ndim != 1:
        raise ValueError(f"returned audio of shape {samples.shape} instead of one channel")
    return samples
