"""Silero's network in a stream, and the speech that it finds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from faster_whisper.vad import get_vad_model
from voicebridge import AudioChunk
from voicebridge.recognition.segmenter import FRAME, SAMPLE_RATE, Piece, Segmenter
from voicebridge.testing import sounds
from voicebridge.testing.sounds import silence
from voicebridge_whisper.vad import SpeechProbability

Samples = npt.NDArray[np.float32]
FOX = sounds.FOX.at(SAMPLE_RATE)


def pieces_of(samples: Samples) -> list[Piece]:
    segmenter = Segmenter(SpeechProbability())
    found = [piece for at in range(0, len(samples), 8_000) for piece in segmenter.feed(chunk(samples, at))]
    return [*found, *segmenter.finish()]


def chunk(samples: Samples, at: int) -> AudioChunk:
    return AudioChunk(samples[at : at + 8_000], SAMPLE_RATE, at / SAMPLE_RATE)


def test_fed_in_pieces_the_network_says_what_it_says_of_the_whole() -> None:
    samples = FOX
    samples = samples[: len(samples) // FRAME * FRAME]
    whole = get_vad_model()(samples.copy()).reshape(-1)

    feed = SpeechProbability()
    frames = samples.reshape(-1, FRAME)
    pieces = np.concatenate([feed(part) for part in (frames[:1], frames[1:8], frames[8:8], frames[8:])])

    # Not the last one: the wrapper blanks the end of the last frame by mistake (it writes into a view).
    assert np.allclose(whole[:-1], pieces[:-1], atol=1e-5)


def test_noise_and_a_hum_give_no_piece() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 20 * SAMPLE_RATE).astype(np.float32)
    hum = (0.3 * np.sin(2 * np.pi * 100 * np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE)).astype(np.float32)

    assert pieces_of(noise) == []
    assert pieces_of(hum) == []


def test_speech_in_silence_is_found_with_a_margin() -> None:
    samples = np.concatenate([silence(10, SAMPLE_RATE), FOX, silence(10, SAMPLE_RATE)])

    (piece,) = pieces_of(samples)

    assert piece.time_at(0) == pytest.approx(10 - 0.4, abs=0.5)
    assert piece.time_at(piece.duration, end=True) == pytest.approx(10 + len(FOX) / SAMPLE_RATE + 0.1, abs=0.6)
