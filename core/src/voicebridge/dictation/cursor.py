"""What stands around the cursor when a dictated text is inserted, from the best source that knows.

The program that has the focus is asked first. Where it doesn't answer, the text that was inserted last is behind the cursor for as long as
nothing has been pressed since, and what was typed then follows it; so it is after a restart, where the system says for how long nothing
was pressed. In all other cases nothing is known: the text begins without a space,
since a space at the start of a message, a field or a password does more harm than one that is missing between two sentences.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread

from voicebridge.dictation.desk import Desk
from voicebridge.errors import VoiceBridgeError
from voicebridge.hotkeys.listening import chords, reading_chords
from voicebridge.paths import runtime_dir
from voicebridge.ports import Cursor, CursorText, Pressed, Presses, PressWatch, Window, stand_ins
from voicebridge.settings import HotkeySettings

_FILE = "cursor.json"
_KEPT = 8
"""Characters of a text whose stand-ins are kept for the next process."""
_SLACK = 0.05
"""Seconds: the keys that insert a text are pressed a little before it counts as inserted."""
_CANCEL_SECONDS = 0.5
"""For how long after a recording the key that cancels one is still VoiceBridge's own: the presses are told a little later."""


@dataclass(frozen=True, slots=True)
class OwnChords:
    """The chords that VoiceBridge listens for."""

    always: frozenset[str] = frozenset()
    while_recording: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: HotkeySettings) -> OwnChords:
        """Those of a configuration."""
        dictation = chords(settings)
        return cls(frozenset((dictation["dictate"], *reading_chords(settings).values())), frozenset((dictation["cancel"],)))


def around(read: CursorText | None, last: str | None, pressed: Pressed | None) -> CursorText | None:
    """What is around the cursor, ``None`` where that isn't known.

    Args:
        read: what the program that has the focus says.
        last: what was inserted last, where it was into the window that has the focus.
        pressed: what was pressed since then, ``None`` where that can't be known.
    """
    followed = last + pressed.typed if last is not None and pressed is not None and not pressed.moved else None
    # An editor that draws its text by itself has an empty text field where it takes keys.
    if read is not None and not (followed and not read.before and not read.after):
        return read
    if followed is not None:
        return CursorText(followed)
    return CursorText(pressed.typed) if pressed is not None and pressed.typed else None


def _remember(last: tuple[str, str] | None) -> None:
    """Keep what the next process needs to know: the window, when, and stand-ins for the last characters of the text."""
    path = runtime_dir() / _FILE
    with suppress(OSError):
        if last is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = {"window": last[0], "text": stand_ins(last[1][-_KEPT:]), "at": time.time()}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(kept, file)


def _recall(presses: Presses) -> tuple[str, str] | None:
    """What the process before inserted last, where nothing was pressed since."""
    try:
        kept = json.loads((runtime_dir() / _FILE).read_text(encoding="utf-8"))
        window, text, at = str(kept["window"]), str(kept["text"]), float(kept["at"])
        quiet = presses.quiet()
    except (OSError, ValueError, TypeError, KeyError, VoiceBridgeError):
        return None
    return (window, text) if quiet is not None and 0 <= time.time() - at <= quiet + _SLACK else None


class AroundCursor:
    """Follows the cursor from one dictation to the next."""

    def __init__(self, desk: Desk, chords: OwnChords) -> None:
        """Prepare; nothing is watched yet.

        Args:
            desk: the services.
            chords: what is pressed for VoiceBridge, and moves no cursor.
        """
        self._desk, self._chords = desk, chords
        self._lock = Lock()
        self._closed = False
        self._watch: PressWatch | None = None
        self._cursor: Cursor | None = None
        self._last: tuple[str, str] | None = None  # window, text
        self._ends: float | None = 0.0
        """Until when the keys of a recording are VoiceBridge's own; ``None`` while one is under way."""

    def follow(self) -> None:
        """Watch from now on, unless that is done already; returns at once."""
        Thread(target=self._follow, name="dictation-cursor", daemon=True).start()

    def begin(self) -> None:
        """A recording begins: have the text field found meanwhile; returns at once."""
        self._ends = None
        Thread(target=self._look, name="dictation-cursor", daemon=True).start()

    def end(self) -> None:
        """The recording has ended."""
        self._ends = time.monotonic() + _CANCEL_SECONDS

    def text(self, window: Window | None) -> CursorText | None:
        """What is around the cursor in the window that has the focus, ``None`` where that isn't known."""
        last = self._last[1] if self._last is not None and window is not None and window.id == self._last[0] else None
        return around(self._cursor.text() if self._cursor else None, last, self._watch.pressed() if self._watch else None)

    def inserted(self, window: Window | None, text: str | None) -> None:
        """A text was inserted into a window; ``None`` where nobody knows what is in it now."""
        self._last = (window.id, text) if window is not None and text is not None else None
        _remember(self._last)
        if self._watch is not None:
            self._watch.reset()

    def close(self) -> None:
        """Stop watching; twice does no harm."""
        with self._lock:
            self._closed = True
            watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    def _look(self) -> None:
        self._follow()
        self._cursor = self._desk.cursor()
        if self._cursor is not None:
            self._cursor.look()

    def _follow(self) -> None:
        with self._lock:
            if self._watch is None and not self._closed and (presses := self._desk.presses()) is not None:
                with suppress(VoiceBridgeError):  # then nothing is known of what is pressed
                    self._watch = presses.watch(self._own)
                    if self._last is None:
                        self._last = _recall(presses)

    def _own(self) -> Collection[str]:
        ends = self._ends
        is_recording = ends is None or time.monotonic() < ends
        return self._chords.always | self._chords.while_recording if is_recording else self._chords.always
