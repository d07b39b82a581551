"""Plausibility of audio from its duration and silences, and repeated attempts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.testing import STELLA
from voicebridge.tts.verify.check import Deviation, spoken_right
from voicebridge.tts.verify.pace import HeardWord, Pace, oddity, syllables_of

Sound = npt.NDArray[np.float32]
RATE = 16_000
SYLLABLES = 17
"""In STELLA."""


@pytest.fixture(scope="module")
def stella() -> Sound:
    return STELLA.at(RATE)


@pytest.mark.parametrize(
    ("words", "count"),
    [("the quick brown fox", 4), ("little table", 4), ("make time", 2), ("идея", 3), ("rhythm", 1), ("a new idea", 4), ("", 0), ("brr", 3)],
)
def test_syllables_are_counted_roughly(words: str, count: int) -> None:
    assert abs(syllables_of(words.split()) - count) <= 1


def test_speech_of_its_length_is_plausible(stella: Sound) -> None:
    assert oddity(stella, RATE, SYLLABLES) is None
    assert oddity(stella, RATE, SYLLABLES, usual=5.2) is None


def test_too_much_and_too_little_text_for_a_sound_are_told(stella: Sound) -> None:
    assert str(oddity(stella, RATE, 80)).endswith("s of speech are too short for 80 syllables")
    assert str(oddity(stella, RATE, 4)).endswith("s of speech are too long for 4 syllables")


def test_the_speed_that_was_asked_for_counts(stella: Sound) -> None:
    assert oddity(stella, RATE, 34, speed=2.0) is None
    assert oddity(stella, RATE, 9, speed=0.5) is None


def test_a_voice_that_is_known_is_held_to_its_pace(stella: Sound) -> None:
    assert oddity(stella, RATE, 28) is None
    assert "too short" in str(oddity(stella, RATE, 28, usual=5.2))
    assert "too long" in str(oddity(stella, RATE, 9, usual=5.2))


def test_a_pace_is_known_after_three_pieces_and_short_ones_tell_nothing(stella: Sound) -> None:
    pace = Pace()
    for _ in range(3):
        pace.learn(stella, RATE, 3)
        assert pace.usual is None
    for _ in range(3):
        assert pace.usual is None
        pace.learn(stella, RATE, SYLLABLES)
    assert pace.usual == pytest.approx(5.2, abs=1.0)


def test_silence_is_nothing_spoken() -> None:
    assert oddity(np.zeros(RATE, np.float32), RATE, 5) == "there is no speech"
    assert oddity(np.zeros(0, np.float32), RATE, 5) == "there is no speech"
    assert oddity(np.zeros(RATE, np.float32), RATE, 0) is None


def test_a_sound_that_is_loud_to_its_last_sample_breaks_off(stella: Sound) -> None:
    at = int(np.argmax(np.abs(stella[2 * RATE : 3 * RATE]))) + 2 * RATE
    assert oddity(stella[:at], RATE, 11) == "it ends abruptly"


def test_sound_that_is_no_word_is_placed(stella: Sound) -> None:
    heard = [HeardWord(0.1, 0.5, 1, 1, False), HeardWord(3.2, 3.6, 1, 1, False)]
    assert "s of audio that matches no words after 0.5 s" in str(oddity(stella, RATE, SYLLABLES, heard))


class Voice:
    """Returns as many samples as its seed, and records its requests."""

    def __init__(self) -> None:
        self.seeds: list[int | None] = []

    def __call__(self, seed: int | None) -> Sound:
        self.seeds.append(seed)
        return np.zeros(len(self.seeds), np.float32)


def found(*findings: Deviation) -> dict[int, Deviation]:
    return dict(enumerate(findings, start=1))


WRONG, WORSE, ODD = Deviation(missing=("one",), wrong=1), Deviation(missing=("one two",), wrong=2), Deviation(implausible="too long")


@pytest.mark.parametrize(
    ("findings", "attempts", "kept"),
    [
        ([Deviation()], 1, 1),
        ([WRONG, Deviation()], 2, 2),
        ([WORSE, WRONG, WORSE], 3, 2),
        ([WRONG, WRONG, WRONG], 3, 1),
        ([ODD, WORSE, ODD], 3, 2),
        ([WRONG, ODD, ODD], 3, 1),
    ],
    ids=["right", "right the second time", "the least wrong", "the first of equals", "odd counts for three", "one word counts for less"],
)
def test_a_piece_is_spoken_again_until_it_is_right_and_the_best_is_kept(findings: list[Deviation], attempts: int, kept: int) -> None:
    voice, by_length = Voice(), found(*findings)
    spoken = spoken_right(voice, lambda sound: by_length[len(sound)], attempts=3, seed=7)
    assert spoken.attempts == attempts
    assert len(spoken.sound) == kept
    assert spoken.finding is findings[kept - 1]
    assert voice.seeds == [7, 8, 9][:attempts]


def test_without_a_seed_the_first_attempt_is_the_engine_s_own_and_the_others_differ() -> None:
    voice = Voice()
    spoken_right(voice, lambda sound: WRONG, attempts=3)
    assert voice.seeds[0] is None
    assert len(set(voice.seeds)) == 3


def test_an_engine_without_seeds_speaks_once_and_is_reported() -> None:
    voice = Voice()
    spoken = spoken_right(voice, lambda sound: WRONG, attempts=1)
    assert (voice.seeds, spoken.finding) == ([None], WRONG)
