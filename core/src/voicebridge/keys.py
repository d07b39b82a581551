"""Keys and chords by the names that a user writes: ``ctrl+alt+space``, ``f9``, ``ctrl_r``.

A chord is any number of modifiers and one key, joined by ``+``; a modifier may be that key itself, then with its side (``alt_r``).
"""

from __future__ import annotations

from dataclasses import dataclass

from voicebridge.errors import UsageError, nearest

MODIFIERS = ("ctrl", "alt", "shift", "super")
"""In the order in which they are written."""
NAMED = (
    *("space", "enter", "tab", "esc", "backspace", "delete", "insert", "home", "end", "page_up", "page_down"),
    *("up", "down", "left", "right", "caps_lock", "num_lock", "scroll_lock", "pause", "print_screen", "menu"),
    *("media_play_pause", "media_next", "media_previous", "media_volume_up", "media_volume_down", "media_volume_mute"),
    *(f"f{number}" for number in range(1, 25)),
    *(f"{modifier}_{side}" for modifier in MODIFIERS for side in "lr"),
)
"""The keys that have names; any other is the character that it writes by itself, in lower case."""
_ALIASES = {
    "control": "ctrl", "option": "alt", "opt": "alt", "cmd": "super", "command": "super", "win": "super", "meta": "super",
    "windows": "super",
    "escape": "esc", "return": "enter", "del": "delete", "ins": "insert", "pageup": "page_up", "pagedown": "page_down", "plus": "+",
    "control_l": "ctrl_l", "control_r": "ctrl_r", "cmd_l": "super_l", "cmd_r": "super_r", "alt_gr": "alt_r", "altgr": "alt_r",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chord:
    """A key, and the modifiers that are held with it."""

    key: str
    """One of :data:`NAMED`, or a single character in lower case."""
    modifiers: tuple[str, ...] = ()
    """Of :data:`MODIFIERS`, in their order."""

    def __str__(self) -> str:
        return "+".join((*self.modifiers, "plus" if self.key == "+" else self.key))


def parse(text: str) -> Chord:
    """The chord that a user means.

    Raises:
        UsageError: when it is none, with the nearest name.
    """
    *before, last = [_name(part) for part in text.strip().split("+")]
    if wrong := next((part for part in before if part not in MODIFIERS), None):
        raise UsageError(
            f"{text!r} is no combination of keys: {wrong!r} is not one of {', '.join(MODIFIERS)}. Write it as in ctrl+alt+space."
        )
    if last in MODIFIERS and not before:
        raise UsageError(f"{text!r} is a key on both sides of the keyboard: write {last}_l or {last}_r.")
    if last not in NAMED and (len(last) != 1 or last.isspace()):
        raise UsageError(f"{text!r} names no key.{nearest(last, [*NAMED, *MODIFIERS])} Write it as in ctrl+alt+space or f9.")
    return Chord(last, tuple(each for each in MODIFIERS if each in before))


def _name(part: str) -> str:
    name = part.strip().lower().replace("-", "_") if len(part.strip()) > 1 else part.strip().lower()
    return _ALIASES.get(name, name)
