"""Hotkeys through pynput, on Windows and macOS, and on X without a better plugin. Keys reach the windows too."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from voicebridge import keys
from voicebridge.desktop import keyboard
from voicebridge.errors import UnavailableError, UsageError, brief

REPEAT_SECONDS = 2.5
"""Auto-repeat is faster than this; a later press is a new one, before which a release was lost."""
_START_SECONDS = 5.0
_STOP_SECONDS = 0.5
_LOST_SECONDS = 0.1
"""Seconds between checks of the keys that are down, and of the listener."""
_IDLE_SECONDS = 1.0
_NAMES = {
    "alt": "alt_l", "alt_gr": "alt_r", "ctrl": "ctrl_l", "shift": "shift_l", "cmd": "super_l", "cmd_l": "super_l", "cmd_r": "super_r",
}  # fmt: skip
"""pynput's names of keys that differ from ours."""


class PynputHotkeys:
    """Receives keys in any window."""

    def listen(self, chords: Sequence[str]) -> PynputKeyEvents:
        """Presses and releases of these chords, reported in the given spelling.

        Raises:
            UnavailableError: if one is reserved, or pynput can't listen.
        """
        wanted = {keys.parse(text): text for text in chords}
        for chord in wanted:
            if why := keys.reserved(chord):
                raise UnavailableError(f"{why} Choose another.")
        return PynputKeyEvents(wanted.get, reports_use=True)

    def capture(self) -> PynputKeyEvents:
        """All presses and releases.

        Raises:
            UnavailableError: if pynput can't listen.
        """
        return PynputKeyEvents(str)

    def problem(self, chord: str) -> str:
        """Why a chord can't be registered; whether another program uses it is unknown."""
        try:
            why = keys.reserved(keys.parse(chord))
        except UsageError as error:
            return str(error)
        return f"{why} Choose another." if why else ""


class PynputKeyEvents:
    """The events of a pynput thread; see :class:`voicebridge.ports.KeyEvents`."""

    def __init__(self, name: Callable[[keys.Chord], str | None], *, reports_use: bool = False) -> None:
        """Report the chords for which ``name`` returns a text; ``reports_use`` reports modifiers used with another key."""
        self._name = name
        self._reports_use = reports_use
        self._heard: queue.Queue[tuple[str, bool] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._closed = False
        self._down: dict[str, PressedKeys] = {}
        """The keys that are down, by name, reported or not."""
        self._characters, self._listener = _start(lambda key: self._take(key, True), lambda key: self._take(key, False))

    def __iter__(self) -> PynputKeyEvents:
        return self

    def __next__(self) -> tuple[str, bool]:
        while True:
            try:
                told = self._heard.get(timeout=_LOST_SECONDS if self._down else _IDLE_SECONDS)
            except queue.Empty:
                self._look()
                continue
            if told is None:
                self._heard.put(None)  # for other waiting threads
                raise StopIteration
            return told

    def close(self) -> None:
        """Stop listening; calling it twice is allowed."""
        if not self._closed:
            self._closed = True
            with suppress(Exception):  # of a desktop that is gone
                self._listener.stop()
                _end_recording(self._listener)
            threading.Thread.join(self._listener, _STOP_SECONDS)
            self._heard.put(None)

    def _look(self) -> None:
        if not self._closed and not self._listener.is_alive():  # `running` stays true when the desktop dies
            raise UnavailableError("The desktop has stopped the key listener. Start VoiceBridge again from a terminal on the desktop.")
        with self._lock:
            for pressed in [*self._down.values()]:
                if pressed.number is not None and keyboard.is_down(pressed.number) is False:
                    self._release(pressed.key)

    def _take(self, key: Any, down: bool) -> None:
        name = key_name(key, self._characters)
        if self._closed:
            return
        with self._lock:
            if down:
                self._use_modifiers(name)
            if name is None:
                return
            if down:
                self._press(name, getattr(key, "vk", None) or getattr(getattr(key, "value", None), "vk", None))
            else:
                self._release(name)

    def _press(self, key: str, number: int | None) -> None:
        now = time.monotonic()
        before = self._down.get(key)
        if before is not None and now - before.seen < REPEAT_SECONDS:
            before.seen = now
            return
        self._release(key)
        text = self._name(keys.Chord(key, self._modifiers(key)))
        self._down[key] = PressedKeys(key, number, text, now)
        if text is not None:
            self._heard.put(keys.KeyEvent(text, True, now))

    def _use_modifiers(self, other: str | None) -> None:
        """Report the modifiers that are down when another key is pressed: they are used as modifiers."""
        for pressed in self._down.values():
            if pressed.key != other and pressed.text is not None and self._reports_use and keys.is_modifier(keys.Chord(pressed.key)):
                self._heard.put(keys.KeyEvent(pressed.text, False, time.monotonic(), as_modifier=True))
                pressed.text = None

    def _release(self, key: str) -> None:
        pressed = self._down.pop(key, None)
        if pressed is not None and pressed.text is not None:
            self._heard.put(keys.KeyEvent(pressed.text, False, time.monotonic()))

    def _modifiers(self, key: str) -> tuple[str, ...]:
        own = key.rpartition("_")[0]
        tracked = {each.rpartition("_")[0] for each in self._down}
        real: Collection[str] | None = keyboard.modifiers()
        # The system's state is authoritative, but doesn't include the current key yet, nor which of two keys of a modifier is down.
        down = tracked if real is None else set(real) - ({own} - tracked)
        return tuple(each for each in keys.MODIFIERS if each in down)


class PressedKeys:
    """A key that is down."""

    def __init__(self, key: str, number: int | None, text: str | None, seen: float) -> None:
        self.key = key
        self.number = number
        """Its number, for asking the system."""
        self.text = text
        """The chord it is reported as, if any."""
        self.seen = seen
        """When it was last reported down, on ``time.monotonic()``."""


def key_name(key: Any, characters: Mapping[int, str]) -> str | None:
    """The chord name of a pynput key, ``None`` if it has none."""
    if key is None:
        return None
    if (name := getattr(key, "name", None)) is not None:  # an enumeration member
        name = _NAMES.get(name, name)
        return name if name in keys.NAMED else None
    if (found := characters.get(key.vk)) is not None:
        return found
    character = (key.char or "").lower()
    return character if len(character) == 1 and character.isprintable() else None


def _end_recording(listener: Any) -> None:
    """On X, end the thread of a stopped listener: pynput's own request to end it is sent only at the next key."""
    context = getattr(listener, "_context", None)
    if context is not None:
        from Xlib.display import Display

        display = Display()
        try:
            display.record_disable_context(context)
            display.sync()
        finally:
            display.close()


def _start(press: Callable[[Any], None], release: Callable[[Any], None]) -> tuple[Mapping[int, str], Any]:
    """The characters of all keys, and a started pynput listener."""
    try:
        from pynput import keyboard as pynput

        characters = keyboard.characters()
        listener = pynput.Listener(on_press=press, on_release=release)
    except Exception as error:  # importing it fails without a desktop or one of its libraries
        raise UnavailableError(f"pynput can't listen for keys: {brief(error)}. See: voicebridge doctor") from error
    listener.start()
    ready = threading.Thread(target=listener.wait, name="pynput", daemon=True)  # it waits forever for a listener that failed
    ready.start()
    until = time.monotonic() + _START_SECONDS
    while ready.is_alive() and listener.is_alive() and time.monotonic() < until:
        ready.join(0.01)
    if ready.is_alive() or (sys.platform == "darwin" and not getattr(listener, "IS_TRUSTED", True)):
        listener.stop()
        raise UnavailableError(
            f"pynput can't listen for keys. {keyboard.PERMISSION if sys.platform == 'darwin' else 'See: voicebridge doctor'}"
        )
    return characters, listener
