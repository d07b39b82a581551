"""Convert key combinations to keycodes and modifiers of the keyboard layout, and keycodes to key combinations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from voicebridge import UnavailableError
from voicebridge.keys import MODIFIERS, NAMED, Chord
from Xlib import XK, X

from voicebridge_os_linux.keysyms import to_character
from voicebridge_os_linux.x11.connection import Connection
from voicebridge_os_linux.x11.keysyms import of_key

_KEYSYMS = {
    "ctrl": (XK.XK_Control_L, XK.XK_Control_R), "alt": (XK.XK_Alt_L, XK.XK_Alt_R, XK.XK_Meta_L, XK.XK_Meta_R),
    "shift": (XK.XK_Shift_L, XK.XK_Shift_R), "super": (XK.XK_Super_L, XK.XK_Super_R),
}  # fmt: skip
_LOCKS = (XK.XK_Num_Lock, XK.XK_Scroll_Lock)
_PLAIN = (0, 2)
"""The columns for a key alone: in the first layout, and in the second."""
_SHIFTED = (1, 3)
_THIRD_LEVEL = 4
"""The column for a key with AltGr."""
_NAME_OF = {keysym: name for name in reversed(NAMED) for keysym in of_key(name)}


class KeyMap:
    """The layout at the time of creation."""

    def __init__(self, connection: Connection) -> None:
        info = connection.display.display.info
        self._first: int = info.min_keycode
        with connection.asking():
            keysyms = connection.display.get_keyboard_mapping(self._first, info.max_keycode - self._first + 1)
            modifiers = connection.display.get_modifier_mapping()
        self._keysyms: list[Sequence[int]] = list(keysyms)
        self._modifiers: list[Sequence[int]] = list(modifiers)
        self.locks = self._lock_masks()
        """The modifier bits of Caps Lock, Num Lock and Scroll Lock."""

    def find(self, chord: Chord) -> tuple[list[int], int]:
        """The keycodes of a combination's key, usually just one, and the mask of its modifiers.

        Raises:
            UnavailableError: if this keyboard has no such key.
        """
        mask = 0
        for name in chord.modifiers:
            if not (found := self._mask(_KEYSYMS[name])):
                raise UnavailableError(f"{chord} can't be used: this keyboard has no key {name}.")
            mask |= found
        codes = self._find_key(chord.key)
        if not codes:
            raise UnavailableError(
                f"{chord} can't be used: this keyboard has no key for {chord.key}, at least not without Shift. "
                "Press the combination instead: voicebridge hotkeys set dictate"
            )
        return codes, mask

    def name(self, code: int) -> str | None:
        """The name of a key in a combination, ``None`` if it has none."""
        there = self._keysyms[code - self._first]
        for column in _PLAIN:
            keysym = there[column] if column < len(there) else 0
            if name := _NAME_OF.get(keysym) or to_character(keysym):
                return name
        return None

    def keysym(self, code: int, held: Collection[int], group: int) -> int:
        """The keysym of a key while others are held, in layout 0 or 1; 0 if there is none."""
        there = self._keysyms[code - self._first]
        shifted = int("shift" in self.held(held))
        places = [2 * group + shifted, 2 * group] if group < len(_PLAIN) else []
        if any(self._plain(each) == XK.XK_ISO_Level3_Shift for each in held):
            places = [_THIRD_LEVEL + shifted, _THIRD_LEVEL, *places]
        places += [shifted, 0]
        return next((int(there[place]) for place in places if place < len(there) and there[place]), 0)

    def held(self, codes: Collection[int]) -> tuple[str, ...]:
        """The names of the modifiers among these keys."""
        return tuple(name for name in MODIFIERS if any(self._plain(code) in _KEYSYMS[name] for code in codes))

    def _find_key(self, key: str) -> list[int]:
        keysyms = of_key(key)
        columns = range(8) if len(key) > 1 else (*_PLAIN, *(_SHIFTED if key.isdigit() else ()))  # digits of a French layout need Shift
        for column in columns:
            if found := [code for code, there in enumerate(self._keysyms, self._first) if column < len(there) and there[column] in keysyms]:
                return found
        return []

    def _plain(self, code: int) -> int:
        there = self._keysyms[code - self._first]
        return there[0] if there else 0

    def _mask(self, keysyms: Sequence[int]) -> int:
        """The bit of the first modifier that one of these keysyms is assigned to."""
        for index, codes in enumerate(self._modifiers):
            if any(set(self._keysyms[code - self._first]) & set(keysyms) for code in codes if code):
                return 1 << index
        return 0

    def _lock_masks(self) -> list[int]:
        return [X.LockMask, *(mask for each in _LOCKS if (mask := self._mask((each,))))]


def combinations(masks: Sequence[int]) -> Iterator[int]:
    """Every union of these masks, including the empty one."""
    if not masks:
        yield 0
        return
    for rest in combinations(masks[1:]):
        yield rest
        yield rest | masks[0]
