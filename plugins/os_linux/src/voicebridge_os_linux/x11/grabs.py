"""Grab hotkeys, so that no window receives them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from voicebridge import UnavailableError
from voicebridge.keys import is_modifier, parse, reserved
from Xlib import X
from Xlib.error import BadAccess, CatchError

from voicebridge_os_linux.x11.connection import Connection
from voicebridge_os_linux.x11.key_map import KeyMap, combinations

_Place = tuple[int, int]
"""A keycode, and the modifier mask without the locks."""


class Grabs:
    """The hotkeys of one connection, and their keycodes in the current layout."""

    def __init__(self, connection: Connection, chords: Sequence[str]) -> None:
        self._connection = connection
        self._parsed = {text: parse(text) for text in chords}
        self._chords: dict[_Place, str] = {}
        self._bare: dict[tuple[int, tuple[str, ...]], str] = {}
        """By keycode and modifier names: modifiers as hotkeys, which are not grabbed, because other shortcuts need them."""
        self._held: set[int] = set()
        """The keys that are also grabbed with fewer modifiers, see :meth:`hold`."""
        self._grabbed: set[_Place] = set()
        """All current grabs, including those with locks, to be released later."""
        self._map = KeyMap(connection)
        for chord in self._parsed.values():
            if why := reserved(chord, "linux"):
                raise UnavailableError(f"{why} Choose another.")
            self._map.find(chord)
        self.renew()

    @property
    def has_bare(self) -> bool:
        """Whether a modifier alone is one of the hotkeys."""
        return bool(self._bare)

    def renew(self) -> None:
        """Follow a change of the layout; a hotkey whose key no longer exists keeps its keycodes.

        Raises:
            UnavailableError: if another program has grabbed one of them.
        """
        self._map = KeyMap(self._connection)
        chords: dict[_Place, str] = {}
        bare: dict[tuple[int, tuple[str, ...]], str] = {}
        for text, chord in self._parsed.items():
            try:
                codes, mask = self._map.find(chord)
            except UnavailableError:
                chords |= {place: each for place, each in self._chords.items() if each == text}
                bare |= {place: each for place, each in self._bare.items() if each == text}
                continue
            if is_modifier(chord):
                bare |= {(code, chord.modifiers): text for code in codes}
            else:
                chords |= {(code, mask): text for code in codes}
        self._bare, self._chords = bare, chords
        self._apply()

    def pressed(self, code: int, state: int) -> str | None:
        """The hotkey of a grabbed key with the modifiers of its event, ``None`` if there is none."""
        locks = sum({*self._map.locks})
        return self._chords.get((code, state & 0xFF & ~locks))

    def hold(self, code: int) -> None:
        """Grab a held key with fewer modifiers, too: if its modifiers are released first, it keeps repeating without them."""
        if code not in self._held:
            self._held.add(code)
            self._apply()

    def let_go(self, code: int) -> None:
        """Undo :meth:`hold`."""
        if code in self._held:
            self._held.discard(code)
            self._apply()

    def bare(self, code: int, down: Collection[int]) -> str | None:
        """The hotkey of a modifier that was pressed while these keys were down."""
        return self._bare.get((code, self._map.held(down)))

    def is_bare(self, code: int) -> bool:
        """Whether a key is a modifier that is a hotkey by itself."""
        return any(each == code for each, _ in self._bare)

    def _apply(self) -> None:
        """Change the grabs to those that are needed now."""
        fewer = {(code, mask) for code in self._held for mask in self._fewer_modifiers(code)}
        wanted = {place: self._chords.get(place) for place in [*self._chords, *fewer]}
        grabbed = {(code, mask | locks): text for (code, mask), text in wanted.items() for locks in combinations(self._map.locks)}
        for code, state in self._grabbed - grabbed.keys():
            self._connection.root.ungrab_key(code, state)
        new = {place: text for place, text in grabbed.items() if place not in self._grabbed}
        self._grabbed = {*grabbed}
        self._grab(place for place, text in new.items() if text is None)  # a conflict with another program doesn't matter for these
        for text in {text for text in new.values() if text is not None}:
            taken = self._grab(place for place, each in new.items() if each == text)
            self._connection.sync()
            if taken.get_error():
                raise UnavailableError(f"{text} is already used by another program. Choose another, or free it there.")
        self._connection.display.flush()

    def _grab(self, places: Iterable[_Place]) -> CatchError:
        taken = CatchError(BadAccess)
        for code, state in places:
            self._connection.root.grab_key(code, state, False, X.GrabModeAsync, X.GrabModeAsync, onerror=taken)
        return taken

    def _fewer_modifiers(self, code: int) -> set[int]:
        """All proper subsets of the modifier masks of a key's hotkeys."""
        whole = [mask for each, mask in self._chords if each == code]
        return {fewer for mask in whole for fewer in range(mask) if fewer & ~mask == 0} - set(whole)
