"""Amplify speech that is too quiet to be detected, in sections of a recording or all of it; louder audio is unchanged, bit for bit.

Audio is processed in blocks of half a second. Until a recording has been loud for three of them, it counts as quiet as a whole, and what
exceeds its noise is amplified immediately. After that, loud and quiet sections alternate: a quiet section is held for up to three seconds,
until enough of it is recognised as speech by its level, variation and pitch, and is then amplified from its start.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicebridge.audio.loudness import loudness

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""

BLOCK = 0.5
"""Seconds per level."""
TOO_QUIET = -50.0
"""Decibels below full scale under which speech is amplified."""
_LOUD_MOMENT = -42.0
"""Decibels below full scale of a frame that ends a quiet section."""
_LOUD_BLOCKS = 3
"""Loud blocks after which a recording is not quiet as a whole; a knock at the microphone is shorter."""
RAISED_TO = -26.0
"""Decibels below full scale."""
MOST_RAISED = 90.0
"""Decibels."""
STANDS_OUT = 12.0
"""Decibels above the quietest level from which a block may contain speech."""
_NOTHING = -118.0
"""Decibels of digital silence."""
_PEAK = 0.9
"""Maximum peak of amplified audio, in full scales."""
_HELD = 6
"""Maximum blocks of a quiet section that are held."""
_SPOKEN = 3
"""Minimum blocks with speech among the held ones to amplify the section."""
_LOOK_BACK = 20
"""Blocks from which noise and level of a quiet section are computed; after as many without speech, it is no longer amplified."""
_RISE = 3.0
"""Maximum increase of the gain per block in decibels."""
_UPS_AND_DOWNS = 6.0
"""Minimum variation in decibels of a block with speech; hum and noise have none."""
_VOICED = 0.3
"""Minimum share of frames with a pitch in a block with speech; clicks, breath and rustling have none."""
_PITCHES = (70.0, 400.0)
"""Hertz."""
_LIKENESS = 0.5
"""Minimum autocorrelation of a frame with a pitch."""
_RAMP = 0.05
"""Seconds in which the gain increases."""


@dataclass(frozen=True, slots=True)
class _Block:
    samples: Sound
    peak: float
    level: float
    """Decibels of its loud moments; ``-inf`` if it is too short."""
    is_speech: bool


class SpeechGain:
    """The gain of one recording, block by block; see the module."""

    def __init__(self, sample_rate: int) -> None:
        """Process audio at ``sample_rate`` (Hz)."""
        self._rate = sample_rate
        self._floor = 0.0  # decibels of the quietest so far
        self._loudest = [-120.0] * _LOUD_BLOCKS  # decibels of the loudest blocks so far
        self._gain = 1.0
        self._floors: deque[float] = deque(maxlen=_LOOK_BACK)  # decibels of the quietest of each block of late
        self._levels: deque[float] = deque(maxlen=_LOOK_BACK)  # decibels of speech in the quiet stretch, ``-inf`` where there is none
        self._held: deque[_Block] = deque()
        self._raised: float | None = None  # decibels, while a quiet section is amplified

    def feed(self, samples: Sound) -> Iterator[Sound]:
        """Process the next block, ``float32[n]`` of :data:`BLOCK` seconds, the last one shorter; yield those that are final."""
        decibels = loudness(samples, self._rate)
        heard = decibels[decibels > _NOTHING]
        peak = float(np.abs(samples).max(initial=0.0))
        low, loud, highest = np.percentile(heard, [10, 90, 100]).tolist() if len(heard) >= 3 else (0.0, -np.inf, -np.inf)
        self._floors.append(low)
        self._loudest = sorted([*self._loudest, loud])[1:]
        if self._loudest[0] < TOO_QUIET:
            yield self._in_quiet_recording(samples, low, loud, peak)
        elif loud >= TOO_QUIET or highest >= _LOUD_MOMENT:
            yield from self.finish()
            self._raised = None
            self._levels.clear()
            yield samples
        else:
            stands_out = loud - min(self._floors) >= STANDS_OUT and loud - low >= _UPS_AND_DOWNS
            yield from self._in_quiet_stretch(_Block(samples, peak, loud, stands_out and self._has_voice(samples)))

    def finish(self) -> Iterator[Sound]:
        """Yield the held blocks unamplified, if no more of a section follows."""
        while self._held:
            yield self._held.popleft().samples

    def _in_quiet_recording(self, samples: Sound, low: float, loud: float, peak: float) -> Sound:
        self._floor = min(self._floor, low)
        if loud - self._floor >= STANDS_OUT:
            level = max(self._loudest[0], loud)
            self._gain = 1.0 if level >= TOO_QUIET else 10 ** (min(RAISED_TO - level, MOST_RAISED) / 20)
        return _amplified(samples, self._gain, self._gain, peak, 0)

    def _in_quiet_stretch(self, block: _Block) -> Iterator[Sound]:
        if self._raised is None:
            self._held.append(block)
            if sum(each.is_speech for each in self._held) >= _SPOKEN:
                self._levels.extend(each.level for each in self._held if each.is_speech)
                self._raised = self._wanted()
                yield from self._raise(self._held.popleft(), 0.0)
                while self._held:
                    yield from self._raise(self._held.popleft(), self._raised)
            # The block before speech is held too, because it may contain a soft beginning.
            while len(self._held) > _HELD or (len(self._held) > 1 and not (self._held[0].is_speech or self._held[1].is_speech)):
                yield self._held.popleft().samples
            return
        self._levels.append(block.level if block.is_speech else -np.inf)
        before = self._raised
        wanted = self._wanted()
        self._raised = min(wanted, before + _RISE)
        yield from self._raise(block, before)
        if wanted == 0.0:
            self._raised = None
            self._levels.clear()

    def _wanted(self) -> float:
        """The gain of the section in decibels: zero at the threshold, so that there is no jump."""
        level = max(self._levels)
        return 0.0 if level == -np.inf else min(RAISED_TO - level, 2 * (TOO_QUIET - level), MOST_RAISED)

    def _raise(self, block: _Block, before: float) -> Iterator[Sound]:
        decibels = self._raised or 0.0
        ramp = round(_RAMP * self._rate) if before < decibels else 0
        yield _amplified(block.samples, 10 ** (before / 20), 10 ** (decibels / 20), block.peak, ramp)

    def _has_voice(self, samples: Sound) -> bool:
        """Whether enough of a block has a pitch."""
        shortest, longest = (round(self._rate / pitch) for pitch in reversed(_PITCHES))
        size = 2 * longest + longest // 2
        if len(samples) < size:
            return False
        frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2].astype(np.float64)
        frames = frames - frames.mean(axis=1, keepdims=True)
        spectra = np.fft.rfft(frames, 2 * size, axis=1)
        likeness = np.fft.irfft(np.abs(spectra) ** 2, axis=1)[:, : longest + 1]
        likeness *= size / (size - np.arange(longest + 1))
        pitched = likeness[:, shortest:]
        best = pitched.argmax(axis=1)
        is_peak = (best > 0) & (best < pitched.shape[1] - 1)  # slow signals, such as hum, are most similar at an edge
        voiced = is_peak & (pitched.max(axis=1) >= _LIKENESS * likeness[:, 0])
        return float(voiced.mean()) >= _VOICED


def _amplified(samples: Sound, before: float, gain: float, peak: float, ramp: int) -> Sound:
    """``float32[n]`` with a gain that changes from ``before`` within ``ramp`` samples: at least 1, and limited to full scale."""
    most = max(1.0, _PEAK / max(peak, 1e-9))
    before, gain = min(before, most), min(gain, most)
    if before == gain == 1.0 or not len(samples):
        return samples
    if not ramp or before == gain:
        return samples * np.float32(gain)
    gains = np.full(len(samples), gain, np.float32)
    gains[:ramp] = np.geomspace(before, gain, ramp)[: len(samples)]
    return samples * gains
