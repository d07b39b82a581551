"""Conditioning of audio from bad microphones, recorders and programs before it reaches an engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.audio.condition import Conditioner, OffsetFilter
from voicebridge.audio.condition import conditioned as conditioned_chunks
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.endpoint import Endpointer
from voicebridge.audio.resample import chunks_of
from voicebridge.speech import AudioChunk
from voicebridge.testing.sounds import FOX, STELLA, in_chunks

Sound = npt.NDArray[np.float32]
RATE = 16_000
SPEECH = np.concatenate([np.zeros(RATE, np.float32), FOX.at(RATE), np.zeros(RATE // 2, np.float32)])
SPEECH = (SPEECH / np.abs(SPEECH).max() * 0.5 + np.random.default_rng(0).normal(0, 1e-4, len(SPEECH))).astype(np.float32)
LOUD_SPEECH = (STELLA.at(RATE) / np.abs(STELLA.at(RATE)).max() * 0.5).astype(np.float32)


def rustle(seconds: float, level: float, seed: int = 0) -> Sound:
    """Noise with standard deviation ``level``."""
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE)).astype(np.float32)


def jingle() -> Sound:
    """Three seconds of chords."""
    times = np.arange(3 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * times) for pitch in (262, 330, 392))
    return (0.25 * np.asarray(chord) * np.exp(-2 * (2 * times % 1))).astype(np.float32)


def slam() -> Sound:
    """A door slamming in a hall, two and a half seconds."""
    return (rustle(2.5, 0.3) * np.exp(-np.arange(round(2.5 * RATE)) / RATE)).astype(np.float32)


LOUD = {"speech": LOUD_SPEECH, "jingle": jingle(), "slam": slam()}


def conditioned(sound: npt.NDArray[np.floating], size: int = RATE // 2) -> Sound:
    conditioner = Conditioner(RATE)
    fed = [conditioner.feed(sound[at : at + size].astype(np.float32)) for at in range(0, len(sound), size)]
    return np.concatenate([*fed, conditioner.finish()])


def loudness_of_speech(sound: Sound) -> float:
    """Decibels below full scale."""
    return 20 * float(np.log10(np.percentile(np.abs(sound), 95)))


def likeness(sound: Sound, other: Sound) -> float:
    """1 if the sounds are the same except for their level."""
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
    assert likeness(sound[RATE:], SPEECH[RATE:]) > 0.8  # the scale is unknown before the first speech


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


@pytest.mark.parametrize("before", LOUD)
@pytest.mark.parametrize("decibels", [-46, -50, -56, -62, -68])
def test_quiet_speech_after_something_loud_is_raised_so_that_the_speech_gate_hears_it(before: str, decibels: float) -> None:
    quiet = np.tile(SPEECH, 2) * 2 * np.float32(10 ** (decibels / 20))
    sound = np.concatenate([LOUD[before], quiet]) + rustle(len(LOUD[before]) / RATE + len(quiet) / RATE, 1e-5)
    out = conditioned(sound)
    begin = len(LOUD[before])

    assert out[:begin].tobytes() == sound[:begin].tobytes()
    assert loudness_of_speech(out[begin:]) > -45
    assert np.abs(out[begin:]).max() <= 1
    assert spoken(out[begin:]) > 0.8 * spoken(np.tile(SPEECH, 2))


def spoken(sound: Sound) -> float:
    """Seconds of speech detected after a loud speaker."""
    endpointer = Endpointer(RATE)
    heard = np.concatenate([LOUD_SPEECH, np.zeros(RATE, np.float32), sound])
    stretches = [*endpointer.feed(heard), *endpointer.finish()]
    begin = len(LOUD_SPEECH) / RATE + 0.5
    return sum(each.spoken - max(each.start, begin) for each in stretches if each.spoken > begin)


def test_loud_and_quiet_speakers_in_turn_are_all_heard_and_the_loud_one_stays_as_it_is() -> None:
    loud, quiet = np.concatenate([LOUD_SPEECH, rustle(1, 1e-5)]), SPEECH * np.float32(2e-3)
    sound = np.concatenate([loud, quiet, loud, quiet, loud])
    out = conditioned(sound)
    begins = np.cumsum([0, len(loud), len(quiet), len(loud), len(quiet), len(loud)])

    for first, last in ((begins[0], begins[1]), (begins[2] + RATE // 2, begins[3]), (begins[4] + RATE // 2, begins[5])):
        assert out[first : last - RATE].tobytes() == sound[first : last - RATE].tobytes()
    for first, last in ((begins[1], begins[2]), (begins[3], begins[4])):
        assert loudness_of_speech(out[first:last]) > -45
    assert np.abs(out).max() <= 1


@pytest.mark.parametrize("before", LOUD)
@pytest.mark.parametrize("level", [1e-2, 1e-3, 1e-4, 1e-5, 0.0])
@pytest.mark.parametrize("kind", ["noise", "hum", "hum that is switched on and off", "rustling", "clicks", "a hall that dies away"])
def test_what_is_no_speech_is_not_raised_after_something_loud_either(before: str, level: float, kind: str) -> None:
    times = np.arange(20 * RATE) / RATE
    hum = np.sin(2 * np.pi * 100 * times) * np.float32(0.3)
    rest = {
        "noise": rustle(20, 0.3),
        "hum": hum,
        "hum that is switched on and off": hum * (times % 7 > 3),
        "rustling": rustle(20, 0.3) * (times % 1.3 < 0.4),
        "clicks": np.where(np.random.default_rng(1).random(len(times)) < 3e-4, 0.3, 0.0),
        "a hall that dies away": rustle(20, 0.3) * np.exp(-times),
    }[kind] * level + rustle(20, level / 100, seed=2)
    sound = np.concatenate([LOUD[before], rest]).astype(np.float32)

    assert conditioned(sound).tobytes() == sound.tobytes()


@pytest.mark.parametrize("noise", [1e-5, 1e-4, 1e-3])
def test_pauses_between_sentences_at_a_normal_level_are_left_as_they_are(noise: float) -> None:
    fading = SPEECH * np.exp(-np.arange(len(SPEECH)) / RATE / 0.2).astype(np.float32)
    sound = np.concatenate([each for gap in (0.4, 2.0, 6.0, 1.0) for each in (SPEECH, fading, rustle(gap, noise), LOUD_SPEECH)])

    assert conditioned(sound).tobytes() == sound.tobytes()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 40_000), max_size=12), st.sampled_from([1.0, 2e-3]))
def test_the_same_samples_come_out_the_same_however_they_are_cut_up(sizes: list[int], level: float) -> None:
    sound = np.concatenate(
        [LOUD_SPEECH * np.float32(level), SPEECH * np.float32(2e-3), LOUD_SPEECH, SPEECH * np.float32(1e-3), LOUD_SPEECH]
    )
    given_chunks = list(in_chunks(sound, RATE, sizes))
    out = list(conditioned_chunks(given_chunks))

    assert [(len(each.samples), each.start) for each in out] == [(len(each.samples), each.start) for each in given_chunks]
    assert np.concatenate([each.samples for each in out]).tobytes() == conditioned(sound).tobytes()


def test_no_more_than_four_seconds_are_held() -> None:
    quiet = np.tile(SPEECH * np.float32(2e-3), 5)
    sound = np.concatenate([LOUD_SPEECH, quiet, np.zeros(9 * RATE, np.float32), rustle(9, 1e-3)])
    taken = 0.0

    def chunks() -> Iterator[AudioChunk]:
        nonlocal taken
        for chunk in in_chunks(sound, RATE):
            taken = chunk.start + chunk.duration
            yield chunk

    assert max(taken - each.start for each in conditioned_chunks(chunks()) if taken < len(sound) / RATE) < 4


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
