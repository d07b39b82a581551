"""Hotkeys on X: a chord is grabbed, so that it reaches nobody else; a modifier by itself is only listened to.

A grab reports that a key went down, also again and again while it repeats itself. It is released at once, or whatever is typed or pasted
while the key is still down would come to us too. A release is reported by the grab as long as it lasts, and after that by XInput's raw
events, which don't repeat and are sent no matter who has a grab. Should one get lost, the server is asked which keys are down; its answer
counts only when no event is left that was sent before it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from typing import IO

from voicebridge import Unavailable, UsageError
from voicebridge.keys import Chord, KeyEvent

from voicebridge_os_linux.x11.clock import ServerClock
from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.grabs import Grabs
from voicebridge_os_linux.x11.key_map import KeyMap
from voicebridge_os_linux.x11.presses import Presses
from voicebridge_os_linux.x11.raw_events import RawEvents, XKey
from voicebridge_os_linux.x11.woken import Woken
from voicebridge_os_linux.x11.xkb import Xkb

_LOST_SECONDS = 0.1
"""How often the keys are asked for while one is down and nothing happens."""
_SETTLE_SECONDS = 0.05
"""How long a change of the layout, which comes in many parts, is given to come to its end."""
_Told = tuple[str, bool]
KeyEvents = Woken[_Told]


class XHotkeys:
    """Hears keys wherever the focus is."""

    def listen(self, chords: Sequence[str]) -> KeyEvents:
        """The presses and releases of these chords, told by the text that is given here; they reach no window.

        Raises:
            Unavailable: when one is taken or reserved, or the keyboard lacks it.
        """
        return KeyEvents(lambda wake: _listen(chords, wake))

    def capture(self) -> KeyEvents:
        """Everything that is pressed and released; it reaches the windows all the same.

        Raises:
            Unavailable: without an X server that tells.
        """
        return KeyEvents(_capture)

    def problem(self, chord: str) -> str:
        """What keeps a chord from being listened for, empty when nothing does."""
        try:
            with connected() as connection:
                Grabs(connection, [chord])
        except (Unavailable, UsageError) as error:
            return str(error)
        return ""


def _listen(chords: Sequence[str], wake: IO[bytes]) -> Generator[_Told | None, None, None]:
    with connected() as connection:
        yield from _Listening(connection, chords).run(wake)


def _capture(wake: IO[bytes]) -> Generator[_Told | None, None, None]:
    with connected() as connection:
        yield from _Capturing(connection).run(wake)


class _Watching:
    """Tells what goes down and comes up."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._raw = RawEvents(connection)
        self._xkb = Xkb(connection)
        self._clock = ServerClock(connection)
        self._presses = Presses()
        self._keys: set[int] = set()
        """The keycodes of all that is down, while raw events report that."""
        self._changed = math.inf
        """When a change of the layout will have settled."""

    def run(self, wake: IO[bytes]) -> Generator[_Told | None, None, None]:
        """Listen, and give ``None`` whenever there was a chance to stop."""
        self._begin()
        self._keys = self._connection.keys_down()
        yield None
        while True:
            until = min(self._changed, time.monotonic() + _LOST_SECONDS if self._presses.down else math.inf)
            event = self._connection.next_event(until, wake)
            if event is None:
                yield None
                yield from self._find_lost()
            elif self._xkb.is_new_layout(event):
                self._changed = time.monotonic() + _SETTLE_SECONDS
            elif key := self._raw.read(event):
                yield from self._take(key)
            if self._changed <= time.monotonic():
                self._changed = math.inf
                self._renew()
            self._rest()

    def _take(self, key: XKey) -> Generator[_Told, None, None]:
        if key.pressed:
            yield from self._use_modifiers(key)
        if key.button:
            return
        if not key.pressed:
            if key.state is None or self._xkb.has_real_releases:
                self._keys.discard(key.code)
                yield from self._came_up(key.code, key.time)
            return
        told: KeyEvent | None = None
        if (text := self._chord(key)) is not None and self._presses.press(key.code, text, key.time):
            self._clock.set()
            self._hold(key.code)
            told = KeyEvent(text, True, self._clock.moment(key.time))
        self._keys.add(key.code)
        self._went_down(key)
        if told is not None:
            self._rest()
            self._connection.sync()  # once it is reported, nothing that follows is missed
            yield told

    def _came_up(self, code: int, time: int | None) -> Generator[_Told, None, None]:
        if (text := self._presses.release(code, time)) is not None:
            self._let_go(code)
            yield KeyEvent(text, False, None if time is None else self._clock.moment(time))

    def _use_modifiers(self, other: XKey) -> Generator[_Told, None, None]:
        """Report the modifiers that are down when another key, or a button of the mouse, is pressed: they are used as what they are."""
        for code in [each for each in self._presses.down if self._is_bare(each) and (each != other.code or other.button)]:
            if (text := self._presses.release(code, other.time)) is not None:
                yield KeyEvent(text, False, self._clock.moment(other.time), as_modifier=True)

    def _find_lost(self) -> Generator[_Told, None, None]:
        """Ask which keys are down, and report those that have come up without an event."""
        if not self._presses.down:
            return
        keys = self._connection.keys_down()
        if self._connection.has_event():  # what it says must be read first: it is older than the answer
            return
        self._keys = keys
        for code in [*self._presses.down]:
            if code not in keys:
                yield from self._came_up(code, None)

    def _begin(self) -> None:
        """Ask for events."""
        raise NotImplementedError

    def _chord(self, key: XKey) -> str | None:
        """The chord of a press."""
        raise NotImplementedError

    def _is_bare(self, _: int) -> bool:
        """Whether a key is listened for that is a modifier by itself."""
        return False

    def _hold(self, code: int) -> None:
        """A press has been reported."""

    def _went_down(self, key: XKey) -> None:
        """A press, reported or not, has been taken in."""

    def _let_go(self, code: int) -> None:
        """A key that was reported as pressed has come up."""

    def _renew(self) -> None:
        """Follow the layout."""
        raise NotImplementedError

    def _rest(self) -> None:
        """Ask for no more than is needed from here on."""


class _Listening(_Watching):
    """For some chords."""

    def __init__(self, connection: Connection, chords: Sequence[str]) -> None:
        super().__init__(connection)
        self._grabs = Grabs(connection, chords)

    def _begin(self) -> None:
        self._raw.select(self._grabs.has_bare)

    def _chord(self, key: XKey) -> str | None:
        return self._grabs.bare(key.code, self._keys) if key.state is None else self._grabs.pressed(key.code, key.state)

    def _is_bare(self, code: int) -> bool:
        return self._grabs.is_bare(code)

    def _hold(self, code: int) -> None:
        self._grabs.hold(code)

    def _went_down(self, key: XKey) -> None:
        if key.state is not None:
            self._rest()  # before the grab ends, so that no release is missed
            # By its time, so that it does not end the grab of a later press, whose release would be missed.
            self._connection.display.ungrab_keyboard(key.time)
            self._connection.display.flush()

    def _let_go(self, code: int) -> None:
        self._grabs.let_go(code)

    def _renew(self) -> None:
        self._grabs.renew()

    def _rest(self) -> None:
        down = self._presses.down
        self._raw.select(bool(down) or self._grabs.has_bare, buttons=any(self._is_bare(code) for code in down))


class _Capturing(_Watching):
    """For everything."""

    def _begin(self) -> None:
        self._raw.select(True)
        self._renew()

    def _renew(self) -> None:
        self._map = KeyMap(self._connection)

    def _chord(self, key: XKey) -> str | None:
        if (name := self._map.name(key.code)) is None:
            return None
        return str(Chord(name, self._map.held(self._keys)))
