"""Hotkeys on X: a chord is grabbed, so that it reaches nobody else; a modifier by itself is only listened to.

A grab tells that a key went down, also again and again while it repeats itself. It is let go of at once, or whatever is typed or pasted
while the key is still down would come to us too. When the key comes up is told by XInput's raw events, which don't repeat and are told
whoever has a grab, and by asking which keys are down, should one get lost.
"""

from __future__ import annotations

import math
import os
import struct
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import IO, Any

from voicebridge import Unavailable, UsageError
from voicebridge.keys import MODIFIERS, Chord, parse, reserved
from Xlib import X
from Xlib.error import BadAccess, CatchError
from Xlib.ext import xinput
from Xlib.ext.ge import GenericEventCode

from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.key_map import KeyMap, combinations

_LOST_SECONDS = 0.1
"""How often the keys are asked for while one is down."""
_SETTLE_SECONDS = 0.05
"""How long a change of the layout, which comes in many parts, is given to come to its end."""
_RAW = struct.Struct("=HII")
"""Device, time and keycode, with which what a raw event tells begins."""
_Told = tuple[str, bool]


class XHotkeys:
    """Hears keys wherever the focus is."""

    def listen(self, chords: Sequence[str]) -> XKeyEvents:
        """The presses and releases of these chords, told by the text that is given here; they reach no window.

        Raises:
            Unavailable: when one is taken or reserved, or the keyboard lacks it.
        """
        return XKeyEvents(lambda wake: _listen(chords, wake))

    def capture(self) -> XKeyEvents:
        """Everything that is pressed and released; it reaches the windows all the same.

        Raises:
            Unavailable: without an X server that tells.
        """
        return XKeyEvents(_capture)

    def problem(self, chord: str) -> str:
        """What keeps a chord from being listened for, empty when nothing does."""
        try:
            with connected() as connection:
                _Grabs(connection, [chord])
        except (Unavailable, UsageError) as error:
            return str(error)
        return ""


class XKeyEvents:
    """What comes from one connection to the X server; see :class:`voicebridge.ports.KeyEvents`."""

    def __init__(self, listen: Callable[[IO[bytes]], Iterator[_Told | None]]) -> None:
        """Call ``listen`` with a pipe that wakes it; it gives ``None`` once it listens, and each time that it was woken."""
        reads, writes = os.pipe()
        self._wake, self._waker = os.fdopen(reads, "rb", 0), os.fdopen(writes, "wb", 0)
        self._lock = threading.Lock()
        self._closed = False
        self._told: Any = listen(self._wake)
        try:
            next(self._told)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> XKeyEvents:
        return self

    def __next__(self) -> _Told:
        with self._lock:
            while not self._closed:
                if told := next(self._told):
                    return told  # type: ignore[no-any-return]
        raise StopIteration

    def close(self) -> None:
        """Stop listening; the keys are everybody's again when this returns."""
        if self._closed:
            return
        self._closed = True
        self._waker.write(b"x")
        with self._lock:
            self._told.close()
            self._wake.close()
            self._waker.close()


class _Grabs:
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


def _listen(chords: Sequence[str], wake: IO[bytes]) -> Iterator[_Told | None]:
    with connected() as connection:
        yield from _Listening(connection, chords).run(wake)


def _capture(wake: IO[bytes]) -> Iterator[_Told | None]:
    with connected() as connection:
        yield from _Capturing(connection).run(wake)


class _Watching:
    """Tells what goes down and comes up."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._raw = _RawEvents(connection)
        self._down: dict[int, str] = {}
        """What was told to have gone down, by keycode."""
        self._keys: set[int] = set()
        """The keycodes of all that is down, while raw events tell of that."""
        self._changed = math.inf
        """When a change of the layout will have settled."""

    def run(self, wake: IO[bytes]) -> Iterator[_Told | None]:
        """Listen, and give ``None`` whenever there was a chance to stop."""
        self._begin()
        self._keys = self._keys_now()
        yield None
        while True:
            until = min(self._changed, time.monotonic() + _LOST_SECONDS if self._down else math.inf)
            event = self._connection.next_event(until, wake)
            if event is None:
                yield None
            elif event.type == X.MappingNotify:
                self._changed = time.monotonic() + _SETTLE_SECONDS
            elif (pressed := self._pressed(event)) and pressed[0] not in self._down:
                self._down[pressed[0]] = pressed[1]
                yield pressed[1], True
            for code in self._came_up(event):
                self._let_go(code)
                yield self._down.pop(code), False
            if self._changed <= time.monotonic():
                self._changed = math.inf
                self._renew()
            self._rest()

    def _came_up(self, event: Any) -> list[int]:
        """Take note of what is down now, and give the keycodes of those told of that no longer are."""
        if (code := self._raw.code(event)) is None:
            self._keys = self._keys_now() if self._down else self._keys
        elif self._raw.is_press(event):
            self._keys.add(code)
        else:
            self._keys.discard(code)
        return [code for code in self._down if code not in self._keys]

    def _keys_now(self) -> set[int]:
        with self._connection.asking():
            bits = self._connection.display.query_keymap()
        return {8 * byte + bit for byte in range(32) for bit in range(8) if bits[byte] >> bit & 1}

    def _begin(self) -> None:
        """Ask to be told."""
        raise NotImplementedError

    def _pressed(self, event: Any) -> tuple[int, str] | None:
        """The keycode and the chord of a press."""
        raise NotImplementedError

    def _let_go(self, code: int) -> None:
        """A key that was told to have gone down has come up."""

    def _renew(self) -> None:
        """Follow the layout."""
        raise NotImplementedError

    def _rest(self) -> None:
        """Ask for no more than is needed from here on."""


class _Listening(_Watching):
    """For some chords."""

    def __init__(self, connection: Connection, chords: Sequence[str]) -> None:
        super().__init__(connection)
        self._grabs = _Grabs(connection, chords)

    def _begin(self) -> None:
        self._raw.select(self._grabs.has_bare)

    def _pressed(self, event: Any) -> tuple[int, str] | None:
        if event.type == X.KeyPress:
            self._raw.select(True)  # before the key can come up unheard
            self._grabs.hold(event.detail)
            self._connection.display.ungrab_keyboard(X.CurrentTime)
            self._connection.display.flush()
            text = self._grabs.pressed(event.detail, event.state)
            return (event.detail, text) if text is not None else None
        if self._raw.is_press(event) and self._grabs.has_bare and (code := self._raw.code(event)) is not None:
            text = self._grabs.bare(code, self._keys)
            return (code, text) if text is not None else None
        return None

    def _let_go(self, code: int) -> None:
        self._grabs.let_go(code)

    def _renew(self) -> None:
        self._grabs.renew()

    def _rest(self) -> None:
        self._raw.select(bool(self._down) or self._grabs.has_bare)


class _Capturing(_Watching):
    """For everything."""

    def _begin(self) -> None:
        self._raw.select(True)
        self._renew()

    def _renew(self) -> None:
        self._map = KeyMap(self._connection)

    def _pressed(self, event: Any) -> tuple[int, str] | None:
        if not self._raw.is_press(event) or (code := self._raw.code(event)) is None or (name := self._map.name(code)) is None:
            return None
        return code, str(Chord(name, self._map.held(self._keys)))


def _is_modifier(chord: Chord) -> bool:
    return chord.key.rpartition("_")[0] in MODIFIERS


class _RawEvents:
    """Keys as the server gets them, whoever is meant by them."""

    def __init__(self, connection: Connection) -> None:
        if not connection.display.has_extension(xinput.extname):
            raise Unavailable("The X server doesn't tell when keys come up: it has no XInput 2. Use a newer one.")
        self._connection = connection
        self._opcode: int = connection.display.display.get_extension_major(xinput.extname)
        # By 2.0, which is what python-xlib asks for, they are not told while another program has a grab.
        with connection.asking():
            told = xinput.XIQueryVersion(display=connection.display.display, opcode=self._opcode, major_version=2, minor_version=2)
        if (told.major_version, told.minor_version) < (2, 1):
            raise Unavailable(f"The X server has XInput {told.major_version}.{told.minor_version}, and 2.1 is needed. Use a newer one.")
        self._selected = False

    def select(self, wanted: bool) -> None:
        """Be told of them from now on, or no longer: nobody's typing is looked at without need."""
        if wanted != self._selected:
            mask = xinput.RawKeyPressMask | xinput.RawKeyReleaseMask if wanted else 0
            self._connection.root.xinput_select_events([(xinput.AllMasterDevices, mask)])
            self._connection.display.flush()
            self._selected = wanted

    def code(self, event: Any) -> int | None:
        """The keycode of a raw event, ``None`` of any other."""
        if event is None or event.type != GenericEventCode or event.extension != self._opcode:
            return None
        return int(_RAW.unpack_from(bytes(event.data))[2])

    def is_press(self, event: Any) -> bool:
        """Whether a raw event tells that a key went down."""
        return self.code(event) is not None and event.evtype == xinput.RawKeyPress
