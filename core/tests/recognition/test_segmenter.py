"""Pieces of speech: where they are cut, and the times of what is in them. Speech is what is loud here; plugins use a real detector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.errors import InputError
from voicebridge.recognition.segmenter import SAMPLE_RATE, Cutting, Piece, Segmenter, Stretch
from voicebridge.speech import AudioChunk
from voicebridge.testing import sounds
from voicebridge.testing.sounds import silence

Samples = npt.NDArray[np.float32]
MOST = int(Cutting().longest * SAMPLE_RATE)
FOX, STELLA = sounds.FOX.at(SAMPLE_RATE), sounds.STELLA.at(SAMPLE_RATE)


def loud(frames: Samples) -> Samples:
    return np.asarray(np.sqrt(np.square(frames).mean(axis=1)) > 0.01, np.float32)


def chunks(samples: Samples, sizes: Iterator[int] | int = 8_000) -> Iterator[AudioChunk]:
    at = 0
    while at < len(samples):
        size = sizes if isinstance(sizes, int) else next(sizes)
        yield AudioChunk(samples[at : at + size], SAMPLE_RATE, at / SAMPLE_RATE)
        at += size


def cut(audio: Iterable[AudioChunk], *, vad: bool = True) -> Iterator[Piece]:
    segmenter = Segmenter(loud if vad else None)
    for chunk in audio:
        yield from segmenter.feed(chunk)
    yield from segmenter.finish()


def test_silence_gives_no_piece() -> None:
    assert list(cut(chunks(silence(40, SAMPLE_RATE)))) == []
    assert list(cut(iter(()))) == []


def test_a_word_to_which_alignment_gives_a_pause_begins_with_the_speech_after_it() -> None:
    second = SAMPLE_RATE
    stretches = [Stretch(6 * second // 10, 3 * second, second, 26 * second // 10), Stretch(6 * second, 9 * second, 64 * second // 10)]
    piece = Piece(np.zeros(54 * second // 10, np.float32), stretches)

    assert piece.begin_of(0.0, 0.6) == pytest.approx(0.9), "the margin before the first word"
    assert piece.begin_of(1.0, 1.4) == pytest.approx(1.6), "a word in the middle"
    assert piece.begin_of(2.1, 3.0) == pytest.approx(6.3), "the margins on both sides of a pause"
    assert piece.begin_of(2.1, 2.3) == pytest.approx(2.7), "a soft end"
    assert piece.begin_of(3.5, 4.0) == pytest.approx(7.1)


def test_a_piece_leaves_as_soon_as_the_speaker_has_been_silent_for_long() -> None:
    taken = 0

    def counted() -> Iterator[AudioChunk]:
        nonlocal taken
        for chunk in chunks(np.concatenate([FOX, silence(60, SAMPLE_RATE)])):
            taken += 1
            yield chunk

    next(cut(counted()))
    assert taken < 20  # in half seconds


def test_long_silences_are_left_out_and_times_still_tell_where_words_were() -> None:
    fox, stella = FOX, STELLA
    samples = np.concatenate([silence(1, SAMPLE_RATE), fox, silence(4, SAMPLE_RATE), stella, silence(2, SAMPLE_RATE)])

    (piece,) = cut(chunks(samples))

    assert piece.duration < (len(fox) + len(stella)) / SAMPLE_RATE + 2.5
    second = 1 + len(fox) / SAMPLE_RATE + 4
    assert piece.time_at(piece.duration, end=True) == pytest.approx(second + len(stella) / SAMPLE_RATE, abs=0.6)
    assert any(abs(stretch.start / SAMPLE_RATE - second) < 0.6 for stretch in piece.stretches)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["fox", "stella", 0.3, 1.0, 3.0, 7.0]), min_size=1, max_size=25), st.integers(100, 50_000))
def test_pieces_fit_the_window_follow_each_other_and_hold_the_recording_s_own_samples(plan: list[str | float], size: int) -> None:
    samples = np.concatenate(
        [{"fox": FOX, "stella": STELLA}[part] if isinstance(part, str) else silence(part, SAMPLE_RATE) for part in plan]
    )

    pieces = list(cut(chunks(samples, size)))

    stretches = [stretch for piece in pieces for stretch in piece.stretches]
    assert all(0 < len(piece.samples) <= MOST for piece in pieces)
    assert all(before.end <= after.start for before, after in pairwise(stretches))
    assert all(0 <= stretch.start < stretch.end <= len(samples) for stretch in stretches)
    for piece in pieces:
        assert np.array_equal(piece.samples, np.concatenate([samples[s.start : s.end] for s in piece.stretches]))


def test_the_size_of_the_chunks_makes_no_difference() -> None:
    samples = np.concatenate([silence(0.7, SAMPLE_RATE), FOX, silence(3, SAMPLE_RATE), STELLA])

    def found(size: int) -> list[Stretch]:
        return [stretch for piece in cut(chunks(samples, size)) for stretch in piece.stretches]

    assert found(97) == found(16_000) == found(len(samples))


def test_speech_without_a_pause_is_cut_before_the_window_is_full() -> None:
    pieces = list(cut(chunks(np.ones(70 * SAMPLE_RATE, np.float32)), vad=False))

    assert sum(len(piece.samples) for piece in pieces) == 70 * SAMPLE_RATE
    assert all(len(piece.samples) <= MOST for piece in pieces)


def test_a_recording_that_starts_late_keeps_its_times() -> None:
    chunk = AudioChunk(np.concatenate([silence(1, SAMPLE_RATE), FOX, silence(1, SAMPLE_RATE)]), SAMPLE_RATE, start=100.0)

    (piece,) = cut([chunk])

    assert 100 < piece.time_at(0) < 101.5


def test_memory_does_not_grow_with_the_recording() -> None:
    import tracemalloc

    def hours() -> Iterator[AudioChunk]:
        for index in range(60):
            part = STELLA if index % 2 else FOX
            yield AudioChunk(np.concatenate([part, silence(1, SAMPLE_RATE)]), SAMPLE_RATE, index * 5.0)

    tracemalloc.start()
    try:
        for _ in cut(hours()):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 12_000_000  # five minutes as float32 are 17 MB, one window with its copies under 8


def test_a_chunk_at_another_rate_is_refused() -> None:
    with pytest.raises(InputError, match="takes audio at 16000 Hz and was given 8000 Hz"):
        list(cut([AudioChunk(silence(1, SAMPLE_RATE), 8_000)]))


@given(st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 90_000)), min_size=1, max_size=5), st.floats(0, 1))
def test_times_within_a_piece_map_into_its_stretches_in_order(raw: list[tuple[int, int]], fraction: float) -> None:
    stretches, at = [], 0
    for gap, length in raw:
        stretches.append(Stretch(at + gap, at + gap + length))
        at += gap + length
    piece = Piece(np.zeros(sum(length for _, length in raw), np.float32), stretches)
    moment = fraction * piece.duration

    start, end = piece.time_at(moment), piece.time_at(moment, end=True)

    assert stretches[0].start / SAMPLE_RATE <= end <= start + 1e-9
    assert start <= stretches[-1].end / SAMPLE_RATE + 1e-9
    assert piece.time_at(moment / 2) <= start
