"""Chords that are kept from every window while they are listened for."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from voicebridge import Unavailable
from voicebridge.keys import MODIFIERS, Chord, parse, reserved
from Xlib import X
from Xlib.error import BadAccess, CatchError

from voicebridge_os_linux.x11.connection import Connection
from voicebridge_os_linux.x11.key_map import KeyMap, combinations


class Grabs:
    """The chords that one connection listens for, and the keys that they are under the layout."""

    def __init__(self, connection: Connection, chords: Sequence[str]) -> None:
        self._connection = connection
        self._parsed = {text: parse(text) for text in chords}
        self._grabbed: dict[tuple[int, int], str] = {}
        """By keycode and modifiers, without the locks."""
        self._bare: dict[tuple[int, tuple[str, ...]], str] = {}
        """By keycode and modifiers' names: modifiers, which are not grabbed, since they are needed for other chords."""
        self._map = KeyMap(connection)
        for chord in self._parsed.values():
            if why := reserved(chord, "linux"):
                raise Unavailable(f"{why} Choose another.")
            self._map.find(chord)
        self.renew()

    @property
    def has_bare(self) -> bool:
        """Whether a modifier by itself is among them."""
        return bool(self._bare)

    def renew(self) -> None:
        """Follow the layout; a key that it no longer has stays where it was.

        Raises:
            Unavailable: when another program has one of them.
        """
        self._map = KeyMap(self._connection)
        wanted: dict[tuple[int, int], str] = {}
        bare: dict[tuple[int, tuple[str, ...]], str] = {}
        for text, chord in self._parsed.items():
            try:
                codes, mask = self._map.find(chord)
            except Unavailable:
                wanted |= {place: each for place, each in self._grabbed.items() if each == text}
                bare |= {place: each for place, each in self._bare.items() if each == text}
                continue
            if _is_modifier(chord):
                bare |= {(code, chord.modifiers): text for code in codes}
            else:
                wanted |= {(code, mask): text for code in codes}
        self._bare = bare
        if wanted != self._grabbed:
            for code, mask in self._grabbed:
                for locks in combinations(self._map.locks):
                    self._connection.root.ungrab_key(code, mask | locks)
            self._grabbed = wanted
            for (code, mask), text in wanted.items():
                self._grab(code, mask, text)

    def pressed(self, code: int, state: int) -> str | None:
        """The chord whose grab has told of a press."""
        locks = sum({*self._map.locks})
        return self._grabbed.get((code, state & 0xFF & ~locks))

    def hold(self, code: int) -> None:
        """Keep a key that is down from the windows while its modifiers come up before it: it goes on repeating itself without them."""
        for mask in self._less(code):
            for locks in combinations(self._map.locks):
                self._connection.root.grab_key(code, mask | locks, False, X.GrabModeAsync, X.GrabModeAsync, onerror=CatchError(BadAccess))
        self._connection.display.flush()

    def let_go(self, code: int) -> None:
        """Undo :meth:`hold`."""
        for mask in self._less(code):
            for locks in combinations(self._map.locks):
                self._connection.root.ungrab_key(code, mask | locks)
        self._connection.display.flush()

    def _less(self, code: int) -> set[int]:
        """The modifiers of a key's chord with some or all of them left out."""
        whole = [mask for each, mask in self._grabbed if each == code]
        return {less for mask in whole for less in range(mask) if less & ~mask == 0} - set(whole)

    def bare(self, code: int, down: Collection[int]) -> str | None:
        """The chord of a modifier that went down while these keys were down."""
        return self._bare.get((code, self._map.held(down)))

    def _grab(self, code: int, mask: int, text: str) -> None:
        taken = CatchError(BadAccess)
        for locks in combinations(self._map.locks):
            self._connection.root.grab_key(code, mask | locks, False, X.GrabModeAsync, X.GrabModeAsync, onerror=taken)
        self._connection.sync()
        if taken.get_error():
            raise Unavailable(f"{text} is taken: another program listens for it. Choose another, or free it there.")


def _is_modifier(chord: Chord) -> bool:
    return chord.key.rpartition("_")[0] in MODIFIERS
