"""A virtual keyboard, on desktops that let programs create one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence

from voicebridge.errors import UnavailableError
from voicebridge.keys import Chord, parse

from voicebridge_os_linux.wayland import system
from voicebridge_os_linux.wayland.protocol import KEYBOARD, KEYBOARDS, SEAT
from voicebridge_os_linux.wayland.wire import Connection

NAME = KEYBOARDS.name
SETTLING_ROUNDS = 25
"""Round trips to the desktop during which windows can detect the first keyboard of a seat; key presses before that are lost, and no
program learns when another one has detected it. Round trips, because on a busy machine they take longer, as a window's answer does."""
SETTLING_PAUSE = 0.02
"""Seconds between these round trips: half a second in all on a machine that isn't busy."""
_HAS_KEYBOARD = 2
_KEYMAP_TEXT = 1
# All keys of a PC, because GTK 3 ignores key combinations from a smaller keyboard.
FULL_KEYMAP = (
    'xkb_keymap { xkb_keycodes { include "evdev+aliases(qwerty)" }; xkb_types { include "complete" }; '
    'xkb_compatibility { include "complete" }; xkb_symbols { include "pc+us+inet(evdev)" }; };'
)
_MODIFIER_KEYS = {"ctrl": (29, 4), "alt": (56, 8), "shift": (42, 1), "super": (125, 64)}
"""The key code of each modifier, and its bit."""
_ROWS = {2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./"}
_KEYS = {
    **{character: first + place for first, row in _ROWS.items() for place, character in enumerate(row)},
    **{f"f{number}": 58 + number for number in range(1, 11)}, "f11": 87, "f12": 88,
    "esc": 1, "backspace": 14, "tab": 15, "enter": 28, "space": 57, "home": 102, "up": 103, "page_up": 104, "left": 105, "right": 106,
    "end": 107, "down": 108, "page_down": 109, "insert": 110, "delete": 111,
}  # fmt: skip


class Keyboard:
    """A virtual keyboard, which is removed when its connection is closed."""

    def __init__(self, connection: Connection, keymap: str = FULL_KEYMAP) -> None:
        """Create the keyboard.

        Raises:
            UnavailableError: if the desktop lets no program do that.
        """
        self._connection = connection
        keyboards = connection.bind(KEYBOARDS)
        seat = connection.bind(SEAT)
        self._others = 0
        seat.on["capabilities"] = self._look
        connection.settle()
        seat.on.clear()
        self._began = time.monotonic()
        self._proxy = connection.new(KEYBOARD)
        keyboards.ask("create_virtual_keyboard", seat, self._proxy)
        self.draw(keymap)

    def draw(self, keymap: str) -> None:
        """Change its keymap.

        Args:
            keymap: in XKB's text format.
        """
        data = keymap.encode() + b"\0"
        fd = system.shared_memory(data)
        try:
            self._proxy.ask("keymap", _KEYMAP_TEXT, fd, len(data))
        finally:
            os.close(fd)

    def wait(self) -> None:
        """Return when windows can receive its keys."""
        self._connection.settle()
        if not self._others & _HAS_KEYBOARD:
            for _ in range(SETTLING_ROUNDS):
                time.sleep(SETTLING_PAUSE)
                self._connection.settle()

    def press(self, wanted: Chord) -> None:
        """Press and release the keys of a key combination from :func:`known`."""
        self.hold(wanted.modifiers)
        self.tap(_KEYS[wanted.key])
        self.keys([_MODIFIER_KEYS[each][0] for each in reversed(wanted.modifiers)], pressed=False)
        self._proxy.ask("modifiers", 0, 0, 0, 0)
        self._connection.settle()

    def hold(self, modifiers: Sequence[str]) -> None:
        """Press modifiers and keep them down."""
        self.keys([_MODIFIER_KEYS[each][0] for each in modifiers], pressed=True)
        # X windows use the modifier keys, all others this event.
        self._proxy.ask("modifiers", sum(_MODIFIER_KEYS[each][1] for each in modifiers), 0, 0, 0)

    def tap(self, code: int) -> None:
        """Press and release one key, by its Linux key code."""
        self.keys([code], pressed=True)
        self.keys([code], pressed=False)

    def type(self, code: int, *, shifted: bool) -> None:
        """Press and release one key of a keymap from :func:`keymap_of`, optionally with Shift."""
        if shifted:
            self.keys([SHIFT_KEY], pressed=True)
            self._proxy.ask("modifiers", _MODIFIER_KEYS["shift"][1], 0, 0, 0)
        self.tap(code)
        if shifted:
            self.keys([SHIFT_KEY], pressed=False)
            self._proxy.ask("modifiers", 0, 0, 0, 0)

    def keys(self, codes: Iterable[int], pressed: bool) -> None:
        """Press or release keys."""
        for code in codes:
            self._proxy.ask("key", self._now(), code, int(pressed))

    def _now(self) -> int:
        return round((time.monotonic() - self._began) * 1000)

    def _look(self, capabilities: int) -> None:
        self._others = capabilities


def known(chord: str) -> Chord:
    """Parse a key combination.

    Raises:
        UnavailableError: if this keyboard has no such key.
    """
    wanted = parse(chord)
    if wanted.key not in _KEYS:
        raise UnavailableError(f"The key {wanted.key!r} is not on the virtual keyboard that pastes. Choose another in [insertion] chords.")
    return wanted


def keymap_of(characters: Sequence[str]) -> str:
    """A keymap whose keys, from number 1 on, write these characters, at most :data:`MOST_KEYS`; it also has :data:`SHIFT_KEY`."""
    codes = "".join(f"<K{place}> = {place + 8}; " for place in (*range(1, len(characters) + 1), SHIFT_KEY))
    symbols = "".join(f"key <K{place}> {{ [ {_symbol(each)} ] }}; " for place, each in enumerate(characters, 1))
    symbols += f"key <K{SHIFT_KEY}> {{ [ Shift_L ] }}; modifier_map Shift {{ <K{SHIFT_KEY}> }}; "
    return (
        f'xkb_keymap {{ xkb_keycodes {{ minimum = 8; maximum = 255; {codes}}}; xkb_types {{ include "complete" }}; '
        f'xkb_compatibility {{ include "complete" }}; xkb_symbols {{ {symbols}}}; }};'
    )


MOST_KEYS = 240
"""Maximum number of characters in one keymap; X supports few more."""
SHIFT_KEY = 241
"""Above the keys for characters."""


def _symbol(character: str) -> str:
    return {"\n": "Return", "\t": "Tab"}.get(character) or f"U{ord(character):04X}"
