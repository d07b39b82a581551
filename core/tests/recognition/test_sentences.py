"""Where a sentence ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.recognition.sentences import sentences
from voicebridge.speech import Word


def words_of(text: str, *, pause_after: dict[str, float] | None = None, each: float = 0.3) -> list[Word]:
    words, at = [], 0.0
    for token in text.split():
        words.append(Word(at, at + each, f" {token}"))
        at += each + (pause_after or {}).get(token, 0.0)
    return words


def texts(words: list[Word]) -> list[str]:
    return ["".join(word.text for word in sentence).strip() for sentence in sentences(words)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
        ("Mr. Dashwood met Dr. Jones.", ["Mr. Dashwood met Dr. Jones."]),
        ("J. Austen wrote it. I read it.", ["J. Austen wrote it.", "I read it."]),
        ('He said "go." She went.', ['He said "go."', "She went."]),
        ("no end in sight", ["no end in sight"]),
        ("It is I! Am I? Yes.", ["It is I!", "Am I?", "Yes."]),
        ("یہ ہے۔ وہ ہے۔", ["یہ ہے۔", "وہ ہے۔"]),
        ("ဒါပါ။ ဟုတ်။", ["ဒါပါ။", "ဟုတ်။"]),
        ("នេះ។ នោះ។", ["នេះ។", "នោះ។"]),
        ("Սա է։ Դա է։", ["Սա է։", "Դա է։"]),
        ("ይህ ነው። ያ ነው።", ["ይህ ነው።", "ያ ነው።"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, parts: list[str]) -> None:
    assert texts(words_of(text)) == parts


def test_a_number_in_two_tokens_stays_together() -> None:
    assert texts([Word(0, 1, " Pi is 3."), Word(1, 2, "14 or so.")]) == ["Pi is 3.14 or so."]


def test_a_long_pause_ends_a_segment() -> None:
    assert texts(words_of("one two three", pause_after={"two": 1.5})) == ["one two", "three"]


def test_a_long_sentence_ends_at_a_comma() -> None:
    assert texts(words_of("a b c, d e f, g h i", each=2.5)) == ["a b c, d e f,", "g h i"]


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.floats(0, 3), st.floats(0, 3))))
def test_no_word_is_lost_between_sentences(raw: list[tuple[str, float, float]]) -> None:
    words, at = [], 0.0
    for text, length, pause in raw:
        words.append(Word(at, at + length, text))
        at += length + pause

    assert [word for sentence in sentences(words) for word in sentence] == words
