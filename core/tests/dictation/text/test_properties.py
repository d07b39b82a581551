"""Properties of arbitrary texts: nothing is lost, nothing is spaced twice, nothing crashes."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.dictation.text import Style, compose
from voicebridge.dictation.text.languages import LANGUAGES, language_of

pytestmark = pytest.mark.heavy

CODES = st.sampled_from([*LANGUAGES, None, "sv", "zh", "th"])
WILD = st.text(max_size=40)
MARKS = st.sampled_from([*".,;:!?…'\"()[]-–—/ \u00a0\u202f", "...", "?!", "\n", "«", "»", "„", "“", "”", "。", "、"])
PLAIN = st.sampled_from(
    ["tree", "Haus", "I", "NASA", "é", "straße", "北京", "きょう", "ไทย", "x2", "e\u0301", "😀", "iPhone", "o'clock", "the", "and"]
)
PHRASES = st.sampled_from(sorted({phrase for code in LANGUAGES for phrase in language_of(code).phrases}))
FILLERS = st.sampled_from(["um", "uh", "äh", "euh", "Um,", "uh."])
SAID = st.lists(st.one_of(PLAIN, MARKS, PHRASES, FILLERS, WILD), max_size=12).map(" ".join)
UTTERANCES = st.lists(SAID, max_size=5)
WORDS = {"Kubernetes": ("cooper netties",), "GitHub": (), "straße": ("tree tree",)}


def words(text: str) -> list[str]:
    """The letters and digits of a text in order, ignoring case and spaces."""
    return [each for each in unicodedata.normalize("NFKC", text.casefold()) if each.isalnum()]


@given(UTTERANCES, CODES, st.one_of(SAID, WILD), st.booleans())
@settings(max_examples=400, deadline=None)
def test_nothing_crashes_and_nothing_is_spaced_twice(utterances: list[str], code: str | None, before: str, fillers: bool) -> None:
    style = Style(code, spoken={"tree": "Baum, 1\n"}, replacements={"haus": "house", "é": "e"}, words=WORDS, drop_fillers=fillers)
    text = compose(utterances, style, before)
    assert "  " not in text
    assert not re.search(r" \n|\n ", text)
    assert not text.endswith(" ") or text.endswith("• ") or not text.strip()
    assert not (before[-1:].isspace() and text.startswith(" "))


@given(UTTERANCES, CODES, SAID)
@settings(max_examples=400, deadline=None)
def test_without_commands_no_letter_is_lost(utterances: list[str], code: str | None, before: str) -> None:
    text = compose(utterances, Style(code, commands=False), before)
    assert words(text) == words(" ".join(utterances))


@given(st.lists(st.lists(st.one_of(PLAIN, MARKS), max_size=8).map(" ".join), max_size=4), CODES)
@settings(max_examples=300, deadline=None)
def test_with_commands_words_that_are_none_stay(utterances: list[str], code: str | None) -> None:
    text = compose(utterances, Style(code, words={"Kubernetes": ()}, drop_fillers=True))
    assert words(text) == words(" ".join(utterances))


@given(SAID, CODES)
@settings(max_examples=300, deadline=None)
def test_what_was_written_is_written_again(said: str, code: str | None) -> None:
    style = Style(code, commands=False)
    once = compose([said], style)
    assert compose([once], style) == once
