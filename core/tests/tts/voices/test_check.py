from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.testing import FOX, STELLA
from voicebridge.tts.voices.check import CLIPPING, SampleVerdict, check_sample, clipped_share, measure
from voicebridge.tts.voices.speakers import PENALTY, cepstra_of, speaker_change, strongest_change

Sound = npt.NDArray[np.float32]
RATE = 24_000


@pytest.fixture(scope="module")
def voice() -> Sound:
    """Seven seconds of one speaker."""
    return np.concatenate([STELLA.at(RATE), FOX.at(RATE)])


def noise(sound: Sound, decibels: float) -> Sound:
    """Add white noise, a number of decibels below the speech."""
    levels = measure(sound, RATE)
    assert levels is not None
    power = 10 ** ((levels.speech - decibels) / 20)
    return (np.random.default_rng(0).standard_normal(len(sound)) * power).astype(np.float32)


def test_a_clean_recording_of_one_person_will_do(voice: Sound) -> None:
    assert check_sample(voice, RATE) == SampleVerdict()


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_the_rate_makes_no_difference(rate: int) -> None:
    assert check_sample(np.concatenate([STELLA.at(rate), FOX.at(rate)]), rate) == SampleVerdict()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda voice: voice[:0], "only silence"),
        (np.zeros_like, "only silence"),
        (lambda voice: voice * 1e-4, "only silence"),
        (lambda voice: voice[RATE // 4 : RATE * 5 // 4], " s of speech, but a sample needs 3 to 60 s"),
        (lambda voice: np.concatenate([voice[: 2 * RATE], np.zeros(20 * RATE, np.float32)]), "s of speech, but a sample needs 3 to 60 s"),
        (lambda voice: np.resize(voice, 600 * RATE), "longer than the maximum of 60 s"),
        (lambda voice: voice * 0.006, "too quiet"),
        (lambda voice: np.clip(voice * 30, -1, 1), "too loud and is clipped throughout"),
        (lambda voice: voice + noise(voice, 6), "too noisy"),
        (lambda voice: noise(voice, 0), "noisy"),
    ],
    ids=["empty", "zeros", "faint", "1 s", "2 s and a long silence", "10 minutes", "quiet", "clipped", "noisy", "noise alone"],
)
def test_what_will_not_do_is_refused_in_one_line(voice: Sound, spoil: Callable[[Sound], Sound], told: str) -> None:
    verdict = check_sample(spoil(voice), RATE)
    assert len(verdict.faults) == 1
    assert told in verdict.faults[0]
    assert "\n" not in verdict.faults[0]
    assert verdict.faults[0].endswith(".")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda voice: voice * 0.03, "It is quiet"),
        (lambda voice: voice + noise(voice, 14), "It is noisy"),
        (lambda voice: np.clip(voice * 3, -1, 1), "is clipped in places"),
    ],
    ids=["rather quiet", "rather noisy", "clipped in places"],
)
def test_what_is_not_good_is_in_doubt(voice: Sound, spoil: Callable[[Sound], Sound], told: str) -> None:
    verdict = check_sample(spoil(voice), RATE)
    assert verdict.faults == ()
    assert len(verdict.doubts) == 1
    assert told in verdict.doubts[0]


def test_cut_peaks_are_found_at_any_level(voice: Sound) -> None:
    clipped = np.clip(voice * 3, -1, 1)
    assert clipped_share(clipped) == pytest.approx(clipped_share(clipped * 0.1), rel=0.05)
    assert clipped_share(clipped) > CLIPPING > 2 * clipped_share(voice)


def another(voice: Sound) -> Sound:
    """A lower voice: the same words a fifth lower, like a record played too slowly."""
    return np.asarray(np.interp(np.arange(0, len(voice) - 1, 0.8), np.arange(len(voice)), voice), np.float32)


def test_a_second_voice_puts_the_sample_in_doubt_and_is_placed(voice: Sound) -> None:
    verdict = check_sample(np.concatenate([voice, another(voice)]), RATE)
    assert verdict.faults == ()
    assert len(verdict.doubts) == 1
    assert "more than one speaker" in verdict.doubts[0]
    change = speaker_change(np.concatenate([voice, another(voice)]), RATE)
    assert change == pytest.approx(len(voice) / RATE, abs=1.0)


def test_a_voice_that_comes_back_does_not_hide_the_other(voice: Sound) -> None:
    assert speaker_change(np.concatenate([voice, another(voice), voice]), RATE) is not None


def test_one_voice_is_no_two_however_long_it_speaks(voice: Sound) -> None:
    assert speaker_change(np.resize(voice, 40 * RATE), RATE) is None


def test_what_is_too_short_to_hold_two_turns_holds_none(voice: Sound) -> None:
    assert speaker_change(voice[: 3 * RATE], RATE) is None
    assert speaker_change(voice[:10], RATE) is None


def test_the_evidence_does_not_grow_with_the_level(voice: Sound) -> None:
    both = np.concatenate([voice, another(voice)])
    loud, quiet = (strongest_change(cepstra_of(both * np.float32(gain), RATE))[0] for gain in (1.0, 0.1))
    assert loud == pytest.approx(quiet, rel=0.1)
    assert min(loud, quiet) > PENALTY / 2
