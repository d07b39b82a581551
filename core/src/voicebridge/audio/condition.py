"""Makes recorded sound fit to be recognised: no offset, no samples that are no numbers, and a level at which speech is found.

What is recorded well passes as it is, bit for bit. The rest is told from what has come so far, so that memory stays flat and nothing is
held back. Noise alone is never raised: only what stands out from it as speech does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from voicebridge.audio.levels import loudness
from voicebridge.speech import AudioChunk

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono."""

BLOCK = 0.5
"""Seconds over which a level is taken."""
IMPOSSIBLE = 2.0**32
"""No sample is so large, whatever numbers it is written in."""
NUMBERS_OF_16_BITS = 64.0
"""Full scales from which on samples are taken for whole numbers that were never scaled; recorders of 32-bit float stay below."""
LOUDEST = 1.2
"""Full scales up to which a peak may be the resampler's."""
OFFSET = 0.01
"""Full scales of a mean that is no accident."""
OFFSET_SHARE = 0.5
"""Of the level, from which on a mean is no accident either, however quiet it is."""
LONGEST_WAVE = 0.05
"""Seconds of the mean that is taken off: it leaves what is above 20 Hz."""
TOO_QUIET = -50.0
"""Decibels below full scale under which speech is raised; in recordings where three blocks are louder, nothing is."""
RAISED_TO = -26.0
"""Decibels below full scale."""
MOST_RAISED = 90.0
"""Decibels."""
STANDS_OUT = 12.0
"""Decibels above the quietest so far, from which on a block may hold speech."""
_NOTHING = -118.0
"""Decibels of silence that was cut in."""


class OffsetFilter:
    """Takes off what is below 20 Hz once there is any to speak of, such as a microphone's offset."""

    def __init__(self, sample_rate: int) -> None:
        """Take sound at ``sample_rate`` (Hz)."""
        self._length = max(1, round(LONGEST_WAVE * sample_rate))
        self._before: npt.NDArray[np.float64] | None = None  # the last samples as they came, once it is at work

    def feed(self, samples: Sound) -> Sound:
        """``float32[n]`` without offset."""
        if not len(samples):
            return samples
        if self._before is None:
            mean = abs(float(samples.mean(dtype=np.float64)))
            if mean <= OFFSET and mean <= OFFSET_SHARE * float(samples.std(dtype=np.float64)):
                return samples
            self._before = np.full(self._length, samples[: self._length].mean(dtype=np.float64))
        heard = np.concatenate([self._before, samples])
        sums = np.concatenate([[0.0], np.cumsum(heard)])
        means = (sums[self._length + 1 :] - sums[1 : -self._length]) / self._length
        self._before = heard[-self._length :]
        filtered: Sound = (samples - means).astype(np.float32)
        return filtered


class Conditioner:
    """One recording, or one utterance, on its way to an engine."""

    def __init__(self, sample_rate: int) -> None:
        """Take sound at ``sample_rate`` (Hz)."""
        self._rate = sample_rate
        self._block = round(BLOCK * sample_rate)
        self._filter = OffsetFilter(sample_rate)
        self._full_scale = 1.0
        self._peak = LOUDEST
        self._floor = 0.0
        """Decibels of the quietest so far."""
        self._loudest = [-120.0] * 3
        """Decibels of the loudest blocks so far."""
        self._gain = 1.0

    def feed(self, samples: Sound) -> Sound:
        """``float32[n]``, of any size, fit to be recognised."""
        if len(samples) <= self._block:
            return self._condition(samples)
        return np.concatenate(list(self._in_blocks(samples)))

    def _in_blocks(self, samples: Sound) -> Iterator[Sound]:
        for at in range(0, len(samples), self._block):
            yield self._condition(samples[at : at + self._block])

    def _condition(self, samples: Sound) -> Sound:
        samples = self._filter.feed(self._scaled(possible(samples)))
        peak = float(np.abs(samples).max(initial=0.0))
        if peak > self._peak:
            self._peak = peak
        if self._peak > LOUDEST:
            samples, peak = samples / np.float32(self._peak), peak / self._peak
        self._listen(loudness(samples, self._rate), peak)
        return samples if self._gain == 1.0 else samples * np.float32(self._gain)

    def _scaled(self, samples: Sound) -> Sound:
        peak = float(np.abs(samples).max(initial=0.0))
        if peak > NUMBERS_OF_16_BITS:
            self._full_scale = max(self._full_scale, 2.0**15 if peak <= 2.0**15 else 2.0**31)
        return samples if self._full_scale == 1.0 else samples / np.float32(self._full_scale)

    def _listen(self, decibels: npt.NDArray[np.float64], peak: float) -> None:
        """Find out how much quiet speech is to be raised."""
        heard = decibels[decibels > _NOTHING]
        if len(heard) < 3:
            return
        low, loud = np.percentile(heard, [10, 90]).tolist()
        self._floor = min(self._floor, low)
        self._loudest = sorted([*self._loudest, loud])[1:]
        level = max(self._loudest[0], loud)
        if self._loudest[0] >= TOO_QUIET:
            self._gain = 1.0
        elif loud - self._floor >= STANDS_OUT:
            gain = 1.0 if level >= TOO_QUIET else 10 ** (min(RAISED_TO - level, MOST_RAISED) / 20)
            self._gain = max(1.0, min(gain, 0.9 / max(peak, 1e-9)))


def possible(samples: Sound) -> Sound:
    """``float32[n]`` with silence for samples that are no numbers, or larger than any can be."""
    if bool(np.abs(samples).max(initial=0.0) < IMPOSSIBLE):
        return samples
    return np.where(np.abs(samples) < IMPOSSIBLE, samples, np.float32(0.0))


def conditioned(audio: Iterable[AudioChunk]) -> Iterator[AudioChunk]:
    """Yield ``audio`` through one :class:`Conditioner`; times stay as they are."""
    conditioner: Conditioner | None = None
    for chunk in audio:
        conditioner = conditioner or Conditioner(chunk.sample_rate)
        yield replace(chunk, samples=conditioner.feed(chunk.samples))
