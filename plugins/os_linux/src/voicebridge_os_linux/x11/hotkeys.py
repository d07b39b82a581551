"""Hotkeys on X: key combinations are grabbed, so that no window receives them; a modifier alone is only observed.

A grab reports a key press, repeatedly while the key auto-repeats. The keyboard grab is released immediately, because otherwise everything
typed or pasted while the key is down would be sent to us, too. The grab reports the release of the key only while it lasts; later, XInput's
raw events report it. They don't repeat, and are sent regardless of grabs. In case a release event is lost, the server is queried for the
keys that are down; its reply counts only if no event that was sent before it is unread.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from typing import IO

from voicebridge import UnavailableError, UsageError
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
"""Interval in seconds for querying the keys while one is down and no events arrive."""
_SETTLE_SECONDS = 0.05
"""Seconds to wait for a change of the layout to finish; it consists of many events."""
_Told = tuple[str, bool]
KeyEvents = Woken[_Told]


class XHotkeys:
    """Reports keys regardless of the focus."""

    def listen(self, chords: Sequence[str]) -> KeyEvents:
        """Report presses and releases of these hotkeys, by the text given here; no window receives them.

        Raises:
            UnavailableError: if one is taken or reserved, or missing on the keyboard.
        """
        return KeyEvents(lambda wake: _listen(chords, wake))

    def capture(self) -> KeyEvents:
        """Report all key presses and releases; windows receive them, too.

        Raises:
            UnavailableError: if there is no X server that reports them.
        """
        return KeyEvents(_capture)

    def problem(self, chord: str) -> str:
        """Why a hotkey can't be used, empty if it can."""
        try:
            with connected() as connection:
                Grabs(connection, [chord])
        except (UnavailableError, UsageError) as error:
            return str(error)
        return ""


def _listen(chords: Sequence[str], wake: IO[bytes]) -> Generator[_Told | None, None, None]:
    with connected() as connection:
        yield from _Listening(connection, chords).run(wake)


def _capture(wake: IO[bytes]) -> Generator[_Told | None, None, None]:
    with connected() as connection:
        yield from _Capturing(connection).run(wake)


class _Watching:
    """Reports key presses and releases."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._raw = RawEvents(connection)
        self._xkb = Xkb(connection)
        self._clock = ServerClock(connection)
        self._presses = Presses()
        self._keys: set[int] = set()
        """The keycodes of all keys that are down, while raw events report them."""
        self._changed = math.inf
        """When a change of the layout will be complete."""

    def run(self, wake: IO[bytes]) -> Generator[_Told | None, None, None]:
        """Watch the keys; yields ``None`` whenever it may be stopped."""
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
            self._connection.sync()  # after the report, no event is missed
            yield told

    def _came_up(self, code: int, time: int | None) -> Generator[_Told, None, None]:
        if (text := self._presses.release(code, time)) is not None:
            self._let_go(code)
            yield KeyEvent(text, False, None if time is None else self._clock.moment(time))

    def _use_modifiers(self, other: XKey) -> Generator[_Told, None, None]:
        """Report the release of modifiers that are down when another key or a mouse button is pressed: they are used as modifiers."""
        for code in [each for each in self._presses.down if self._is_bare(each) and (each != other.code or other.button)]:
            if (text := self._presses.release(code, other.time)) is not None:
                yield KeyEvent(text, False, self._clock.moment(other.time), as_modifier=True)

    def _find_lost(self) -> Generator[_Told, None, None]:
        """Query the keys that are down, and report those that were released without an event."""
        if not self._presses.down:
            return
        keys = self._connection.keys_down()
        if self._connection.has_event():  # these events are older than the reply, so they must be read first
            return
        self._keys = keys
        for code in [*self._presses.down]:
            if code not in keys:
                yield from self._came_up(code, None)

    def _begin(self) -> None:
        """Request events."""
        raise NotImplementedError

    def _chord(self, key: XKey) -> str | None:
        """The hotkey of a press."""
        raise NotImplementedError

    def _is_bare(self, _: int) -> bool:
        """Whether a key is a modifier that is a hotkey by itself."""
        return False

    def _hold(self, code: int) -> None:
        """Called after a press was reported."""

    def _went_down(self, key: XKey) -> None:
        """Called after each press, reported or not."""

    def _let_go(self, code: int) -> None:
        """Called after the release of a reported key."""

    def _renew(self) -> None:
        """Follow a change of the layout."""
        raise NotImplementedError

    def _rest(self) -> None:
        """Stop requesting events that are no longer needed."""


class _Listening(_Watching):
    """Watches the given hotkeys."""

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
            # With the time of the press: otherwise it could end the grab of a later press, and miss that release.
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
    """Watches all keys."""

    def _begin(self) -> None:
        self._raw.select(True)
        self._renew()

    def _renew(self) -> None:
        self._map = KeyMap(self._connection)

    def _chord(self, key: XKey) -> str | None:
        if (name := self._map.name(key.code)) is None:
            return None
        return str(Chord(name, self._map.held(self._keys)))
