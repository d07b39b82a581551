"""Modified real speech and the errors that a real Whisper finds: none without modifications, and what was dropped, repeated or added."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.audio.loudness import loudness, runs, speech
from voicebridge.engines.loader import load
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.testing import FOX, STELLA
from voicebridge.tts.verify.check import Checker, Deviation

Sound = npt.NDArray[np.float32]
RATE = 16_000
TEXT = f"{STELLA.text} {FOX.text}"
WELCOME = (
    "Welcome. This is a short recording, made by a computer voice. "
    "Everything that you hear is written down on your own machine. Your words stay with you."
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    registry = Registry(load_plugins(only=["whisper"]), Config.load(environment={}))
    model = registry.stt("whisper/tiny.en")
    engine = load(model, registry.options(model))
    yield engine
    engine.close()


@pytest.fixture
def checker(engine: Any) -> Checker:
    return Checker(engine, RATE, "en", words=True)


@pytest.fixture(scope="module")
def stella() -> Sound:
    return STELLA.at(RATE)


@pytest.fixture(scope="module")
def fox() -> Sound:
    return FOX.at(RATE)


@pytest.fixture(scope="module")
def sound(stella: Sound, fox: Sound) -> Sound:
    return np.concatenate([stella, np.zeros(RATE // 4, np.float32), fox])


def slowed(sound: Sound) -> Sound:
    """The sound at half the speed and the same pitch: short sections, each used twice and cross-faded into the next."""
    size, step = round(0.03 * RATE), round(0.015 * RATE)
    window, slow = np.hanning(size), np.zeros(2 * len(sound) + size)
    for at in range(0, 2 * (len(sound) - size), step):
        slow[at : at + size] += sound[at // 2 : at // 2 + size] * window
    return slow.astype(np.float32)


def noise(seconds: float, level: float) -> Sound:
    return (np.random.default_rng(0).standard_normal(round(seconds * RATE)) * level).astype(np.float32)


def level_of(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound[np.abs(sound) > 0.02]))))


def pause_of(sound: Sound) -> int:
    """The sample in the middle of the longest pause."""
    spoken = runs(speech(loudness(sound, RATE)), 0.05)
    begin, end = max(((a, b) for (_, a), (b, _) in pairwise(spoken)), key=lambda pause: pause[1] - pause[0])
    return round((begin + end) / 2 * RATE)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 48_000])
def test_nothing_is_wrong_with_speech_that_is_right(checker: Checker, rate: int) -> None:
    assert checker.check(FOX.text, FOX.at(rate), rate) == Deviation()
    assert checker.check(STELLA.text, STELLA.at(rate), rate) == Deviation()


def test_several_sentences_may_be_one_piece(checker: Checker, sample_at: Callable[[int], Sound]) -> None:
    assert checker.check(WELCOME, sample_at(RATE), RATE) == Deviation()


def test_what_was_written_otherwise_and_spoken_so_is_right(checker: Checker) -> None:
    assert checker.check("The quick brown fox jumps over 1 lazy dog.", FOX.at(RATE), RATE, spelled=FOX.text).ok


def test_a_dropped_sentence_is_missing(checker: Checker, stella: Sound) -> None:
    finding = checker.check(TEXT, stella, RATE)
    assert finding.missing == ("The quick brown fox jumps over the lazy dog",)


def test_a_dropped_clause_is_missing(checker: Checker, stella: Sound) -> None:
    finding = checker.check(STELLA.text, stella[pause_of(stella) :], RATE)
    assert finding.missing == ("Please call Stella",)
    assert finding.invented == ()


def test_a_truncated_end_is_missing(checker: Checker, stella: Sound) -> None:
    finding = checker.check(STELLA.text, stella[: len(stella) * 2 // 3], RATE)
    assert finding.missing
    assert finding.missing[-1].endswith("store")


def test_an_end_that_breaks_off_in_a_word_is_implausible(checker: Checker, fox: Sound) -> None:
    loudest = int(np.argmax(loudness(fox[-RATE // 2 :], RATE))) * 0.02 - 0.5
    finding = checker.check(FOX.text, fox[: round(loudest * RATE)], RATE)
    assert not finding.ok
    assert finding.missing or finding.implausible == "it ends abruptly"


def test_a_repeated_sentence_is_invented(checker: Checker, sound: Sound, fox: Sound) -> None:
    finding = checker.check(TEXT, np.concatenate([sound, fox]), RATE)
    assert [words.lower() for words in finding.invented] == ["the quick brown fox jumps over the lazy dog"]
    assert finding.repeated


def test_a_repeated_clause_is_found(checker: Checker, stella: Sound) -> None:
    pause = pause_of(stella)
    assert not checker.check(STELLA.text, np.concatenate([stella[:pause], stella]), RATE).ok


def test_another_sentence_is_invented(checker: Checker, sound: Sound) -> None:
    assert checker.check(STELLA.text, sound, RATE).invented == ("The quick brown fox jumps over the lazy dog",)


@pytest.mark.parametrize("end", ["babble", "noise"])
def test_babble_and_noise_after_the_words_are_found(checker: Checker, fox: Sound, stella: Sound, end: str) -> None:
    rest = stella[::-1][-2 * RATE :] if end == "babble" else noise(1.5, level_of(fox))
    assert not checker.check(FOX.text, np.concatenate([fox, rest]), RATE).ok


def test_noise_before_the_words_is_found(checker: Checker, fox: Sound) -> None:
    assert checker.check(FOX.text, np.concatenate([noise(1.5, level_of(fox) / 2), fox]), RATE).implausible


def test_silence_inside_is_found_and_placed(checker: Checker, stella: Sound) -> None:
    pause = pause_of(stella)
    finding = checker.check(STELLA.text, np.concatenate([stella[:pause], np.zeros(2 * RATE, np.float32), stella[pause:]]), RATE)
    assert finding.implausible is not None
    assert "s of silence after" in finding.implausible
    assert finding.missing == finding.invented == ()


@pytest.mark.parametrize("samples", [0, 100, 2 * RATE])
def test_silence_instead_of_speech_misses_everything(checker: Checker, samples: int) -> None:
    finding = checker.check(FOX.text, np.zeros(samples, np.float32), RATE)
    assert finding.missing == ("The quick brown fox jumps over the lazy dog",)
    assert finding.implausible == "there is no speech"


def test_half_speed_is_found_once_the_voice_is_known(checker: Checker, fox: Sound, stella: Sound) -> None:
    for _ in range(3):
        checker.check(STELLA.text, stella, RATE)
    assert "too long for" in str(checker.check(FOX.text, slowed(fox), RATE).implausible)
    assert checker.check(FOX.text, fox, RATE).ok


def test_half_speed_that_was_asked_for_is_right(engine: Any, fox: Sound) -> None:
    assert Checker(engine, RATE, "en", speed=0.5, words=True).check(FOX.text, slowed(fox), RATE).implausible is None


def test_several_pieces_may_be_checked_at_once(checker: Checker, fox: Sound, stella: Sound) -> None:
    with ThreadPoolExecutor(4) as pool:
        right = [pool.submit(checker.check, FOX.text, fox, RATE) for _ in range(3)]
        wrong = [pool.submit(checker.check, FOX.text, stella, RATE) for _ in range(3)]
        assert all(each.result().ok for each in right)
        assert len({each.result().missing for each in wrong}) == 1
