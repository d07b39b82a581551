"""The keyboard as the X server has it mapped, and keys pressed on it by XTest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from voicebridge import Unavailable
from Xlib import X
from Xlib.ext import xtest

from voicebridge_os_linux.keysyms import of_character
from voicebridge_os_linux.x11.connection import Connection
from voicebridge_os_linux.x11.keysyms import of_key

HELD_SECONDS = 5.0
"""How long modifiers that the user holds down are waited for."""
_POLL_SECONDS = 0.005
_SIDES = {"ctrl": "ctrl_l", "alt": "alt_l", "shift": "shift_l", "super": "super_l"}
_MODIFIERS = {keysym: name for side in "lr" for name in _SIDES for keysym in of_key(f"{name}_{side}")}
_GROUP_SHIFT, _GROUP_MASK = 13, 3
_FIRST_SPARE = 9  # 8, the lowest that X allows, is no key anywhere, and some programs know that


def check_keys(connection: Connection) -> None:
    """See that programs may press keys.

    Raises:
        Unavailable: when they may not.
    """
    if not connection.display.has_extension("XTEST"):
        raise Unavailable("The X server presses no keys for programs: its extension XTEST is missing. Start it with +extension XTEST.")


class Keyboard:
    """The mapping as it was when this was made."""

    def __init__(self, connection: Connection) -> None:
        check_keys(connection)
        self._connection = connection
        display = connection.display
        info = display.display.info
        self._first: int = info.min_keycode
        with connection.asking():
            self._mapping: list[Sequence[int]] = list(display.get_keyboard_mapping(self._first, info.max_keycode - self._first + 1))
            self._group = connection.root.query_pointer().mask >> _GROUP_SHIFT & _GROUP_MASK
        self._written: dict[int, tuple[int, bool]] = {}
        for level in (1, 0) if self._group < 2 else ():  # what X says of further layouts has no fixed place
            column = 2 * self._group + level
            self._written |= {there[column]: (code, bool(level)) for code, there in reversed([*self._keys()]) if column < len(there)}
        # Locks are left out: it does no harm to hold one down.
        self._modifiers = {code: _MODIFIERS[keysyms[0]] for code, keysyms in self._keys() if keysyms and keysyms[0] in _MODIFIERS}

    @property
    def spare(self) -> list[int]:
        """The keycodes that write nothing."""
        return [code for code, keysyms in self._keys() if code >= _FIRST_SPARE and not any(keysyms)]

    def find(self, keysyms: Iterable[int]) -> tuple[int, bool] | None:
        """The keycode that writes one of these, and whether with Shift; ``None`` when no key does in the layout that is in use."""
        return next((self._written[keysym] for keysym in keysyms if keysym in self._written), None)

    def find_key(self, key: str) -> int | None:
        """The keycode of a key of a chord: in the layout that is in use, or as programs find shortcuts, in any."""
        keysyms = of_key(key)
        if found := self.find(keysyms):
            return found[0]
        return next((code for code, there in self._keys() if set(there) & set(keysyms)), None)

    def held(self) -> list[str]:
        """The modifiers that are down now, by name."""
        return sorted({self._modifiers[code] for code in self._connection.keys_down() & self._modifiers.keys()})

    def wait_until_free(self) -> None:
        """Return once no modifier is held down: with one, whatever is pressed would be something else.

        Raises:
            Unavailable: when one stays down.
        """
        until = time.monotonic() + HELD_SECONDS
        while held := self.held():
            if time.monotonic() > until:
                raise Unavailable(f"Nothing can be inserted while {' and '.join(held)} is held down. Let go of it, then try again.")
            time.sleep(_POLL_SECONDS)

    def press_chord(self, key: str, modifiers: Sequence[str]) -> None:
        """Press a key with modifiers, once.

        Raises:
            Unavailable: when the keyboard has no such key.
        """
        names = [*(_SIDES[each] for each in modifiers), key]
        codes = [self.find_key(name) for name in names]
        if None in codes:
            raise Unavailable(f"The keyboard's layout has no key {names[codes.index(None)]}. Paste with another: [insertion] chords")
        for code in codes:
            self.press(code)  # type: ignore[arg-type] # none is None
        for code in reversed(codes):
            self.release(code)  # type: ignore[arg-type]
        self._connection.sync()

    def press(self, code: int) -> None:
        """Press a key; it goes out with the next :meth:`Connection.sync`."""
        xtest.fake_input(self._connection.display, X.KeyPress, code)

    def release(self, code: int) -> None:
        """Let go of a key."""
        xtest.fake_input(self._connection.display, X.KeyRelease, code)

    def hold_shift(self, held: bool) -> None:
        """Press Shift, or let go of it."""
        if (code := self.find_key("shift_l")) is not None:
            (self.press if held else self.release)(code)

    def caps_lock(self) -> bool:
        """Whether what is typed comes out in capitals."""
        with self._connection.asking():
            return bool(self._connection.root.query_pointer().mask & X.LockMask)

    def toggle_caps_lock(self) -> None:
        """Press Caps Lock, where there is such a key."""
        if (code := self.find_key("caps_lock")) is not None:
            self.press(code)
            self.release(code)
            self._connection.sync()

    def remap(self, characters: Mapping[int, Sequence[str | None]]) -> None:
        """Have keys write other characters, without Shift and with it, or nothing."""
        for code, both in characters.items():
            keysyms = [X.NoSymbol if each is None else of_character(each)[-1] for each in both]
            self._connection.display.change_keyboard_mapping(code, [keysyms])
        self._connection.sync()

    def _keys(self) -> Iterable[tuple[int, Sequence[int]]]:
        return enumerate(self._mapping, self._first)
