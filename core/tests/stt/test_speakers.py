"""Labels of speakers: by the greatest overlap, and split between words."""

from __future__ import annotations

import pytest
from voicebridge.errors import InputError
from voicebridge.extension_ports import Turn
from voicebridge.speech import Segment, Word
from voicebridge.stt.speakers import SpeakerLabels

TURNS = [Turn(0, 4, "b"), Turn(4, 6, "a"), Turn(6, 10, "b"), Turn(20, 22, "c")]


def labels(turns: list[Turn] = TURNS, *, words: bool = False) -> SpeakerLabels:
    return SpeakerLabels(turns, name="talk.wav", finder="acme/turns", words=words)


def spoken(text: str, start: float, each: float) -> Segment:
    """A segment whose words take so many seconds each."""
    words = [Word(start + n * each, start + (n + 1) * each, word) for n, word in enumerate(text.split())]
    return Segment(start, words[-1].end, text, tuple(words))


def said(segment: Segment, turns: list[Turn] = TURNS) -> list[tuple[str | None, float, float, str]]:
    return [(part.speaker, part.start, part.end, part.text) for part in labels(turns).parts(segment)]


def test_speakers_are_numbered_in_the_order_in_which_they_speak() -> None:
    assert [labels().parts(Segment(at, at + 1, "x"))[0].speaker for at in (1, 4.5, 21)] == ["Speaker 1", "Speaker 2", "Speaker 3"]


@pytest.mark.parametrize(
    ("start", "end", "speaker"),
    [(3, 6, "Speaker 2"), (1, 6, "Speaker 1"), (12, 13, "Speaker 1"), (18, 19, "Speaker 3"), (30, 31, "Speaker 3")],
)
def test_a_segment_is_spoken_by_who_speaks_longest_or_nearest(start: float, end: float, speaker: str) -> None:
    assert labels().parts(Segment(start, end, "x"))[0].speaker == speaker


def test_a_segment_is_split_between_the_words_where_the_speaker_changes() -> None:
    assert said(spoken("Shall we go? Yes, now. Good.", 2, 1)) == [
        ("Speaker 1", 2, 4, "Shall we"),
        ("Speaker 2", 4, 6, "go? Yes,"),
        ("Speaker 1", 6, 8, "now. Good."),
    ]


def test_words_are_kept_only_if_they_are_wanted() -> None:
    segment = spoken("one two three", 2.5, 1)
    assert [part.words for part in labels().parts(segment)] == [(), ()]
    kept = [word for part in labels(words=True).parts(segment) for word in part.words]
    assert tuple(kept) == segment.words


def test_text_without_spaces_is_split_too() -> None:
    segment = Segment(3, 5, "你好世界", (Word(3, 4, "你好"), Word(4, 5, "世界")))
    assert [text for *_, text in said(segment)] == ["你好", "世界"]


def test_words_that_are_not_those_of_the_text_split_nothing() -> None:
    segment = Segment(3, 5, "Hello world", (Word(3, 4, "Bye"), Word(4, 5, "world")))
    assert said(segment) == [("Speaker 1", 3, 5, "Hello world")]


def test_who_speaks_goes_on_where_another_interjects_and_between_turns() -> None:
    turns = [Turn(0, 10, "a"), Turn(4, 5, "b")]
    assert [speaker for speaker, *_ in said(spoken("one two three four five", 2, 1), turns)] == ["Speaker 1"]
    pause = [Turn(0, 3, "a"), Turn(5, 9, "b")]
    assert [text for *_, text in said(spoken("one two three four five six seven", 0, 1), pause)] == ["one two three four five", "six seven"]


def test_words_outside_their_segment_keep_the_parts_inside() -> None:
    segment = Segment(3, 5, "one two", (Word(2.5, 3.9, "one"), Word(4.2, 6.0, "two")))
    assert said(segment) == [("Speaker 1", 3, 3.9, "one"), ("Speaker 2", 4.2, 5, "two")]


def test_no_speaker_at_all_is_an_error() -> None:
    with pytest.raises(InputError, match="talk.wav: acme/turns has found no speaker in it. Transcribe it with --no-diarize"):
        labels([]).parts(Segment(0, 1, "x"))
