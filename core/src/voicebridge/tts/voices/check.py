"""Check whether a recording is suitable as a voice sample: its duration, level, noise and number of speakers.

Pure functions on audio. Unusable samples are rejected; those of lower quality need the user's confirmation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from voicebridge.audio.loudness import SILENCE, loudness, runs, speech
from voicebridge.tts.voices.speakers import speaker_change

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""

SHORTEST, LONGEST = 3.0, 60.0
"""Minimum seconds of speech in a sample, and its maximum duration."""
QUIETEST, QUIET = -50.0, -38.0
"""Level of the speech in dBFS: rejected below the first, confirmed below the second."""
NOISIEST, NOISY = 12.0, 20.0
"""Signal-to-noise ratio in decibels: rejected below the first, confirmed below the second."""
CLIPPED, CLIPPING = 0.1, 0.005
"""Share of samples within a tenth of the peak: rejected above the first, confirmed above the second."""
BREATH = 0.2
"""Seconds of silence that belong to speech, between its sounds."""


@dataclass(frozen=True, slots=True)
class SampleVerdict:
    """The result of the checks."""

    faults: tuple[str, ...] = ()
    """Why it is unusable; one line each, what is wrong and what to do."""
    doubts: tuple[str, ...] = ()
    """Warnings for the user's confirmation; one line each."""


class Levels(NamedTuple):
    """The levels of a recording with and without speech."""

    speech: float
    """dBFS of the frames with speech."""
    noise: float
    """dBFS of the quietest frames."""
    seconds: float
    """Seconds of speech."""


def check_sample(samples: Sound, rate: int) -> SampleVerdict:
    """Check a recording.

    Args:
        samples: ``float32[n]``, mono.
        rate: of the samples, in Hz.
    """
    if len(samples) > LONGEST * rate:
        return SampleVerdict((f"It is longer than the maximum of {LONGEST:.0f} s. Choose 10 to 30 s of it with --start and --end.",))
    levels = measure(samples, rate)
    if levels is None:
        return SampleVerdict(("It contains only silence. Check the microphone and record again.",))
    checks = [_noise(levels), _length(levels.seconds), _level(levels), _clipping(clipped_share(samples))]
    # The first error is enough: if noise covers the speech, its duration and level are unknown.
    faults = tuple(text for is_fault, text in filter(None, checks) if is_fault)[:1]
    doubts = tuple(text for is_fault, text in filter(None, checks) if not is_fault)
    if not faults and (speakers := _speakers(samples, rate)):
        doubts = (*doubts, speakers)
    return SampleVerdict(faults, doubts)


def measure(samples: Sound, rate: int) -> Levels | None:
    """The levels of a recording; ``None`` if it is silent."""
    decibels = loudness(samples, rate)
    is_speech = speech(decibels)
    if not is_speech.any():
        return None
    heard = decibels[decibels > SILENCE]
    quiet = heard[heard <= np.percentile(heard, 10)]
    seconds = sum(end - begin for begin, end in runs(is_speech, BREATH))
    return Levels(_mean(decibels[is_speech]), _mean(quiet), seconds)


def clipped_share(samples: Sound) -> float:
    """The share of samples within a tenth of the peak: a voice has few, a clipped recording many."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak == 0.0:
        return 0.0
    magnitude = np.abs(samples)
    sounding = magnitude[magnitude > peak / 100]
    return float(np.mean(sounding > 0.9 * peak))


def _mean(decibels: npt.NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(10 ** (decibels / 10))))


def _length(seconds: float) -> tuple[bool, str] | None:
    if seconds >= SHORTEST:
        return None
    told = f"It contains {seconds:.1f} s of speech, but a sample needs {SHORTEST:.0f} to {LONGEST:.0f} s."
    return True, f"{told} Record a few more sentences; 10 to 30 s are best."


def _level(levels: Levels) -> tuple[bool, str] | None:
    if levels.speech >= QUIET:
        return None
    told = f"quiet: the speech is {-levels.speech:.0f} dB below full scale"
    if levels.speech < QUIETEST:
        return True, f"It is too {told}, and {-QUIETEST:.0f} dB is the minimum. Record again, closer to the microphone."
    return False, f"It is {told}. A louder recording, closer to the microphone, sounds better."


def _clipping(share: float) -> tuple[bool, str] | None:
    if share < CLIPPING:
        return None
    told = "It was recorded too loud and is clipped"
    if share >= CLIPPED:
        return True, f"{told} throughout. Record again, further from the microphone or with less gain."
    return False, f"{told} in places. Less gain sounds better."


def _noise(levels: Levels) -> tuple[bool, str] | None:
    ratio = levels.speech - levels.noise
    if ratio >= NOISY:
        return None
    told = f"noisy: the speech stands out by {max(ratio, 0):.0f} dB"
    if ratio < NOISIEST:
        return True, f"It is too {told}, and {NOISIEST:.0f} dB are needed. Record again in a quiet room."
    return False, f"It is {told}, and {NOISY:.0f} dB are good. The noise may be audible in the voice; a quiet room is better."


def _speakers(samples: Sound, rate: int) -> str | None:
    change = speaker_change(samples, rate)
    if change is None:
        return None
    return f"There may be more than one speaker: the voice seems to change at {change:.1f} s. A sample should contain only one person."
