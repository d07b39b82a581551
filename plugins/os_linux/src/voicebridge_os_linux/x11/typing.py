"""Text key by key, for windows that don't paste.

A character that the layout has is typed with its key. For the others, keys that write nothing are lent to them, as many as there are at
once, since every program has to read a changed mapping anew, and none may be changed while the window still has keys of it to read.
"""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Sequence
from contextlib import suppress

from voicebridge import PartlyInsertedError, Unavailable, Window
from Xlib.error import ConnectionClosedError, XError

from voicebridge_os_linux.keysyms import of_character
from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.focus import need_focused
from voicebridge_os_linux.x11.keyboard import Keyboard
from voicebridge_os_linux.x11.ping import Ping

BURST = 50
"""Characters that are sent at once; between two of these we look whether the window still follows."""
FOLLOW_SECONDS = 10.0
"""How long a window may take to read a burst."""
_BREATH_SECONDS, _PAUSE_SECONDS, _PAUSE_PER_KEY = 0.01, 0.2, 0.0005
"""How long windows that can't be asked are given after a burst, and before the mapping changes."""
_LOCK = threading.Lock()


class XType:
    """Inserts by typing."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - needs neither
        """Return once the window has read all keys; those that were lent write nothing again.

        Control characters other than line breaks and tabs are left out. A line break is Shift+Return.

        Raises:
            Unavailable: when nothing was inserted.
            PartlyInsertedError: when it was interrupted midway.
        """
        typed = [each for each in text if each in "\n\t" or unicodedata.category(each) != "Cc"]
        if typed:
            with _LOCK, connected() as connection:
                _Typist(connection, typed).run()


class _Typist:
    def __init__(self, connection: Connection, text: Sequence[str]) -> None:
        self._connection = connection
        self._text = text
        self._target = need_focused(connection)
        self._ping = Ping(connection, self._target)
        self._keyboard = Keyboard(connection)
        self._caps_lock = self._keyboard.caps_lock()
        # What each key that writes nothing by itself writes for now, without Shift and with it; and by character, where it is.
        self._lent: dict[int, list[str | None]] = {code: [None, None] for code in self._keyboard.spare}
        self._places: dict[str, tuple[int, bool]] = {}
        self._place = self._changed = 0  # how far the text has gone out, and how far when the mapping last changed

    def run(self) -> None:
        self._keyboard.wait_until_free()
        try:
            if self._caps_lock:
                self._keyboard.toggle_caps_lock()
            while self._place < len(self._text):
                end = self._lend()
                while self._place < end:
                    self._type(self._text[self._place : min(end, self._place + BURST)])
                    self._wait_until_read()
            self._wait_without_asking()
            self._restore(self._keyboard)
        except BaseException as error:
            # python-xlib can't go on after an interruption; and where the server is gone there is nothing to restore.
            with suppress(Unavailable), connected() as connection:
                self._restore(Keyboard(connection))
            if self._place and isinstance(error, (Unavailable, XError, ConnectionClosedError, OSError)):
                reason = str(error) if isinstance(error, Unavailable) else "The X server has gone."
                raise PartlyInsertedError(f"{reason} {self._place} of {len(self._text)} characters were typed.") from error
            raise

    def _lend(self) -> int:
        """Lend keys to as much of the text as they suffice for, and return where that ends."""
        wanted: dict[str, None] = {}
        end = self._place
        while end < len(self._text):
            character = self._text[end]
            if character not in wanted and self._keyboard.find(of_character(character)) is None:
                if len(wanted) == 2 * len(self._lent):
                    break
                wanted[character] = None
            end += 1
        if end == self._place:
            raise Unavailable("The keyboard's layout has no key left that could be lent to other characters. Paste instead.")
        self._remap([character for character in wanted if character not in self._places], set(wanted))
        return end

    def _remap(self, new: list[str], needed: set[str]) -> None:
        changed: dict[int, list[str | None]] = {}
        # Keys of which both places are free come first, so that few change.
        for code, characters in sorted(self._lent.items(), key=lambda each: len(needed & set(each[1]))):
            if not new:
                break
            changed[code] = self._lent[code] = [each if each in needed else _next(new) for each in characters]
        self._places = {written: (code, bool(level)) for code, both in self._lent.items() for level, written in enumerate(both) if written}
        if changed:
            self._wait_without_asking()
            self._keyboard.remap(changed)

    def _type(self, characters: Sequence[str]) -> None:
        if self._place and need_focused(self._connection).id != self._target.id:
            raise Unavailable("The focus has moved to another window.")
        self._keyboard.wait_until_free()
        held = False
        for character in characters:
            code, shifted = self._keyboard.find(of_character(character)) or self._places[character]
            shifted = shifted or character == "\n"  # Return alone sends messages
            if shifted != held:
                self._keyboard.hold_shift(shifted)
                held = shifted
            self._keyboard.press(code)
            self._keyboard.release(code)
        if held:
            self._keyboard.hold_shift(False)
        self._place += len(characters)  # before it is sent, as nobody knows how much of it arrives when that fails
        self._connection.sync()

    def _wait_until_read(self) -> None:
        """Return once the window has read all keys that went out."""
        if not self._ping.understood:
            time.sleep(_BREATH_SECONDS)
            return
        self._ping.ask()
        if not self._ping.wait(FOLLOW_SECONDS):
            raise Unavailable("The window has been closed." if self._ping.gone else "The window hangs.")

    def _wait_without_asking(self) -> None:
        """Before the mapping changes, give a window that can't be asked the time to read what was typed since it last did."""
        if not self._ping.understood and self._places:
            time.sleep(_PAUSE_SECONDS + _PAUSE_PER_KEY * (self._place - self._changed))
        self._changed = self._place

    def _restore(self, keyboard: Keyboard) -> None:
        keyboard.hold_shift(False)
        keyboard.remap({code: [None, None] for code, both in self._lent.items() if any(both)})
        if self._caps_lock and not keyboard.caps_lock():
            keyboard.toggle_caps_lock()


def _next(characters: list[str]) -> str | None:
    return characters.pop(0) if characters else None
