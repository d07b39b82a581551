from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge import InputError
from voicebridge.audio.resample import chunks_of

RATES = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000]


def resample(array: npt.NDArray[np.generic], rate: int, target: int = 16_000) -> npt.NDArray[np.float32]:
    return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in chunks_of(array, rate, target))])


@settings(max_examples=40, deadline=None)
@given(seconds=st.floats(0.0, 3.0), rate=st.sampled_from(RATES), target=st.sampled_from(RATES), channels=st.integers(1, 8))
def test_the_length_in_seconds_survives_every_change_of_rate(seconds: float, rate: int, target: int, channels: int) -> None:
    array = np.zeros((round(seconds * rate), channels), np.float32)

    assert len(resample(array, rate, target)) / target == pytest.approx(len(array) / rate, abs=0.002)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_pitch(rate: int) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate).astype(np.float32)
    samples = resample(tone, rate)

    assert np.argmax(np.abs(np.fft.rfft(samples))) * 16_000 / len(samples) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint8, np.float64])
def test_numbers_of_every_kind_mean_the_same_sound(kind: type[np.generic]) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    scaled = {np.int16: tone * 32_768, np.int32: tone * 2**31, np.uint8: tone * 128 + 128, np.float64: tone}[kind].astype(kind)

    assert np.abs(resample(scaled, 16_000) - tone).max() < 0.01


def test_channels_are_mixed_evenly() -> None:
    array = np.random.default_rng(0).uniform(-1, 1, (8_000, 3))

    assert np.abs(resample(array, 16_000) - array.mean(axis=1)).max() < 1e-6


@pytest.mark.parametrize(("array", "rate"), [(np.zeros((2, 2, 2)), 16_000), (np.zeros((100, 16_000)), 16_000), (np.zeros(10), 0)])
def test_what_is_no_sound_is_refused(array: npt.NDArray[np.float64], rate: int) -> None:
    with pytest.raises(InputError):
        resample(array, rate)


def test_a_channel_of_an_array_is_heard_alone() -> None:
    array = np.random.default_rng(0).uniform(-1, 1, (8_000, 3))
    for channel in (1, 2, 3):
        heard = np.concatenate([chunk.samples for chunk in chunks_of(array, 16_000, 16_000, channel=channel)])
        assert np.abs(heard - array[:, channel - 1]).max() < 1e-6
