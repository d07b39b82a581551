"""From passages to audio: silence at the ends of an utterance is removed, and the pause between two is as requested."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.audio.trim import QUIET, Samples, Trim
from voicebridge.errors import ModelError
from voicebridge.speech import AudioChunk
from voicebridge.tts.text.pieces import Piece
from voicebridge.tts.utterances import MARGIN, Pause, timed, utterances

RATE = 16_000


def tone(seconds: float, level: float = 0.3, rate: int = RATE) -> Samples:
    return (level * np.sign(np.sin(2 * np.pi * 200 * (np.arange(round(seconds * rate)) + 0.5) / rate))).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> Samples:
    return np.zeros(round(seconds * rate), np.float32)


def piece(text: str, pause: float = 0.3) -> Piece:
    return Piece(text, text, pause)


def padded(text: Piece) -> Generator[AudioChunk, None, None]:
    """A voice that yields a tone of half a second with much silence around it."""
    for part in (silence(0.4), tone(0.2), tone(0.3), silence(0.7)):
        yield AudioChunk(part, RATE)


def sound_of(pieces: Sequence[Piece], **gap: Any) -> Samples:
    return np.concatenate([chunk.samples for each in utterances(pieces, padded, **gap) for chunk in each.sound])


def gaps(samples: Samples) -> list[float]:
    """Seconds of silence between the tones."""
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    steps = np.diff(loud)
    return [float(step - 1) / RATE for step in steps[steps > RATE // 100]]


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.1, 0.3, 1.5])
def test_the_pause_between_two_utterances_is_what_was_asked_for_whatever_silence_the_voice_leaves(pause: float) -> None:
    heard = gaps(sound_of([piece("One.", pause), piece("Two.", pause), piece("Three.", pause)]))

    assert heard == ([] if pause == 0.0 else pytest.approx([pause, pause], abs=2 / RATE))


def test_nothing_but_a_margin_is_left_before_the_first_utterance_and_after_the_last() -> None:
    samples = sound_of([piece("One.")])
    loud = np.flatnonzero(np.abs(samples) > QUIET)

    assert loud[0] == round(MARGIN * RATE)
    assert len(samples) - 1 - loud[-1] == round(MARGIN * RATE)


def test_a_reading_that_goes_on_begins_with_the_pause_after_what_was_spoken() -> None:
    whole = sound_of([piece("One.", 0.8), piece("Two.")])
    rest = sound_of([piece("Two.")], gap=Pause(0.8, round(MARGIN * RATE)))

    np.testing.assert_array_equal(rest, whole[-len(rest) :])
    assert np.flatnonzero(np.abs(rest) > QUIET)[0] == round((0.8 - MARGIN) * RATE)


def test_a_piece_without_sound_adds_no_pause() -> None:
    def speak(text: Piece) -> Generator[AudioChunk, None, None]:
        yield from [AudioChunk(silence(1.0), RATE)] if text.text == "…" else padded(text)

    pieces = [piece("One."), piece("…"), piece("Two.")]
    samples = np.concatenate([chunk.samples for each in utterances(pieces, speak) for chunk in each.sound])

    assert gaps(samples) == pytest.approx([0.3], abs=2 / RATE)


def test_the_first_sound_comes_before_the_second_piece_is_read() -> None:
    read = []

    def pieces() -> Iterator[Piece]:
        for text in ("One.", "Two."):
            read.append(text)
            yield piece(text)

    next(next(utterances(pieces(), padded)).sound)

    assert read == ["One."]


def test_a_model_that_changes_its_rate_on_the_way_is_blamed() -> None:
    def speak(text: Piece) -> Generator[AudioChunk, None, None]:
        yield AudioChunk(tone(0.2), RATE)
        yield AudioChunk(tone(0.2), 2 * RATE)

    with pytest.raises(ModelError, match="from 16000 to 32000 Hz"):
        list(next(utterances([piece("One.")], speak)).sound)


def test_timed_chunks_say_where_they_are_in_the_whole() -> None:
    chunks = [AudioChunk(tone(0.5), RATE), AudioChunk(tone(0.25), RATE), AudioChunk(tone(0.1), RATE)]

    assert [chunk.start for chunk in timed(chunks, 1.0)] == [1.0, 1.5, 1.75]


@given(
    parts=st.lists(st.tuples(st.booleans(), st.integers(0, 3000)), max_size=12),
    cuts=st.lists(st.integers(0, 3000), max_size=20),
    before=st.integers(0, 500),
    after=st.integers(0, 500),
)
def test_trimming_is_the_same_however_the_sound_is_cut_into_chunks(
    parts: list[tuple[bool, int]], cuts: list[int], before: int, after: int
) -> None:
    whole = np.concatenate([np.full(length, 0.5 if loud else 0.001, np.float32) for loud, length in parts] or [silence(0)])
    trim = Trim(RATE, before / RATE, after / RATE)
    got = [trim.feed(chunk) for chunk in np.split(whole, sorted(cut for cut in cuts if cut <= len(whole)))]
    trimmed = np.concatenate([*got, trim.finish()])

    loud = np.flatnonzero(np.abs(whole) > QUIET)
    expected = whole[max(0, loud[0] - before) : loud[-1] + 1 + after] if len(loud) else whole[:0]
    np.testing.assert_array_equal(trimmed, expected)
