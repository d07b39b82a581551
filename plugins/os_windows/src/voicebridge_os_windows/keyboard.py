"""Simulate key presses with SendInput."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicebridge.errors import UnavailableError
from voicebridge.keys import Chord

from voicebridge_os_windows import api

RELEASE_SECONDS = 5.0
"""Seconds to wait for the user to release modifiers before the text is inserted with another method."""
_POLL = 0.01

_VK = {
    "ctrl": 0x11, "alt": 0x12, "shift": 0x10, "super": 0x5B,
    "ctrl_l": 0xA2, "ctrl_r": 0xA3, "alt_l": 0xA4, "alt_r": 0xA5, "shift_l": 0xA0, "shift_r": 0xA1, "super_l": 0x5B, "super_r": 0x5C,
    "space": 0x20, "enter": 0x0D, "tab": 0x09, "esc": 0x1B, "backspace": 0x08, "delete": 0x2E, "insert": 0x2D, "home": 0x24, "end": 0x23,
    "page_up": 0x21, "page_down": 0x22, "up": 0x26, "down": 0x28, "left": 0x25, "right": 0x27, "caps_lock": 0x14, "num_lock": 0x90,
    "scroll_lock": 0x91, "pause": 0x13, "print_screen": 0x2C, "menu": 0x5D, "media_play_pause": 0xB3, "media_next": 0xB0,
    "media_previous": 0xB1, "media_volume_up": 0xAF, "media_volume_down": 0xAE, "media_volume_mute": 0xAD,
    **{f"f{number}": 0x6F + number for number in range(1, 25)},
}  # fmt: skip
_EXTENDED = {
    *("ctrl_r", "alt_r", "super", "super_l", "super_r", "delete", "insert", "home", "end", "page_up", "page_down"),
    *("up", "down", "left", "right", "num_lock", "print_screen", "menu"),
}
"""Keys that need the extended flag: without it they are those of the numeric keypad, and Shift+Insert would type a 0."""
_HELD = {"Shift": 0x10, "Ctrl": 0x11, "Alt": 0x12, "the left Windows key": 0x5B, "the right Windows key": 0x5C}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A press or release of a key, or of a UTF-16 code unit without a key."""

    vk: int = 0
    unit: int = 0
    extended: bool = False
    up: bool = False

    @property
    def flags(self) -> int:
        """The flags for SendInput."""
        return (
            (api.KEYEVENTF_UNICODE if self.unit else 0)
            | (api.KEYEVENTF_EXTENDEDKEY if self.extended else 0)
            | (api.KEYEVENTF_KEYUP if self.up else 0)
        )


def character(text: str) -> list[Stroke]:
    """The strokes for one character; a line break is Shift+Enter, because Enter alone sends messages."""
    if text == "\n":
        return press(Chord("enter", ("shift",)))
    encoded = text.encode("utf-16-le", "surrogatepass")
    units = [int.from_bytes(encoded[index : index + 2], "little") for index in range(0, len(encoded), 2)]
    # Both surrogates are pressed before either is released, so that no other input comes between them.
    return [*(Stroke(unit=unit) for unit in units), *(Stroke(unit=unit, up=True) for unit in units)]


def press(chord: Chord) -> list[Stroke]:
    """The strokes for a key combination: press the modifiers, then the key, and release all in reverse order."""
    down = [_stroke(name) for name in (*chord.modifiers, chord.key)]
    return [*down, *(Stroke(vk=each.vk, extended=each.extended, up=True) for each in reversed(down))]


def _stroke(name: str) -> Stroke:
    if name in _VK:
        return Stroke(vk=_VK[name], extended=name in _EXTENDED)
    if name.isascii() and name.isalnum():
        return Stroke(vk=ord(name.upper()))  # regardless of its position in the layout
    code = api.user32().VkKeyScanW(name)
    if code == -1:
        raise UnavailableError(f"The keyboard's layout has no key {name!r}. Choose another chord in [insertion] chords.")
    return Stroke(vk=code & 0xFF)


def send(strokes: Sequence[Stroke]) -> int:
    """Send strokes and return how many Windows accepted; fewer than all if it blocks them."""
    if not strokes:
        return 0
    inputs = (api.Input * len(strokes))()
    for each, stroke in zip(inputs, strokes, strict=True):
        scan = stroke.unit or api.user32().MapVirtualKeyW(stroke.vk, 0)
        each.type = api.INPUT_KEYBOARD
        each.any.keyboard = api.KeyboardInput(0 if stroke.unit else stroke.vk, scan, stroke.flags, 0, 0)
    return int(api.user32().SendInput(len(inputs), inputs, ctypes.sizeof(api.Input)))


def wait_for_release() -> None:
    """Return after the user has released all modifiers, which would change the meaning of the keys.

    Raises:
        UnavailableError: if one stays down.
    """
    end = time.monotonic() + RELEASE_SECONDS
    while held := next(_held(), None):
        if time.monotonic() > end:
            raise UnavailableError(
                f"{held[0].upper()}{held[1:]} has been held down for {RELEASE_SECONDS:g} s. Release it, or press it once."
            )
        time.sleep(_POLL)


def _held() -> Iterator[str]:
    return (name for name, vk in _HELD.items() if api.user32().GetAsyncKeyState(vk) & 0x8000)
