"""Validation of chosen hotkeys, without listening for them."""

from __future__ import annotations

import pytest
from voicebridge.hotkeys.choosing import _SYSTEMS, needed, objection
from voicebridge.keys import parse
from voicebridge.runtime.settings import HotkeySettings


def speaks_against(action: str, chord: str, system: str) -> str:
    return objection(action, chord, HotkeySettings().chords(system), system)


@pytest.mark.parametrize("system", ["linux", "win32"])
@pytest.mark.parametrize(
    ("chord", "does"),
    [
        ("ctrl+c", "copies"), ("ctrl+v", "pastes"), ("ctrl+x", "cuts"), ("ctrl+z", "undoes"), ("ctrl+y", "redoes"), ("ctrl+s", "saves"),
        ("ctrl+w", "closes"), ("ctrl+d", "terminal"), ("ctrl+k", "many programs"), ("ctrl+shift+v", "pastes"), ("ctrl+shift+z", "redoes"),
        ("alt+tab", "switches windows"), ("alt+f4", "closes the window"), ("ctrl+tab", "switches tabs"), ("ctrl+left", "by a word"),
        ("ctrl+shift+right", "by a word"), ("ctrl+backspace", "deletes"), ("ctrl+1", "switches tabs"), ("shift+insert", "pastes"),
        ("alt+f", "menu"), ("alt+left", "goes back"),
    ],
)  # fmt: skip
def test_what_programs_and_desktops_need_is_refused_with_what_it_does(chord: str, does: str, system: str) -> None:
    told = speaks_against("dictate", chord, system)
    assert told.startswith(f"{chord} ")
    assert does in told
    assert told.endswith(("Choose another, such as ctrl+alt+d.", "Choose another."))


@pytest.mark.parametrize(
    ("system", "chord"),
    [
        ("linux", "ctrl+alt+t"), ("linux", "ctrl+alt+f2"), ("linux", "super+l"), ("linux", "ctrl+alt+backspace"), ("win32", "super+l"),
        ("win32", "super+e"), ("win32", "ctrl+alt+delete"), ("darwin", "cmd+c"), ("darwin", "cmd+shift+z"), ("darwin", "ctrl+c"),
        ("darwin", "cmd+tab"), ("darwin", "alt+e"), ("darwin", "cmd+w"), ("linux", "esc"), ("linux", "shift+a"), ("darwin", "left"),
    ],
)  # fmt: skip
def test_each_system_has_its_own(system: str, chord: str) -> None:
    assert speaks_against("skip", chord, system)


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
@pytest.mark.parametrize(
    "chord", ["ctrl+alt+d", "ctrl+alt+k", "ctrl+alt+p", "ctrl+alt+right", "f9", "ctrl_r", "shift_r", "pause", "ctrl+f9", "off"]
)
def test_what_nobody_needs_may_be_chosen(system: str, chord: str) -> None:
    assert speaks_against("skip", chord, system) == ""


def test_the_default_keys_may_be_chosen() -> None:
    for system, dictate in (("linux", "ctrl+alt+space"), ("win32", "ctrl+alt+space"), ("darwin", "alt_r")):
        assert speaks_against("dictate", dictate, system) == speaks_against("cancel", "esc", system) == ""
    assert speaks_against("read_selection", "ctrl+alt+shift+space", "linux") == ""


def test_the_key_of_another_action_is_refused() -> None:
    assert speaks_against("skip", "ctrl+alt+space", "linux") == "ctrl+alt+space is already the hotkey for dictate. Choose another."


@pytest.mark.parametrize("system", _SYSTEMS)
def test_what_is_needed_is_written_as_chords_are(system: str) -> None:
    for text in _SYSTEMS[system]:
        assert str(parse(text)) == text
        assert needed(parse(text), system)
