"""Whether a recording will do as a voice sample: its length, level, noise and number of speakers.

Pure functions on sound. What a model can't speak like is refused; what it may sound worse for is a doubt, which the user decides about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from voicebridge.audio.levels import SILENCE, loudness, runs, speech
from voicebridge.voices.speakers import speaker_change

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""

SHORTEST, LONGEST = 3.0, 60.0
"""Seconds of speech that a sample needs, and seconds that it may last."""
QUIETEST, QUIET = -50.0, -38.0
"""Decibels below full scale of the speech: below the first refused, below the second in doubt."""
NOISIEST, NOISY = 12.0, 20.0
"""Decibels by which speech stands out from what is heard in its pauses: below the first refused, below the second in doubt."""
CLIPPED, CLIPPING = 0.1, 0.005
"""Share of the samples that are within a tenth of the loudest: above the first refused, above the second in doubt."""
BREATH = 0.2
"""Seconds of quiet that belong to speech, between its sounds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say of a sample."""

    faults: tuple[str, ...] = ()
    """Why it won't do; one line each, what is wrong and what to do."""
    doubts: tuple[str, ...] = ()
    """What the user should know before it is kept; one line each."""


class Levels(NamedTuple):
    """How loud a recording is where somebody speaks, and where nobody does."""

    speech: float
    """Decibels below full scale, of the frames that hold speech."""
    noise: float
    """Decibels below full scale, of the quietest frames."""
    seconds: float
    """How much of it is speech."""


def check_sample(samples: Sound, rate: int) -> Verdict:
    """Judge a recording.

    Args:
        samples: ``float32[n]``, mono.
        rate: of the samples, in Hz.
    """
    if len(samples) > LONGEST * rate:
        return Verdict((f"It is longer than the {LONGEST:.0f} s that a sample may have. Choose 10 to 30 s of it with --start and --end.",))
    levels = measure(samples, rate)
    if levels is None:
        return Verdict(("It holds nothing but silence. Record again, and check the microphone.",))
    checks = [_noise(levels), _length(levels.seconds), _level(levels), _clipping(clipped_share(samples))]
    # The first says it: where noise drowns the speech, its length and level can't be told.
    faults = tuple(text for is_fault, text in filter(None, checks) if is_fault)[:1]
    doubts = tuple(text for is_fault, text in filter(None, checks) if not is_fault)
    if not faults and (speakers := _speakers(samples, rate)):
        doubts = (*doubts, speakers)
    return Verdict(faults, doubts)


def measure(samples: Sound, rate: int) -> Levels | None:
    """The levels of a recording; ``None`` when there is nothing to be heard in it."""
    decibels = loudness(samples, rate)
    is_speech = speech(decibels)
    if not is_speech.any():
        return None
    heard = decibels[decibels > SILENCE]
    quiet = heard[heard <= np.percentile(heard, 10)]
    seconds = sum(end - begin for begin, end in runs(is_speech, BREATH))
    return Levels(_mean(decibels[is_speech]), _mean(quiet), seconds)


def clipped_share(samples: Sound) -> float:
    """Which share of the samples is within a tenth of the loudest: a voice has few such peaks, and a clipped one is full of them."""
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
    told = f"It holds {seconds:.1f} s of speech, and a sample needs {SHORTEST:.0f} s at least and {LONGEST:.0f} s at most."
    return True, f"{told} Record some sentences more; 10 to 30 s are best."


def _level(levels: Levels) -> tuple[bool, str] | None:
    if levels.speech >= QUIET:
        return None
    told = f"quiet: the speech is {-levels.speech:.0f} dB below full scale"
    if levels.speech < QUIETEST:
        return True, f"It is too {told}, and {-QUIETEST:.0f} dB are too little to hear a voice. Record again, nearer to the microphone."
    return False, f"It is {told}. A louder recording, nearer to the microphone, sounds better."


def _clipping(share: float) -> tuple[bool, str] | None:
    if share < CLIPPING:
        return None
    told = "was recorded too loud: its peaks are cut off"
    if share >= CLIPPED:
        return True, f"It {told} throughout. Record again, further from the microphone or with less gain."
    return False, f"It {told} in places. With less gain it sounds better."


def _noise(levels: Levels) -> tuple[bool, str] | None:
    ratio = levels.speech - levels.noise
    if ratio >= NOISY:
        return None
    told = f"noisy: the speech stands out by {max(ratio, 0):.0f} dB"
    if ratio < NOISIEST:
        return True, f"It is too {told}, and {NOISIEST:.0f} dB are needed. Record again in a quiet room."
    return False, f"It is {told}, and {NOISY:.0f} dB are good. The noise may be heard in what is spoken; a quiet room is better."


def _speakers(samples: Sound, rate: int) -> str | None:
    change = speaker_change(samples, rate)
    if change is None:
        return None
    return f"There may be more than one speaker: the voice seems to change at {change:.1f} s. A sample should be of one person alone."
