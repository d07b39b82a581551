"""Turns sound of any rate, format and channel count into mono float32 at one rate, with FFmpeg's resampler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk

Samples = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""

OPPOSED = 0.1
"""Of the channels' power, below which their mean shows that one is the other upside down, as wrong wiring makes it."""


class Resampler:
    """Takes frames as they are decoded and gives blocks of one size."""

    def __init__(self, sample_rate: int, block: int) -> None:
        """Give blocks of ``block`` samples at ``sample_rate`` (Hz), the last perhaps shorter."""
        self._sample_rate = sample_rate
        self._block = block
        self._resampler: av.AudioResampler | None = None
        self._source: tuple[Any, ...] = ()

    def feed(self, frame: av.AudioFrame) -> Iterator[Samples]:
        """Blocks that are complete once ``frame`` is in.

        Raises:
            av.error.FFmpegError: when sound of this kind can't be resampled; other sound still can.
        """
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or source != self._source:  # some streams change in the middle, radio recordings for one
            yield from self.finish()
            self._source = source
            layout = "stereo" if frame.layout.nb_channels == 2 else "mono"
            self._resampler = av.AudioResampler(format="flt", layout=layout, rate=self._sample_rate, frame_size=self._block)
        frame.pts = None  # the samples are counted; gaps in a file's own times must not reach the resampler
        try:
            for resampled in self._resampler.resample(frame):
                yield _mono(resampled)
        except av.error.FFmpegError:  # more channels than it can mix down, for one; it could not be finished either
            self._resampler = None
            raise

    def finish(self) -> Iterator[Samples]:
        """What is left."""
        if self._resampler is not None:
            for resampled in self._resampler.resample(None):
                yield _mono(resampled)
            self._resampler = None

    def close(self) -> None:
        """Forget what is left."""
        self._resampler = None


def _mono(frame: av.AudioFrame) -> Samples:
    return mixed(frame.to_ndarray().reshape(-1, frame.layout.nb_channels).astype(np.float32, copy=False))


def mixed(samples: Samples) -> Samples:
    """One channel, ``float32[n]``, of ``float32[n, channels]``: their mean, or the first of two that would cancel each other out."""
    if samples.shape[1] == 1:
        return np.ascontiguousarray(samples[:, 0])
    mean: Samples = samples.mean(axis=1, dtype=np.float32)
    if samples.shape[1] == 2 and float(mean @ mean) < OPPOSED * float(samples.ravel() @ samples.ravel()) / 2:
        return np.ascontiguousarray(samples[:, 0])
    return mean


def chunks_of(array: npt.NDArray[Any], sample_rate: int, target_rate: int, seconds: float = 0.5) -> Iterator[AudioChunk]:
    """Yield an array as chunks at ``target_rate`` (Hz).

    Args:
        array: ``float[n]`` or ``float[n, channels]`` in [-1, 1], or integers of full scale.
        sample_rate: of the array, in Hz.
        target_rate: wanted, in Hz.
        seconds: how much a chunk carries.

    Raises:
        InputError: when the array has another shape, or a rate makes no sense.
    """
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] > 64):
        raise InputError(f"An array of shape {array.shape} is no sound: give float32[n], or float32[n, channels].")
    if sample_rate <= 0:
        raise InputError(f"A sample rate of {sample_rate} Hz makes no sense: give the array's own, such as 16000.")
    sound = np.atleast_2d(_as_float(array).T).T
    resampler = Resampler(target_rate, max(1, round(target_rate * seconds)))
    step, position = max(1, round(sample_rate * seconds)), 0
    for at in range(0, len(sound), step):
        frame = av.AudioFrame.from_ndarray(mixed(sound[at : at + step])[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = sample_rate
        for samples in resampler.feed(frame):
            yield AudioChunk(samples, target_rate, position / target_rate)
            position += len(samples)
    for samples in resampler.finish():
        yield AudioChunk(samples, target_rate, position / target_rate)
        position += len(samples)


def _as_float(array: npt.NDArray[Any]) -> Samples:
    if np.issubdtype(array.dtype, np.integer):
        info = np.iinfo(array.dtype)
        middle = (int(info.max) + int(info.min) + 1) / 2  # unsigned formats rest in the middle of their range
        return ((array.astype(np.float64) - middle) / (info.max - middle + 1)).astype(np.float32)
    return array.astype(np.float32, copy=False)
