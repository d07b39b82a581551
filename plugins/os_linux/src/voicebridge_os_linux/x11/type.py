"""Type text key by key, for windows that can't paste.

A character of the layout is typed with its key. For other characters, unassigned keycodes are temporarily remapped, as many as possible at
once: after each change, every program has to read the mapping again, and the mapping must not change while the window has unread keys.
"""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from voicebridge import PartlyInsertedError, UnavailableError, Window
from Xlib.error import ConnectionClosedError, XError

from voicebridge_os_linux.keysyms import of_character
from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.focus import need_focused
from voicebridge_os_linux.x11.keyboard import Keyboard
from voicebridge_os_linux.x11.ping import Ping

BURST = 50
"""Characters to send at once; after each burst, we check whether the window keeps up."""
FOLLOW_SECONDS = 10.0
"""Seconds within which a window must process a burst."""
_BREATH_SECONDS, _PAUSE_SECONDS, _PAUSE_PER_KEY = 0.01, 0.2, 0.0005
"""Seconds to wait for windows that don't support pings, after a burst, and as a minimum before the mapping changes."""
_LOCK = threading.Lock()


class XType:
    """Inserts text by typing."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - not needed
        """Return after the window has processed all keys and the remapped keycodes are unassigned again.

        Control characters other than line breaks and tabs are left out. A line break is typed as Shift+Return.

        Raises:
            UnavailableError: if nothing was inserted.
            PartlyInsertedError: if typing was interrupted.
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
        self._process = connection.process(self._target.id)
        self._ping = Ping(connection, self._target)
        self._keyboard = Keyboard(connection)
        self._caps_lock = self._keyboard.caps_lock()
        # The characters currently assigned to each spare keycode, without Shift and with it, and the places of these characters.
        self._lent: dict[int, list[str | None]] = {code: [None, None] for code in self._keyboard.spare}
        self._places: dict[str, tuple[int, bool]] = {}
        self._place = self._changed = 0  # the number of characters sent, and the same at the last change of the mapping

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
            # python-xlib can't be used after an interruption, and without the server there is nothing to restore.
            with suppress(UnavailableError), connected() as connection:
                self._restore(Keyboard(connection))
            if self._place and isinstance(error, (UnavailableError, XError, ConnectionClosedError, OSError)):
                reason = str(error) if isinstance(error, UnavailableError) else "The connection to the X server was lost."
                raise PartlyInsertedError(f"{reason} {self._place} of {len(self._text)} characters were typed.") from error
            raise

    def _lend(self) -> int:
        """Remap spare keycodes for as much of the text as possible, and return the end of that part."""
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
            raise UnavailableError("The keyboard layout has no free key for other characters. Paste instead.")
        self._remap([character for character in wanted if character not in self._places], set(wanted))
        return end

    def _remap(self, new: list[str], needed: set[str]) -> None:
        changed: dict[int, list[str | None]] = {}
        # Keycodes with two free places come first, so that few change.
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
            raise UnavailableError("The focus has moved to another window.")
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
        self._place += len(characters)  # before sending, because after a failure it is unknown how much has arrived
        self._connection.sync()

    def _wait_until_read(self) -> None:
        """Return after the window has processed all keys sent so far."""
        if not self._ping.understood:
            time.sleep(_BREATH_SECONDS)
            return
        self._ping.ask()
        if not self._ping.wait(FOLLOW_SECONDS):
            raise UnavailableError("The window has been closed." if self._ping.gone else "The window is not responding.")

    def _wait_without_asking(self) -> None:
        """Before a change of the mapping, give a window without ping support time to process the keys typed since the last change."""
        if not self._ping.understood and self._places:
            time.sleep(_PAUSE_SECONDS + _PAUSE_PER_KEY * (self._place - self._changed))
            until = time.monotonic() + FOLLOW_SECONDS
            while _has_work(self._process) and time.monotonic() < until:
                time.sleep(_BREATH_SECONDS)
        self._changed = self._place

    def _restore(self, keyboard: Keyboard) -> None:
        keyboard.hold_shift(False)
        keyboard.remap({code: [None, None] for code, both in self._lent.items() if any(both)})
        if self._caps_lock and not keyboard.caps_lock():
            keyboard.toggle_caps_lock()


def _has_work(process: int) -> bool:
    """Whether the main thread of a process is running, runnable or stopped: one that waits for input has read all keys."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "RDT"
    except OSError:  # the process has ended, or is on another machine
        return False


def _next(characters: list[str]) -> str | None:
    return characters.pop(0) if characters else None
