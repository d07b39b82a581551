"""Detect key presses and clicks in any window, which may have moved the cursor between two dictations.

X reports every key. Only the kind of character that a key writes is stored, and only for the last few keys.
"""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from voicebridge import UnavailableError, UsageError
from voicebridge.keys import Chord, parse
from voicebridge.ports import Pressed, stand_ins
from Xlib import XK, X

from voicebridge_os_linux.keysyms import to_character
from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.key_map import KeyMap
from voicebridge_os_linux.x11.keysyms import of_key
from voicebridge_os_linux.x11.raw_events import RawEvents

ANSWER_SECONDS = 3.0
"""Seconds within which the server must report all pending events."""
KEPT = 8
"""Number of placeholders for typed characters to keep."""
_SETTLE_SECONDS = 0.05
_WHEEL = range(4, 8)
"""The buttons of a mouse wheel."""
_BREAKS = (*of_key("enter"), XK.XK_KP_Enter)
_ACCENTS = range(0xFE50, 0xFE94)
_NOTHING = frozenset((
    *(XK.string_to_keysym(f"{name}_{side}") for name in ("Shift", "Control", "Alt", "Meta", "Super", "Hyper") for side in "LR"),
    *(XK.string_to_keysym(name) for name in ("Caps_Lock", "Shift_Lock", "Num_Lock", "Scroll_Lock", "Mode_switch", "Multi_key")),
    *_ACCENTS, *range(0xFE01, 0xFE12),  # dead keys, which wait for a letter, and keys that switch levels and layouts
    *range(0x1008FF02, 0x1008FF04), *range(0x1008FF11, 0x1008FF18),  # brightness and volume: X's media keys
))  # fmt: skip
"""The keysyms of keys that neither move the cursor nor write a character."""


class XPresses:
    """Watches the keyboard and the mouse buttons."""

    def watch(self, own: Callable[[], Collection[str]]) -> XPressWatch:
        """Start watching.

        Raises:
            UnavailableError: if there is no X server that reports presses.
        """
        return XPressWatch(own)

    def quiet(self) -> float | None:
        """Seconds since the last key press or mouse movement, ``None`` if the server doesn't report them."""
        with suppress(UnavailableError), connected() as connection:
            if connection.display.has_extension("MIT-SCREEN-SAVER"):
                with connection.asking():
                    return int(connection.root.screensaver_query_info().idle) / 1000
        return None


class XPressWatch:
    """Watches presses in a thread with its own connection."""

    def __init__(self, own: Callable[[], Collection[str]]) -> None:
        self._own = own
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        reads, writes = os.pipe()
        self._wake, self._waker = os.fdopen(reads, "rb", 0), os.fdopen(writes, "wb", 0)
        self._lock = threading.Lock()
        self._state = Pressed()
        self._ended = False
        self._problem: UnavailableError | None = None
        began = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(began,), name="X presses", daemon=True)
        self._thread.start()
        began.wait()
        if self._problem is not None:
            raise self._problem

    def reset(self) -> None:
        """Start counting again."""

        def forget() -> None:
            self._state = Pressed()

        self._ask(forget)

    def pressed(self) -> Pressed | None:
        """The presses since the last :meth:`reset`, ``None`` if the server is gone or does not answer in time."""
        told: list[Pressed] = []
        self._ask(lambda: told.append(self._state))
        return told[0] if told else None

    def close(self) -> None:
        """Stop watching; calling it twice is allowed."""
        with self._lock:
            ended, self._ended = self._ended, True
            if not ended:
                self._waker.write(b"x")
        self._thread.join()

    def _ask(self, do: Callable[[], None]) -> None:
        """Run a function in the thread after it has processed all events that the server has sent so far."""
        done = threading.Event()

        def run() -> None:
            do()
            done.set()

        with self._lock:
            if self._ended:
                return
            self._asked.put(run)
            self._waker.write(b"x")
        done.wait(ANSWER_SECONDS)

    def _run(self, began: threading.Event) -> None:
        try:
            with connected() as connection:
                counting = _Counting(connection, self._own)
                began.set()
                while not self._ended:
                    self._state = counting.add(self._state, connection.next_event(counting.until, self._wake))
                    if not self._asked.empty():
                        self._answer(connection, counting)
        except UnavailableError as error:
            self._problem = error
        finally:
            with self._lock:
                self._ended = True
                self._wake.close()
                self._waker.close()
            began.set()

    def _answer(self, connection: Connection, counting: _Counting) -> None:
        self._wake.read(64)
        connection.sync()
        while event := connection.next_event(time.monotonic()):
            self._state = counting.add(self._state, event)
        while not self._asked.empty():
            self._asked.get()()


class _Counting:
    """Converts X events to their effect on the cursor."""

    def __init__(self, connection: Connection, own: Callable[[], Collection[str]]) -> None:
        self._connection, self._own = connection, own
        self._raw = RawEvents(connection)
        self._raw.select(keys=True, buttons=True)
        self._keys = connection.keys_down()
        self._map = KeyMap(connection)
        self._parsed: dict[str, Chord | None] = {}
        self.until = math.inf
        """When a change of the layout will be complete."""

    def add(self, so_far: Pressed, event: Any | None) -> Pressed:
        """Return the presses including those of ``event``; ``None`` means that time has passed."""
        if self.until <= time.monotonic():
            self.until = math.inf
            self._map = KeyMap(self._connection)
        if event is None:
            return so_far
        if event.type == X.MappingNotify:
            self.until = time.monotonic() + _SETTLE_SECONDS
        elif (key := self._raw.read(event)) is not None:
            if key.button:
                return so_far if key.code in _WHEEL else Pressed(moved=True)
            if key.pressed:
                so_far = self._with_key(so_far, key.code, self._map.held(self._keys))
                self._keys.add(key.code)
            else:
                self._keys.discard(key.code)
        return so_far

    def _with_key(self, so_far: Pressed, code: int, held: Collection[str]) -> Pressed:
        keysym = self._map.keysym(code, self._keys, self._group())
        if keysym in _NOTHING or self._is_own(code, held):
            return so_far
        plain = not held or set(held) == {"shift"}
        if keysym in _BREAKS and plain:
            return Pressed(moved=True, typed="\n")  # a message may have been sent
        character = stand_ins(to_character(keysym) or "") if plain else ""
        if not character:
            return Pressed(moved=True)
        return Pressed(so_far.moved, (so_far.typed + character)[-KEPT:])

    def _group(self) -> int:
        with self._connection.asking():
            return int(self._connection.root.query_pointer().mask) >> 13 & 3

    def _is_own(self, code: int, held: Collection[str]) -> bool:
        name = self._map.name(code)
        for text in self._own():
            if text not in self._parsed:
                self._parsed[text] = None
                with suppress(UsageError):
                    self._parsed[text] = parse(text)
            chord = self._parsed[text]
            if chord is not None and chord.key == name and set(chord.modifiers) == set(held):
                return True
        return False
