"""Sound as bad microphones, recorders and programs give it, on its way to an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.audio.condition import Conditioner, OffsetFilter
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.endpoint import Endpointer
from voicebridge.audio.resample import chunks_of
from voicebridge.testing.sounds import FOX

Sound = npt.NDArray[np.float32]
RATE = 16_000
SPEECH = np.concatenate([np.zeros(RATE, np.float32), FOX.at(RATE), np.zeros(RATE // 2, np.float32)])
SPEECH = (SPEECH / np.abs(SPEECH).max() * 0.5 + np.random.default_rng(0).normal(0, 1e-4, len(SPEECH))).astype(np.float32)


def conditioned(sound: npt.NDArray[np.floating], size: int = RATE // 2) -> Sound:
    conditioner = Conditioner(RATE)
    return np.concatenate([conditioner.feed(sound[at : at + size].astype(np.float32)) for at in range(0, len(sound), size)])


def loudness_of_speech(sound: Sound) -> float:
    """Decibels below full scale."""
    return 20 * float(np.log10(np.percentile(np.abs(sound), 95)))


def likeness(sound: Sound, other: Sound) -> float:
    """1 where one is the other, but for its level."""
    return float(np.corrcoef(sound, other)[0, 1])


def test_what_is_recorded_well_passes_as_it_is() -> None:
    assert conditioned(SPEECH).tobytes() == SPEECH.tobytes()


@pytest.mark.parametrize(("level", "offset"), [(0.2, 0.1), (0.2, -0.5), (0.06, 0.3), (1.0, 0.5), (1.8, -0.09), (1e-3, 0.2), (1e-3, 1e-3)])
def test_an_offset_is_taken_off(level: float, offset: float) -> None:
    sound = conditioned(SPEECH * level + offset)

    assert abs(sound.mean()) < 0.001
    assert likeness(sound, SPEECH) > 0.9
    assert loudness_of_speech(sound) > -45


@pytest.mark.parametrize("decibels", [-50, -60, -66, -80, -90])
def test_quiet_speech_is_raised_to_a_level_at_which_it_is_found(decibels: float) -> None:
    sound = conditioned(SPEECH * 2 * 10 ** (decibels / 20))

    assert -35 < loudness_of_speech(sound) < -10
    assert np.abs(sound).max() <= 1
    assert likeness(sound, SPEECH) > 0.8


@pytest.mark.parametrize("scale", [4.0, 31.6, 1_000.0, 32_767.0, 2.0**31 - 1])
def test_speech_above_full_scale_comes_within_it(scale: float) -> None:
    sound = conditioned(SPEECH * scale)

    assert np.abs(sound).max() <= 1
    assert loudness_of_speech(sound) > -40
    assert likeness(sound[RATE:], SPEECH[RATE:]) > 0.8  # what the numbers mean is not known before somebody speaks


@pytest.mark.parametrize("level", [0.1, 1e-2, 1e-3, 1e-4, 1e-5, 0.0])
@pytest.mark.parametrize("colour", ["white", "hum"])
def test_noise_and_silence_are_never_raised(colour: str, level: float) -> None:
    times = np.arange(10 * RATE) / RATE
    noise = np.random.default_rng(0).normal(0, 0.3, len(times)) if colour == "white" else np.sin(2 * np.pi * 50 * times)

    sound = conditioned(noise * level)
    assert np.abs(sound).max() <= 2 * np.abs(noise).max() * level


def test_a_pause_in_a_meeting_is_not_raised_to_find_words_in_it() -> None:
    rustle = np.random.default_rng(0).normal(0, 1e-4, 30 * RATE) * (np.arange(30 * RATE) // RATE % 3 == 0)
    sound = conditioned(np.concatenate([SPEECH, rustle]))

    assert np.abs(sound[len(SPEECH) :]).max() < 1e-3


def test_a_knock_at_the_microphone_does_not_keep_quiet_speech_down() -> None:
    knock = np.zeros(RATE // 2, np.float32)
    knock[100:200] = 0.9
    sound = conditioned(np.concatenate([knock, SPEECH * 1e-3]))

    assert loudness_of_speech(sound[RATE:]) > -35


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("at", [0, 100, 20_000])
def test_a_sample_that_is_no_number_is_silence_and_the_rest_is_as_it_was(value: float, at: int) -> None:
    sound = SPEECH.copy()
    sound[at] = value

    expected = SPEECH.copy()
    expected[at] = 0
    assert conditioned(sound).tobytes() == expected.tobytes()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(width=32), max_size=50), st.integers(1, 9_000), st.floats(-1, 1), st.floats(-120, 60))
def test_whatever_comes_in_goes_out_finite_and_of_the_same_length(odd: list[float], size: int, offset: float, decibels: float) -> None:
    with np.errstate(over="ignore"):
        sound = (SPEECH[: 2 * RATE] * 10 ** (decibels / 20) + offset).astype(np.float32)
    sound[5_000 : 5_000 + len(odd)] = odd

    out = conditioned(sound, size)
    assert len(out) == len(sound)
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 4


def test_the_size_of_the_chunks_does_not_matter_to_the_filter() -> None:
    sound = (SPEECH * 0.2 + 0.3).astype(np.float32)
    whole = OffsetFilter(RATE).feed(sound)
    piecewise = OffsetFilter(RATE)
    pieces = [piecewise.feed(each) for each in np.array_split(sound, 37)]

    assert np.abs(np.concatenate(pieces) - whole)[800:].max() < 1e-5


def test_speech_over_an_offset_ends_where_it_ends_while_it_is_dictated() -> None:
    stretches = []
    for offset in (0.0, 0.4):
        endpointer = Endpointer(RATE)
        found = [each for part in np.array_split((SPEECH * 0.2 + offset).astype(np.float32), 50) for each in endpointer.feed(part)]
        stretches.append([*found, *endpointer.finish()])

    assert len(stretches[0]) == len(stretches[1]) == 1
    assert stretches[1][0].start == pytest.approx(stretches[0][0].start, abs=0.1)
    assert stretches[1][0].end == pytest.approx(stretches[0][0].end, abs=0.1)


@pytest.mark.parametrize(
    ("name", "codec", "right"), [("a.wav", "pcm_s16le", -1), ("a.mp3", "libmp3lame", -1), ("a.m4a", "aac", -0.9), ("a.webm", "libopus", 0)]
)
def test_a_channel_that_is_the_other_upside_down_does_not_cancel_it(tmp_path: Path, name: str, codec: str, right: float) -> None:
    with av.open(str(tmp_path / name), "w") as container:
        track: Any = container.add_stream(codec, rate=48_000, layout="stereo")
        resampler = av.AudioResampler(track.format.name, "stereo", 48_000, track.codec_context.frame_size or 1024)
        samples = np.stack([SPEECH, SPEECH * np.float32(right)], axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="stereo")
        frame.sample_rate = RATE
        for each in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(track.encode(each))
        container.mux(track.encode(None))

    with AudioReader(tmp_path / name) as reader:
        sound = np.concatenate([chunk.samples for chunk in reader.chunks(RATE)])
    assert loudness_of_speech(sound) == pytest.approx(loudness_of_speech(SPEECH), abs=7)


def test_an_array_whose_channels_cancel_each_other_out_is_heard() -> None:
    array = np.stack([SPEECH, -SPEECH], axis=1)
    for each in (array, (array * 32_767).astype(np.int16)):
        sound = np.concatenate([chunk.samples for chunk in chunks_of(each, RATE, RATE)])
        assert likeness(sound, SPEECH) > 0.99


def test_the_two_sides_of_a_call_are_both_heard() -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(0, 0.1, RATE), rng.normal(0, 0.1, RATE)
    sound = np.concatenate([chunk.samples for chunk in chunks_of(np.stack([left, right], axis=1), RATE, RATE)])

    assert np.abs(sound - (left + right) / 2).max() < 1e-4
