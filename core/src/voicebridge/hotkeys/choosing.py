"""Which keys are suitable for an action: not those needed for typing, by programs or by the desktop."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from voicebridge.hotkeys.actions import HotkeyAction
from voicebridge.keys import Chord, parse, reserved

_LETTERS = {
    "a": "selects everything", "b": "makes text bold", "c": "copies, and interrupts programs in a terminal",
    "d": "ends input in a terminal", "f": "finds text", "i": "makes text italic", "n": "opens a new window",
    "o": "opens a file", "p": "prints", "q": "quits programs",
    "r": "reloads pages, and searches in a terminal", "s": "saves", "t": "opens a new tab", "u": "underlines text", "v": "pastes",
    "w": "closes tabs", "x": "cuts", "y": "redoes", "z": "undoes, and suspends programs in a terminal",
}  # fmt: skip
"""The common function of a letter with Ctrl, or Cmd on macOS."""
_SHIFTED_LETTERS = {
    "c": "copies in a terminal", "f": "searches in all files", "n": "opens a new window", "p": "opens the commands of editors",
    "q": "quits programs", "s": "saves under another name", "t": "opens a closed tab again", "v": "pastes in a terminal, or without format",
    "w": "closes windows", "x": "cuts in a terminal", "z": "redoes",
}  # fmt: skip
"""The same with Shift."""
_EDITING = {
    "left": "moves the cursor by a word", "right": "moves the cursor by a word", "up": "moves through paragraphs",
    "down": "moves through paragraphs", "home": "moves to the beginning", "end": "moves to the end", "backspace": "deletes a word",
    "delete": "deletes a word", "enter": "sends messages", "tab": "switches tabs", "page_up": "switches tabs", "page_down": "switches tabs",
    "insert": "copies", "space": "completes words in editors", "-": "zooms", "=": "zooms", "+": "zooms", ",": "opens settings",
    "/": "comments lines in editors", "\\": "quits programs in a terminal",
}  # fmt: skip
"""The common function of other keys with Ctrl, or Cmd on macOS; with Shift, they usually also select."""
_COMMON = {"shift+insert": "pastes", "shift+delete": "cuts", "shift+f10": "opens the menu of what is selected"}
_WINDOWS = {
    "alt+tab": "switches windows", "alt+shift+tab": "switches windows", "alt+esc": "switches windows", "alt+shift+esc": "switches windows",
    "alt+`": "switches windows", "ctrl+alt+tab": "switches windows", "ctrl+alt+shift+tab": "switches windows",
    "alt+f4": "closes the window", "alt+space": "opens the window's menu", "alt+enter": "shows properties", "alt+left": "goes back",
    "alt+right": "goes forward",
    "alt+up": "moves lines in editors", "alt+down": "moves lines in editors", "alt+backspace": "deletes a word in a terminal",
    "ctrl+shift+esc": "shows what runs", "ctrl+esc": "opens the menu of the desktop",
}  # fmt: skip
"""Common to Linux and Windows."""
_SYSTEMS: Mapping[str, Mapping[str, str]] = {
    "linux": {
        **_WINDOWS,
        **{f"alt+f{number}": "belongs to the window manager" for number in (1, 2, 3, 5, 6, 7, 8, 9, 10)},
        "ctrl+alt+t": "opens a terminal", "ctrl+alt+l": "locks the screen", "ctrl+alt+backspace": "ends the session",
        "ctrl+alt+esc": "ends a program", "super+l": "locks the screen", "super+d": "shows the desktop", "super+a": "shows the programs",
        "super+s": "shows the overview", "super+v": "shows notifications, or what was copied", "super+h": "hides the window",
        "super+e": "opens the files", "super+r": "runs a command", "super+tab": "switches programs", "shift+super+tab": "switches programs",
        "super+space": "changes the keyboard's layout", "super+enter": "opens a terminal",
        **{f"super+{key}": "places the window" for key in ("left", "right", "up", "down")},
    },
    "win32": {
        **_WINDOWS,
        **{f"super+{key}": "places the window" for key in ("left", "right", "up", "down")},
        "shift+super+s": "takes a screenshot", "ctrl+super+d": "opens a new desktop", "ctrl+super+left": "switches desktops",
        "ctrl+super+right": "switches desktops", "ctrl+super+enter": "starts the Narrator",
    },
    "darwin": {
        **{f"alt+{key}": "moves the cursor by a word" for key in ("left", "right")},
        **{f"alt+{key}": "deletes a word" for key in ("backspace", "delete")},
        "super+`": "switches windows", "alt+super+d": "hides the Dock", "ctrl+super+f": "fills the screen",
        "alt+super+h": "hides the others",
    },
}  # fmt: skip


def needed(chord: Chord, system: str = sys.platform) -> str:
    """What programs or the desktop use a chord for, as its function; empty if it is not commonly used."""
    found = _SYSTEMS.get(system, {}).get(str(chord)) or _COMMON.get(str(chord))
    return found or _by_rule(chord, "super" if system == "darwin" else "ctrl", system) or ""


def _by_rule(chord: Chord, main: str, system: str) -> str | None:
    held, is_letter = {*chord.modifiers}, len(chord.key) == 1 and chord.key.isalpha()
    if held == {main}:
        if chord.key.isdigit():
            return "switches tabs, or zooms"
        return _LETTERS.get(chord.key, "is a shortcut of many programs") if is_letter else _EDITING.get(chord.key)
    if held == {main, "shift"}:
        return _SHIFTED_LETTERS.get(chord.key) if is_letter else _EDITING.get(chord.key)
    if held == {"ctrl"} and is_letter:  # on macOS
        return "controls programs in a terminal"
    if held == {"alt"} and is_letter:
        return "writes a character" if system == "darwin" else "opens a menu, or moves the cursor in a terminal"
    if held == {"super"} and system == "win32" and (is_letter or chord.key.isdigit()):
        return "is a shortcut of Windows"
    return None


def objection(action: str, text: str, bound: Mapping[str, str], system: str = sys.platform) -> str:
    """The reasons against a chord for an action, as sentences, with any source of keys; empty if there are none.

    Args:
        action: a key of ``[hotkeys]``.
        text: the chord, or ``off``.
        bound: the chord of each action that has one, by name.
        system: as in ``sys.platform``.

    Raises:
        UsageError: if it is not a valid chord.
    """
    if text == "off":
        return ""
    chord = parse(text)
    if why := reserved(chord, system):
        return f"{why} Choose another."
    if other := next((each for each, taken in bound.items() if each != action and taken == str(chord)), None):
        return f"{chord} is already the hotkey for {other}. Choose another."
    if action != HotkeyAction.CANCEL and chord.writes:
        return f"{chord} is a typing key. Combine it with a modifier, such as ctrl+alt+d, or choose another key."
    if action != HotkeyAction.CANCEL and str(chord) == "esc":
        return "esc is already used: it closes dialogs. Choose another, such as ctrl+alt+d."
    if does := needed(chord, system):
        return f"{chord} is already used: it {does}. Choose another, such as ctrl+alt+d."
    return ""
