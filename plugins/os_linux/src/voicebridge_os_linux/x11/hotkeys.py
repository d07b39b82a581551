"""Hotkeys on X: a chord is grabbed, so that it reaches nobody else; a modifier by itself is only listened to.

A grab tells that a key went down, also again and again while it repeats itself. It is let go of at once, or whatever is typed or pasted
while the key is still down would come to us too. When the key comes up is told by XInput's raw events, which don't repeat and are told
whoever has a grab, and by asking which keys are down, should one get lost.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from typing import IO, Any

from voicebridge import Unavailable, UsageError
from voicebridge.keys import Chord
from Xlib import X

from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.grabs import Grabs
from voicebridge_os_linux.x11.key_map import KeyMap
from voicebridge_os_linux.x11.raw_events import RawEvents
from voicebridge_os_linux.x11.woken import Woken

_LOST_SECONDS = 0.1
"""How often the keys are asked for while one is down."""
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
        self._down: dict[int, str] = {}
        """What was told to have gone down, by keycode."""
        self._keys: set[int] = set()
        """The keycodes of all that is down, while raw events tell of that."""
        self._changed = math.inf
        """When a change of the layout will have settled."""

    def run(self, wake: IO[bytes]) -> Generator[_Told | None, None, None]:
        """Listen, and give ``None`` whenever there was a chance to stop."""
        self._begin()
        self._keys = self._connection.keys_down()
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
            self._keys = self._connection.keys_down() if self._down else self._keys
        elif self._raw.is_press(event):
            self._keys.add(code)
        else:
            self._keys.discard(code)
        return [code for code in self._down if code not in self._keys]

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
        self._grabs = Grabs(connection, chords)

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
