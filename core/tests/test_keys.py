"""Keys and chords by their user-visible names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.errors import UsageError
from voicebridge.keys import MODIFIERS, NAMED, RESERVED, Chord, parse, reserved

CHARACTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"]).map(str.lower).filter(lambda text: len(text) == 1)
CHORDS = st.builds(
    lambda key, modifiers: Chord(key, tuple(each for each in MODIFIERS if each in modifiers)),
    st.one_of(st.sampled_from(NAMED), CHARACTERS),
    st.sets(st.sampled_from(MODIFIERS)),
)


@given(CHORDS)
def test_a_chord_is_read_back_as_it_is_written(chord: Chord) -> None:
    assert parse(str(chord)) == chord


@given(CHORDS, st.permutations(MODIFIERS))
def test_neither_case_nor_order_nor_space_matters(chord: Chord, order: list[str]) -> None:
    *_, key = str(chord).rsplit("+", 1)
    before = [each.upper() for each in order if each in chord.modifiers]
    assert parse(f"  {' + '.join([*before, key.upper() if key.upper().lower() == key else key])} ") == chord


@given(st.text(max_size=20))
def test_any_text_is_a_chord_or_one_line_that_says_why_not(text: str) -> None:
    try:
        chord = parse(text)
    except UsageError as error:
        assert str(error)
    else:
        assert parse(str(chord)) == chord


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Control+Option+Return", "ctrl+alt+enter"), ("cmd+,", "super+,"), ("Shift-L", "shift_l"), ("AltGr", "alt_r"),
        ("ctrl++", "ctrl+plus"), ("+", "plus"), ("ctrl+-", "ctrl+-"), ("win+Ü", "super+ü"), ("page-up", "page_up"),
        ("ctrl+alt_r", "ctrl+alt_r"),
    ],
)  # fmt: skip
def test_keys_answer_to_the_names_of_every_keyboard(typed: str, written: str) -> None:
    assert str(parse(typed)) == written


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ctrl+spcae", "Did you mean 'space'?"),
        ("shft+a", "Did you mean 'shift'?"),
        ("ctrl", "Write ctrl_l or ctrl_r"),
        ("", "is not a known key"),
        ("a+b", "'a' is not one of ctrl, alt, shift, super"),
        ("ctrl+\x07", "is not a known key"),
        ("f25", "is not a known key"),
    ],
)
def test_what_is_no_chord_is_refused_with_the_nearest_name(typed: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(typed)
    assert told in str(caught.value)


@pytest.mark.parametrize("system", RESERVED)
def test_what_a_system_keeps_is_written_as_chords_are(system: str) -> None:
    for text in RESERVED[system]:
        assert str(parse(text)) == text
        assert reserved(parse(text), system).startswith(f"{text} can't be used: it ")


def test_what_one_system_keeps_another_may_give() -> None:
    assert reserved(parse("cmd+space"), "darwin") == "super+space can't be used: it opens Spotlight."
    assert reserved(parse("cmd+space"), "linux") == ""
    assert reserved(parse("ctrl+alt+space"), "plan9") == ""


@pytest.mark.parametrize(
    ("typed", "writes"), [("a", True), ("shift+a", True), ("space", True), ("ctrl+a", False), ("f9", False), ("alt_r", False), ("+", True)]
)
def test_it_is_known_which_are_needed_for_writing(typed: str, writes: bool) -> None:
    assert parse(typed).writes is writes
