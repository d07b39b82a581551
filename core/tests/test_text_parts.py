"""Splitting long texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.text_parts import stretches


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One two.", ["One two."]),
        ("One two. Three four.", ["One two. ", "Three four."]),
        ('He said "go." She went off.', ['He said "go." ', "She went off."]),
        ("one two three four five", ["one two three ", "four five"]),
        ("これは一つ目の文です。これは二つ目です。", ["これは一つ目の文です。", "これは二つ目です。"]),
        ("abcdefghijklmnopqrstuvwxyz", ["abcdefghijklmnop", "qrstuvwxyz"]),
        ("", []),
        ("… --- 🙂", []),
        ("---------------- and then", [" and then"]),
    ],
)
def test_long_text_is_cut_where_a_reader_would_breathe(text: str, parts: list[str]) -> None:
    assert list(stretches(text, 16)) == parts


@given(st.text(), st.integers(1, 50))
def test_no_word_is_lost_between_stretches(text: str, limit: int) -> None:
    parts = list(stretches(text, limit))
    assert all(len(part) <= limit for part in parts)
    assert [letter for part in parts for letter in part if letter.isalnum()] == [letter for letter in text if letter.isalnum()]
