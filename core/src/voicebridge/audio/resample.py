"""Convert audio of any rate, format and channel count to mono float32 at one rate, with FFmpeg's resampler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk

Samples = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""

_MOST_CHANNELS = 64
OPPOSED = 0.1
"""Share of the channels' power below which their mean shows that one has inverted phase, as from wrong wiring."""


class Resampler:
    """Converts decoded frames to blocks of equal size."""

    def __init__(self, sample_rate: int, block: int, channel: int | None = None) -> None:
        """Yield blocks of ``block`` samples at ``sample_rate`` (Hz), the last one possibly shorter.

        ``channel`` is the number, from 1, of a single channel to use; ``None`` mixes all.
        """
        self._sample_rate = sample_rate
        self._block = block
        self._channel = channel
        self._resampler: av.AudioResampler | None = None
        self._source: tuple[Any, ...] = ()

    def feed(self, frame: av.AudioFrame) -> Iterator[Samples]:
        """The blocks that are complete after ``frame``.

        Raises:
            av.error.FFmpegError: if audio of this kind can't be resampled; other audio still can.
        """
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or source != self._source:  # some streams change format in the middle, such as radio recordings
            yield from self.finish()
            self._source = source
            mixed_down = "stereo" if frame.layout.nb_channels == 2 else "mono"
            layout = mixed_down if self._channel is None else frame.layout
            self._resampler = av.AudioResampler(format="flt", layout=layout, rate=self._sample_rate, frame_size=self._block)
        frame.pts = None  # samples are counted; gaps in a file's own times must not reach the resampler
        try:
            for resampled in self._resampler.resample(frame):
                yield self._mono(resampled)
        except av.error.FFmpegError:  # for example more channels than it can mix down; flushing would fail too
            self._resampler = None
            raise

    def finish(self) -> Iterator[Samples]:
        """The rest."""
        if self._resampler is not None:
            for resampled in self._resampler.resample(None):
                yield self._mono(resampled)
            self._resampler = None

    def close(self) -> None:
        """Discard the rest."""
        self._resampler = None

    def _mono(self, frame: av.AudioFrame) -> Samples:
        samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels).astype(np.float32, copy=False)
        return mixed(samples) if self._channel is None else alone(samples, self._channel)


def alone(samples: Samples, channel: int) -> Samples:
    """One channel of ``float32[n, channels]``, by its number from 1; silence if it doesn't exist.

    If a recording becomes mono in the middle, its audio is in the first channel only.
    """
    if channel > samples.shape[1]:
        return np.zeros(len(samples), np.float32)
    return np.ascontiguousarray(samples[:, channel - 1])


def mixed(samples: Samples) -> Samples:
    """One channel, ``float32[n]``, from ``float32[n, channels]``: their mean, or the first of two with opposite phase."""
    if samples.shape[1] == 1:
        return np.ascontiguousarray(samples[:, 0])
    mean: Samples = samples.mean(axis=1, dtype=np.float32)
    if samples.shape[1] == 2 and float(mean @ mean) < OPPOSED * float(samples.ravel() @ samples.ravel()) / 2:
        return np.ascontiguousarray(samples[:, 0])
    return mean


def chunks_of(
    array: npt.NDArray[Any], sample_rate: int, target_rate: int, seconds: float = 0.5, channel: int | None = None
) -> Iterator[AudioChunk]:
    """Yield an array as chunks at ``target_rate`` (Hz).

    Args:
        array: ``float[n]``, ``float[n, channels]`` or ``float[channels, n]`` in [-1, 1], or integers of full scale.
        sample_rate: of the array, in Hz.
        target_rate: of the chunks, in Hz.
        seconds: duration of a chunk.
        channel: the number, from 1, of a single channel to use; ``None`` mixes all.

    Raises:
        InputError: if the array has another shape, or a rate is invalid.
    """
    if array.ndim == 2 and array.shape[1] > _MOST_CHANNELS >= array.shape[0]:
        array = array.T  # channels first, as other libraries have them
    sound = _as_columns(array)
    if sample_rate <= 0:
        raise InputError(f"{sample_rate} Hz is not a valid sample rate. Give that of the array, such as 16000.")
    step = max(1, round(sample_rate * seconds))
    yield from resampled(((sound[at : at + step], sample_rate) for at in range(0, len(sound), step)), target_rate, seconds, channel)


def resampled(
    parts: Iterable[tuple[npt.NDArray[Any], int]], target_rate: int, seconds: float = 0.5, channel: int | None = None
) -> Iterator[AudioChunk]:
    """Yield consecutive parts of a recording as chunks at ``target_rate`` (Hz), with the arguments of :func:`chunks_of`.

    Args:
        parts: arrays with their sample rates.
        target_rate: of the chunks, in Hz.
        seconds: duration of a chunk.
        channel: the number, from 1, of a single channel to use; ``None`` mixes all.

    Raises:
        InputError: if an array has another shape.
    """
    resampler = Resampler(target_rate, max(1, round(target_rate * seconds)))
    position = 0
    for array, sample_rate in parts:
        part = _as_columns(array)
        mono = mixed(part) if channel is None else alone(part, channel)
        frame = av.AudioFrame.from_ndarray(mono[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = sample_rate
        for samples in resampler.feed(frame):
            yield AudioChunk(samples, target_rate, position / target_rate)
            position += len(samples)
    for samples in resampler.finish():
        yield AudioChunk(samples, target_rate, position / target_rate)
        position += len(samples)


def _as_columns(array: npt.NDArray[Any]) -> Samples:
    """``float32[n, channels]``."""
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] > _MOST_CHANNELS):
        raise InputError(f"An array of shape {array.shape} is not audio. Give float32[n], or float32[n, channels].")
    return np.atleast_2d(_as_float(array).T).T


def _as_float(array: npt.NDArray[Any]) -> Samples:
    if np.issubdtype(array.dtype, np.integer):
        info = np.iinfo(array.dtype)
        middle = (int(info.max) + int(info.min) + 1) / 2  # unsigned formats have silence at half their range
        return ((array.astype(np.float64) - middle) / (info.max - middle + 1)).astype(np.float32)
    return array.astype(np.float32, copy=False)
