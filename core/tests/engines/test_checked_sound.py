"""What becomes of the audio that a faulty text-to-speech engine returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from voicebridge import AudioChunk
from voicebridge.engines.checked_sound import SoundCheck

RATE = 16_000


def checked(*samples: Any) -> list[AudioChunk]:
    """Chunks of these samples, at 16 kHz, as they come out of the check."""
    check = SoundCheck(lambda _: None)
    return [check.checked(AudioChunk(each, RATE)) for each in samples]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([np.array([0, 16_384, -32_768], np.int16)], [[0, 0.5, -1]]),
        ([np.array([0, 2**30, -(2**31)], np.int32)], [[0, 0.5, -1]]),
        ([np.array([0.5, -0.25])], [[0.5, -0.25]]),
        ([np.array([0.5, -0.25], np.float16)], [[0.5, -0.25]]),
        ([[0.5, -0.25]], [[0.5, -0.25]]),
        ([np.array([[0.5, 0.25]] * 9, np.float32)], [[0.375] * 9]),
        ([np.array([[0.5] * 9, [0.25] * 9], np.float32)], [[0.375] * 9]),
        ([np.array([[16_384, 8_192]] * 9, np.int16)], [[0.375] * 9]),
        ([np.array([1.5, -2, 0.5], np.float32)], [[1, -1, 0.5]]),
        ([np.zeros(0, np.float32), np.array([0.5])], [[], [0.5]]),
    ],
)
def test_sound_is_made_mono_float32(samples: Any, expected: Any) -> None:
    chunks = checked(*samples)
    assert [chunk.samples.dtype for chunk in chunks] == [np.float32] * len(chunks)
    assert [chunk.samples.tolist() for chunk in chunks] == expected


def test_a_chunk_starts_where_the_one_before_ends() -> None:
    assert [chunk.start for chunk in checked(np.zeros(1600), np.zeros(800), np.zeros(1))] == [0, 0.1, 0.15]


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        (np.array([0.1, np.nan]), "returned audio with NaN or infinite samples"),
        (np.array([0.1, np.inf]), "returned audio with NaN or infinite samples"),
        (np.array([24_000.0, 100.0]), "returned audio with samples up to 24000 instead of -1 to 1"),
        (np.array([1, 2], np.uint16), "returned audio as ndarray of uint16 instead of float32"),
        (np.array([1, 2], np.int64), "returned int64 audio, whose full scale is unknown"),
        (np.zeros((20, 20)), "returned audio of shape (20, 20) instead of one channel"),
        (np.zeros((2, 2, 2)), "returned audio of shape (2, 2, 2) instead of one channel"),
        (b"RIFF", "returned audio as bytes of |S4 instead of float32"),
    ],
)
def test_sound_of_no_certain_meaning_is_refused(samples: Any, problem: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        checked(samples)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("chunks", "problem"),
    [
        ([np.zeros(8)], "returned ndarray instead of an AudioChunk"),
        ([None], "returned None instead of an AudioChunk"),
        ([AudioChunk(np.zeros(8, np.float32), 0)], "returned audio with a sample rate of 0"),
        (
            [AudioChunk(np.zeros(8, np.float32), each) for each in (16_000, 22_050)],
            "changed its sample rate from 16000 to 22050 Hz",
        ),
    ],
)
def test_what_is_no_sound_is_refused(chunks: Any, problem: str) -> None:
    check = SoundCheck(lambda _: None)
    with pytest.raises((TypeError, ValueError)) as caught:
        list(map(check.checked, chunks))
    assert str(caught.value) == problem


def test_clipping_is_reported_once() -> None:
    mistakes: list[str] = []
    check = SoundCheck(mistakes.append)
    for _ in range(2):
        check.checked(AudioChunk(np.array([1.5], np.float32), RATE))
    assert mistakes == ["returned audio beyond full scale, which was clipped"]
