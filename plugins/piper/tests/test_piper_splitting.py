"""Splitting text and phonemes, which needs no voice."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge_piper.engine import pace_of
from voicebridge_piper.splitting import breaths, cleaned


@pytest.mark.parametrize(
    ("phonemes", "runs"),
    [
        ("one two three four.", ["one two three four."]),
        ("one two three, four five six seven.", ["one two three, ", "four five six seven."]),
        ("one, two three four, five six seven.", ["one, two three four, ", "five six seven."]),
        ("one two three four five six, seven eight.", ["one two three four five six, ", "seven eight."]),
        ("one two three four five six, me.", ["one two three four five six, me."]),
        ("one two three four five six seven eight.", ["one two three four five six ", "seven eight."]),
        ("abcdefghijklmnopqrstuvwxyzabcdefghi", ["abcdefghijklmnopqrstuvwxyzabcdef", "ghi"]),
        ("one two three four five six, . , . , . , . , .", ["one two three four five six, "]),
        (".", []),
        ("", []),
    ],
)
def test_a_long_sentence_is_spoken_in_several_breaths(phonemes: str, runs: list[str]) -> None:
    assert ["".join(run) for run in breaths(list(phonemes), 20, 32)] == runs


@given(st.lists(st.sampled_from(["a", "b", " ", ",", "."])), st.integers(2, 20))
def test_no_phoneme_is_lost_between_breaths(phonemes: list[str], longest: int) -> None:
    runs = list(breaths(phonemes, longest // 2, longest))
    assert all(len(run) <= longest for run in runs)
    assert [each for run in runs for each in run if each.isalpha()] == [each for each in phonemes if each.isalpha()]


def test_text_is_made_fit_for_a_c_library() -> None:
    assert cleaned("a\0b \ud800") == "a b ?"


def test_double_brackets_are_text_unless_they_are_asked_to_be_phonemes() -> None:
    assert cleaned("see [[the page]]") == "see [ [the page]]"
    assert cleaned("say [[həloʊ]]", phonemes=True) == "say [[həloʊ]]"


def test_a_seed_chooses_a_pace_near_the_natural_one() -> None:
    assert pace_of(None) == pace_of(0) == 1.0
    paces = [pace_of(seed) for seed in range(10)]
    assert all(0.92 <= pace <= 1.08 for pace in paces)
    assert min(abs(a - b) for a, b in pairwise(paces)) > 0.01
