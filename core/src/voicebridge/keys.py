"""Keys and chords by the names that users write: ``ctrl+alt+space``, ``f9``, ``ctrl_r``.

A chord is any number of modifiers and one key, joined by ``+``; the key can be a modifier, which then has a side (``alt_r``).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from voicebridge.errors import UsageError, nearest

MODIFIERS = ("ctrl", "alt", "shift", "super")
"""In their canonical order."""
NAMED = (
    *("space", "enter", "tab", "esc", "backspace", "delete", "insert", "home", "end", "page_up", "page_down"),
    *("up", "down", "left", "right", "caps_lock", "num_lock", "scroll_lock", "pause", "print_screen", "menu"),
    *("media_play_pause", "media_next", "media_previous", "media_volume_up", "media_volume_down", "media_volume_mute"),
    *(f"f{number}" for number in range(1, 25)),
    *(f"{modifier}_{side}" for modifier in MODIFIERS for side in "lr"),
)
"""The keys with names; any other key is named by its unmodified character, in lower case."""
RESERVED: Mapping[str, Mapping[str, str]] = {
    "linux": {
        **{f"ctrl+alt+f{number}": "switches to a text console" for number in range(1, 13)},
        "ctrl+alt+delete": "belongs to the session", "alt+print_screen": "belongs to the kernel",
    },
    "win32": {
        "ctrl+alt+delete": "belongs to Windows", "super+l": "locks the screen", "ctrl+shift+esc": "opens the Task Manager",
        "alt+tab": "switches windows", "alt+shift+tab": "switches windows", "alt+esc": "switches windows", "ctrl+esc": "opens Start",
        "alt+f4": "closes the window", "super+tab": "opens the task view", "super+space": "changes the keyboard's layout",
        "ctrl+alt+tab": "switches windows", "super+h": "starts Windows dictation",
        "f12": "belongs to debuggers",
    },
    "darwin": {
        "super+tab": "switches applications", "shift+super+tab": "switches applications", "super+space": "opens Spotlight",
        "alt+super+space": "opens a Finder search", "alt+super+esc": "forces applications to quit", "super+q": "quits the application",
        "ctrl+super+q": "locks the screen", "shift+super+q": "logs out", "ctrl+space": "changes the input source",
        "ctrl+super+space": "opens the character viewer", "shift+super+3": "takes a screenshot", "shift+super+4": "takes a screenshot",
        "shift+super+5": "takes a screenshot", "ctrl+up": "opens Mission Control", "ctrl+left": "changes the space",
        "ctrl+right": "changes the space",
    },
}  # fmt: skip
"""By ``sys.platform``: chords that never reach a program, or that must not be taken from the system, with the reason."""
_ALIASES = {
    "control": "ctrl", "option": "alt", "opt": "alt", "cmd": "super", "command": "super", "win": "super", "meta": "super",
    "windows": "super",
    "escape": "esc", "return": "enter", "del": "delete", "ins": "insert", "pageup": "page_up", "pagedown": "page_down", "plus": "+",
    "control_l": "ctrl_l", "control_r": "ctrl_r", "cmd_l": "super_l", "cmd_r": "super_r", "alt_gr": "alt_r", "altgr": "alt_r",
}  # fmt: skip
_WRITING = ("space", "enter", "tab", "backspace", "delete", "home", "end", "page_up", "page_down", "up", "down", "left", "right")


@dataclass(frozen=True, slots=True)
class Chord:
    """A key with the modifiers held."""

    key: str
    """One of :data:`NAMED`, or a single character in lower case."""
    modifiers: tuple[str, ...] = ()
    """A subset of :data:`MODIFIERS`, in their order."""

    @property
    def writes(self) -> bool:
        """Whether it is needed for typing: a global hotkey would take a character or a cursor key from all programs."""
        plain = len(self.key) == 1 or self.key in _WRITING
        return plain and not set(self.modifiers) - {"shift"}

    def __str__(self) -> str:
        return "+".join((*self.modifiers, "plus" if self.key == "+" else self.key))


class KeyEvent(tuple[str, bool]):
    """A press or a release, as the pair ``(chord, pressed)``, with optional details from its source."""

    when: float | None
    """When it happened, on ``time.monotonic()``, which may be earlier than when it is read; ``None`` if unknown."""
    as_modifier: bool
    """For a release: whether the key is a modifier, and another key was pressed with it. Its actual release is not reported then."""

    def __new__(cls, chord: str, pressed: bool, when: float | None = None, as_modifier: bool = False) -> KeyEvent:
        """Create an event; ``when`` is a time of ``time.monotonic()``."""
        event = super().__new__(cls, (chord, pressed))
        event.when, event.as_modifier = when, as_modifier
        return event


def is_modifier(chord: Chord) -> bool:
    """Whether the key of a chord is a modifier, as in ``ctrl_r``."""
    return chord.key.rpartition("_")[0] in MODIFIERS


def parse(text: str) -> Chord:
    """Parse a chord written by a user.

    Raises:
        UsageError: if it is invalid, with the closest valid name.
    """
    typed = text.strip()
    typed = f"{typed[:-1]}plus" if typed == "+" or typed.endswith("++") else typed
    *before, last = [_name(part) for part in typed.split("+")]
    if wrong := next((part for part in before if part not in MODIFIERS), None):
        raise UsageError(
            f"{text!r} is not a key combination: {wrong!r} is not one of {', '.join(MODIFIERS)}.{nearest(wrong, MODIFIERS)} "
            "Write it as in ctrl+alt+space."
        )
    if last in MODIFIERS and not before:
        raise UsageError(f"{text!r} exists on both sides of the keyboard. Write {last}_l or {last}_r.")
    if last not in NAMED and (len(last) != 1 or last.isspace() or not last.isprintable()):
        raise UsageError(f"{text!r} is not a known key.{nearest(last, [*NAMED, *MODIFIERS])} Write it as in ctrl+alt+space or f9.")
    return Chord(last, tuple(each for each in MODIFIERS if each in before))


def reserved(chord: Chord, system: str = sys.platform) -> str:
    """Why the system reserves a chord, as a sentence; empty if it doesn't."""
    why = RESERVED.get(system, {}).get(str(chord), "")
    return f"{chord} can't be used: it {why}." if why else ""


def _name(part: str) -> str:
    name = part.strip().lower().replace("-", "_") if len(part.strip()) > 1 else part.strip().lower()
    return _ALIASES.get(name, name)


_KEYSYMS = {
    "enter": "Return", "esc": "Escape", "tab": "Tab", "backspace": "BackSpace", "page_up": "Prior", "page_down": "Next", "space": "space",
    "print_screen": "Print", "media_play_pause": "XF86AudioPlay", "media_next": "XF86AudioNext", "media_previous": "XF86AudioPrev",
    "media_volume_up": "XF86AudioRaiseVolume", "media_volume_down": "XF86AudioLowerVolume", "media_volume_mute": "XF86AudioMute",
    "ctrl_l": "Control_L", "ctrl_r": "Control_R",
    "!": "exclam", "\"": "quotedbl", "#": "numbersign", "$": "dollar", "%": "percent", "&": "ampersand", "'": "apostrophe",
    "(": "parenleft", ")": "parenright", "*": "asterisk", "+": "plus", ",": "comma", "-": "minus", ".": "period", "/": "slash",
    ":": "colon", ";": "semicolon", "<": "less", "=": "equal", ">": "greater", "?": "question", "@": "at", "[": "bracketleft",
    "\\": "backslash", "]": "bracketright", "^": "asciicircum", "_": "underscore", "`": "grave", "{": "braceleft", "|": "bar",
    "}": "braceright", "~": "asciitilde",
}  # fmt: skip
"""The X and Wayland names of the keys."""


def keysym_name(key: str) -> str:
    """The xkbcommon name of a key: ``Return``, ``F9``, ``period``, ``U00E4``."""
    if key in _KEYSYMS:
        return _KEYSYMS[key]
    if len(key) > 1:
        return "_".join(part.capitalize() for part in key.split("_"))
    return key if key.isascii() else f"U{ord(key):04X}"
