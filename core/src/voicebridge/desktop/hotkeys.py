"""Hotkeys by pynput: on Windows and macOS, and on X where no plugin does it better. What is heard reaches the windows all the same."""

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
from voicebridge.errors import Unavailable, UsageError, brief

REPEAT_SECONDS = 2.5
"""A key that is held repeats itself sooner than this; what comes later is a new press, before which a release was lost."""
_START_SECONDS = 5.0
_STOP_SECONDS = 0.5
_LOST_SECONDS = 0.1
"""How often the system is asked for the keys that are down, and for the listener's health."""
_IDLE_SECONDS = 1.0
_NAMES = {
    "alt": "alt_l", "alt_gr": "alt_r", "ctrl": "ctrl_l", "shift": "shift_l", "cmd": "super_l", "cmd_l": "super_l", "cmd_r": "super_r",
}  # fmt: skip
"""pynput's names of keys that are not ours."""


class PynputHotkeys:
    """Hears keys wherever the focus is."""

    def listen(self, chords: Sequence[str]) -> PynputKeyEvents:
        """The presses and releases of these chords, told by the text that is given here.

        Raises:
            Unavailable: when one is reserved, or pynput can't listen.
        """
        wanted = {keys.parse(text): text for text in chords}
        for chord in wanted:
            if why := keys.reserved(chord):
                raise Unavailable(f"{why} Choose another.")
        return PynputKeyEvents(wanted.get, reports_use=True)

    def capture(self) -> PynputKeyEvents:
        """Everything that is pressed and released.

        Raises:
            Unavailable: when pynput can't listen.
        """
        return PynputKeyEvents(str)

    def problem(self, chord: str) -> str:
        """What keeps a chord from being listened for; who else listens for it, nobody can tell here."""
        try:
            why = keys.reserved(keys.parse(chord))
        except UsageError as error:
            return str(error)
        return f"{why} Choose another." if why else ""


class PynputKeyEvents:
    """What one of pynput's threads hears; see :class:`voicebridge.ports.KeyEvents`."""

    def __init__(self, name: Callable[[keys.Chord], str | None], *, reports_use: bool = False) -> None:
        """Tell of the chords that ``name`` has a text for; ``reports_use`` tells apart modifiers that are used as such."""
        self._name = name
        self._reports_use = reports_use
        self._heard: queue.Queue[tuple[str, bool] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._closed = False
        self._down: dict[str, Pressed] = {}
        """What is down, by its name, whether it is told of or not."""
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
                self._heard.put(None)  # for whoever else waits
                raise StopIteration
            return told

    def close(self) -> None:
        """Stop listening; twice does no harm."""
        if not self._closed:
            self._closed = True
            with suppress(Exception):  # of a desktop that is gone
                self._listener.stop()
            # On X it ends with the next key only, and it is a daemon that tells nobody any more.
            threading.Thread.join(self._listener, _STOP_SECONDS)
            self._heard.put(None)

    def _look(self) -> None:
        if not self._closed and not self._listener.is_alive():  # `running` stays true when the desktop dies
            raise Unavailable("The desktop has ended what listens for keys. Start it again from a terminal in the desktop.")
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
        self._down[key] = Pressed(key, number, text, now)
        if text is not None:
            self._heard.put(keys.KeyEvent(text, True, now))

    def _use_modifiers(self, other: str | None) -> None:
        """Report the modifiers that are down when another key is pressed: they are used as what they are."""
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
        # The system knows best, but not yet of the key that is being told of, nor by which of two keys a modifier is down.
        down = tracked if real is None else set(real) - ({own} - tracked)
        return tuple(each for each in keys.MODIFIERS if each in down)


class Pressed:
    """A key that is down."""

    def __init__(self, key: str, number: int | None, text: str | None, seen: float) -> None:
        self.key = key
        self.number = number
        """By which the system can be asked for it."""
        self.text = text
        """What it is told as, where it is."""
        self.seen = seen
        """When it was last heard to go down, on ``time.monotonic()``."""


def key_name(key: Any, characters: Mapping[int, str]) -> str | None:
    """The name in a chord of what pynput calls a key, ``None`` where it has none."""
    if key is None:
        return None
    if (name := getattr(key, "name", None)) is not None:  # one of its enumeration
        name = _NAMES.get(name, name)
        return name if name in keys.NAMED else None
    if (found := characters.get(key.vk)) is not None:
        return found
    character = (key.char or "").lower()
    return character if len(character) == 1 and character.isprintable() else None


def _start(press: Callable[[Any], None], release: Callable[[Any], None]) -> tuple[Mapping[int, str], Any]:
    """What each key writes, and a listener of pynput's that has begun."""
    try:
        from pynput import keyboard as pynput

        characters = keyboard.characters()
        listener = pynput.Listener(on_press=press, on_release=release)
    except Exception as error:  # it is imported without a desktop, or without one of its own libraries
        raise Unavailable(f"pynput can't listen for keys: {brief(error)}. See: voicebridge doctor") from error
    listener.start()
    ready = threading.Thread(target=listener.wait, name="pynput", daemon=True)  # it waits for a listener that failed for ever
    ready.start()
    until = time.monotonic() + _START_SECONDS
    while ready.is_alive() and listener.is_alive() and time.monotonic() < until:
        ready.join(0.01)
    if ready.is_alive() or (sys.platform == "darwin" and not getattr(listener, "IS_TRUSTED", True)):
        listener.stop()
        raise Unavailable(f"pynput can't listen for keys. {keyboard.PERMISSION if sys.platform == 'darwin' else 'See: voicebridge doctor'}")
    return characters, listener
