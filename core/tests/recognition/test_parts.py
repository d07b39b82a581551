"""Parts of pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.recognition.parts import halves, parted, wordless
from voicebridge.recognition.segmenter import SAMPLE_RATE, Piece, Stretch
from voicebridge.speech import Word


def test_speech_of_which_punctuation_alone_was_made_has_no_words() -> None:
    words = [*(Word(at / 3, at / 3 + 0.3, "...") for at in range(9)), Word(3.0, 3.4, "so")]

    assert list(wordless(words, 3.5)) == [(0.0, 3.0)]
    assert list(wordless(words[:9], 3.5)) == []
    assert list(wordless(words[:3], 3.5)) == [(words[2].end, 3.5)]


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
