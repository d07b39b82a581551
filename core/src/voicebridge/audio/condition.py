"""Condition recorded audio for recognition: no DC offset, no NaN samples, and a level at which speech is detected.

Well-recorded audio is unchanged, bit for bit. Memory use is constant: at most half a second is held, and up to three more of possibly quiet
speech after something loud (:mod:`voicebridge.audio.gain`). Noise alone is never amplified, only what exceeds it like speech.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from voicebridge.audio.gain import BLOCK, SpeechGain
from voicebridge.speech import AudioChunk

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono."""

IMPOSSIBLE = 2.0**32
"""No sample is this large, in any number format."""
NUMBERS_OF_16_BITS = 64.0
"""Full scales from which samples are treated as unscaled integers; 32-bit float recorders stay below."""
LOUDEST = 1.2
"""Full scales up to which a peak may come from the resampler."""
OFFSET = 0.01
"""Full scales of a significant mean."""
OFFSET_SHARE = 0.5
"""Share of the level from which a mean is significant, however quiet it is."""
LONGEST_WAVE = 0.05
"""Seconds over which the removed mean is computed: frequencies above 20 Hz are kept."""


class OffsetFilter:
    """Removes frequencies below 20 Hz if they are significant, such as a microphone's DC offset."""

    def __init__(self, sample_rate: int) -> None:
        """Process audio at ``sample_rate`` (Hz)."""
        self._length = max(1, round(LONGEST_WAVE * sample_rate))
        self._before: npt.NDArray[np.float64] | None = None  # the last input samples, once it is active

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
    """A recording, or an utterance, on its way to an engine. The output doesn't depend on how the input is split."""

    def __init__(self, sample_rate: int) -> None:
        """Process audio at ``sample_rate`` (Hz)."""
        self._block = round(BLOCK * sample_rate)
        self._filter = OffsetFilter(sample_rate)
        self._gain = SpeechGain(sample_rate)
        self._waiting = np.zeros(0, np.float32)
        self._full_scale = 1.0
        self._peak = LOUDEST

    def feed(self, samples: Sound) -> Sound:
        """Process ``float32[n]`` of any size; return the conditioned audio that is final: more or fewer samples."""
        self._waiting = np.concatenate([self._waiting, samples])
        whole = len(self._waiting) // self._block * self._block
        blocks, self._waiting = self._waiting[:whole], self._waiting[whole:]
        return _joined(each for at in range(0, whole, self._block) for each in self._condition(blocks[at : at + self._block]))

    def finish(self) -> Sound:
        """The remaining ``float32[n]`` at the end of the audio."""
        left, self._waiting = self._waiting, self._waiting[:0]
        return _joined([*self._condition(left), *self._gain.finish()])

    def _condition(self, samples: Sound) -> Iterator[Sound]:
        samples = self._filter.feed(self._scaled(possible(samples)))
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))
        return self._gain.feed(samples / np.float32(self._peak) if self._peak > LOUDEST else samples)

    def _scaled(self, samples: Sound) -> Sound:
        peak = float(np.abs(samples).max(initial=0.0))
        if peak > NUMBERS_OF_16_BITS:
            self._full_scale = max(self._full_scale, 2.0**15 if peak <= 2.0**15 else 2.0**31)
        return samples if self._full_scale == 1.0 else samples / np.float32(self._full_scale)


def possible(samples: Sound) -> Sound:
    """``float32[n]`` with silence for NaN and impossibly large samples."""
    if bool(np.abs(samples).max(initial=0.0) < IMPOSSIBLE):
        return samples
    return np.where(np.abs(samples) < IMPOSSIBLE, samples, np.float32(0.0))


def conditioned(audio: Iterable[AudioChunk]) -> Iterator[AudioChunk]:
    """Yield the chunks of ``audio`` through one :class:`Conditioner`, with the same durations and times."""
    conditioner: Conditioner | None = None
    given: deque[AudioChunk] = deque()
    settled = np.zeros(0, np.float32)
    for chunk in audio:
        conditioner = conditioner or Conditioner(chunk.sample_rate)
        given.append(chunk)
        settled = np.concatenate([settled, conditioner.feed(chunk.samples)])
        while given and len(given[0].samples) <= len(settled):
            samples, settled = settled[: len(given[0].samples)], settled[len(given[0].samples) :]
            yield replace(given.popleft(), samples=samples)
    if conditioner is not None:
        settled = np.concatenate([settled, conditioner.finish()])
    for chunk in given:
        yield replace(chunk, samples=settled[: len(chunk.samples)])
        settled = settled[len(chunk.samples) :]


def _joined(parts: Iterable[Sound]) -> Sound:
    return np.concatenate([np.zeros(0, np.float32), *parts])
