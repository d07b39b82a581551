"""Look up keys in the X server's keyboard mapping, and press them with XTest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from voicebridge import UnavailableError
from Xlib import X
from Xlib.ext import xtest

from voicebridge_os_linux.keysyms import of_character
from voicebridge_os_linux.x11.connection import Connection
from voicebridge_os_linux.x11.keysyms import of_key

HELD_SECONDS = 5.0
"""Seconds to wait for the user to release modifiers."""
_POLL_SECONDS = 0.005
_SIDES = {"ctrl": "ctrl_l", "alt": "alt_l", "shift": "shift_l", "super": "super_l"}
_MODIFIERS = {keysym: name for side in "lr" for name in _SIDES for keysym in of_key(f"{name}_{side}")}
_GROUP_SHIFT, _GROUP_MASK = 13, 3
_FIRST_SPARE = 9  # 8, the lowest valid keycode in X, is never a key, and some programs rely on that


def check_keys(connection: Connection) -> None:
    """Check that programs may press keys.

    Raises:
        UnavailableError: if they may not.
    """
    if not connection.display.has_extension("XTEST"):
        raise UnavailableError("The X server has no XTEST extension, which is needed to press keys. Start it with +extension XTEST.")


class Keyboard:
    """The mapping at the time of creation."""

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
        for level in (1, 0) if self._group < 2 else ():  # X has no fixed columns for further layouts
            column = 2 * self._group + level
            self._written |= {there[column]: (code, bool(level)) for code, there in reversed([*self._keys()]) if column < len(there)}
        # Locks are left out: holding one down is harmless.
        self._modifiers = {code: _MODIFIERS[keysyms[0]] for code, keysyms in self._keys() if keysyms and keysyms[0] in _MODIFIERS}

    @property
    def spare(self) -> list[int]:
        """The unassigned keycodes."""
        return [code for code, keysyms in self._keys() if code >= _FIRST_SPARE and not any(keysyms)]

    def find(self, keysyms: Iterable[int]) -> tuple[int, bool] | None:
        """The keycode for one of these keysyms, and whether it needs Shift; ``None`` if the current layout has none."""
        return next((self._written[keysym] for keysym in keysyms if keysym in self._written), None)

    def find_key(self, key: str) -> int | None:
        """The keycode of a key in a key combination: in the current layout, or otherwise in any layout, as programs look up shortcuts."""
        keysyms = of_key(key)
        if found := self.find(keysyms):
            return found[0]
        return next((code for code, there in self._keys() if set(there) & set(keysyms)), None)

    def held(self) -> list[str]:
        """The names of the modifiers that are down."""
        return sorted({self._modifiers[code] for code in self._connection.keys_down() & self._modifiers.keys()})

    def wait_until_free(self) -> None:
        """Return after all modifiers are released: they would change the meaning of the keys.

        Raises:
            UnavailableError: if one stays down.
        """
        until = time.monotonic() + HELD_SECONDS
        while held := self.held():
            if time.monotonic() > until:
                raise UnavailableError(f"Nothing can be inserted while {' and '.join(held)} is held down. Release it, then try again.")
            time.sleep(_POLL_SECONDS)

    def press_chord(self, key: str, modifiers: Sequence[str]) -> None:
        """Press and release a key with modifiers.

        Raises:
            UnavailableError: if the keyboard has no such key.
        """
        names = [*(_SIDES[each] for each in modifiers), key]
        codes = [self.find_key(name) for name in names]
        if None in codes:
            raise UnavailableError(f"The keyboard's layout has no key {names[codes.index(None)]}. Paste with another: [insertion] chords")
        for code in codes:
            self.press(code)  # type: ignore[arg-type] # none is None
        for code in reversed(codes):
            self.release(code)  # type: ignore[arg-type]
        self._connection.sync()

    def press(self, code: int) -> None:
        """Press a key; it is sent with the next :meth:`Connection.sync`."""
        xtest.fake_input(self._connection.display, X.KeyPress, code)

    def release(self, code: int) -> None:
        """Release a key."""
        xtest.fake_input(self._connection.display, X.KeyRelease, code)

    def hold_shift(self, held: bool) -> None:
        """Press or release Shift."""
        if (code := self.find_key("shift_l")) is not None:
            (self.press if held else self.release)(code)

    def caps_lock(self) -> bool:
        """Whether Caps Lock is on."""
        with self._connection.asking():
            return bool(self._connection.root.query_pointer().mask & X.LockMask)

    def toggle_caps_lock(self) -> None:
        """Press and release Caps Lock, if there is such a key."""
        if (code := self.find_key("caps_lock")) is not None:
            self.press(code)
            self.release(code)
            self._connection.sync()

    def remap(self, characters: Mapping[int, Sequence[str | None]]) -> None:
        """Assign characters to keycodes, without Shift and with it; ``None`` for no character."""
        for code, both in characters.items():
            keysyms = [X.NoSymbol if each is None else of_character(each)[-1] for each in both]
            self._connection.display.change_keyboard_mapping(code, [keysyms])
        self._connection.sync()

    def _keys(self) -> Iterable[tuple[int, Sequence[int]]]:
        return enumerate(self._mapping, self._first)
