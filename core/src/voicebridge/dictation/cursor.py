"""The text around the cursor when a dictated text is inserted, from the best available source.

The focused program is asked first. If it doesn't answer, the text inserted last is assumed to be before the cursor as long as nothing has
been pressed since, followed by what was typed; after a restart too, if the system reports for how long nothing was pressed. Otherwise
nothing is known: the text starts without a space, because a space at the start of a message, a field or a password does more harm than a
missing one between two sentences.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread

from voicebridge.dictation.services import DesktopServices
from voicebridge.errors import VoiceBridgeError
from voicebridge.paths import runtime_dir
from voicebridge.ports import Cursor, CursorText, Pressed, Presses, PressWatch, Window, stand_ins
from voicebridge.runtime.settings import HotkeySettings

_FILE = "cursor.json"
_KEPT = 8
"""Number of characters whose classes are saved for the next process."""
_SLACK = 0.05
"""Seconds: the keys that insert a text are pressed shortly before it counts as inserted."""
_CANCEL_SECONDS = 0.5
"""Seconds after a recording during which the cancel key still counts as VoiceBridge's own, because presses are reported with a delay."""


@dataclass(frozen=True, slots=True)
class OwnChords:
    """VoiceBridge's hotkeys."""

    always: frozenset[str] = frozenset()
    while_recording: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: HotkeySettings) -> OwnChords:
        """Those of a configuration."""
        chords = settings.chords()
        cancel = chords.pop("cancel")
        return cls(frozenset(chords.values()), frozenset((cancel,)))


def around(read: CursorText | None, last: str | None, pressed: Pressed | None) -> CursorText | None:
    """The text around the cursor, ``None`` if unknown.

    Args:
        read: the answer of the focused program.
        last: the text inserted last, if it was into the focused window.
        pressed: what was pressed since then, ``None`` if unknown.
    """
    followed = last + pressed.typed if last is not None and pressed is not None and not pressed.moved else None
    # An editor that draws its own text receives keys in an empty text field.
    if read is not None and not (followed and not read.before and not read.after):
        return read
    if followed is not None:
        return CursorText(followed)
    return CursorText(pressed.typed) if pressed is not None and pressed.typed else None


def _remember(last: tuple[str, str] | None) -> None:
    """Save what the next process needs: the window, the time, and the classes of the text's last characters."""
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
    """What the previous process inserted last, if nothing was pressed since."""
    try:
        kept = json.loads((runtime_dir() / _FILE).read_text(encoding="utf-8"))
        window, text, at = str(kept["window"]), str(kept["text"]), float(kept["at"])
        quiet = presses.quiet()
    except (OSError, ValueError, TypeError, KeyError, VoiceBridgeError):
        return None
    return (window, text) if quiet is not None and 0 <= time.time() - at <= quiet + _SLACK else None


class AroundCursor:
    """Tracks the cursor from one dictation to the next."""

    def __init__(self, services: DesktopServices, chords: OwnChords) -> None:
        """Prepare; nothing is observed yet.

        Args:
            services: the services.
            chords: VoiceBridge's hotkeys, which don't move the cursor.
        """
        self._services, self._chords = services, chords
        self._lock = Lock()
        self._closed = False
        self._watch: PressWatch | None = None
        self._cursor: Cursor | None = None
        self._last: tuple[str, str] | None = None  # window, text
        self._ends: float | None = 0.0
        """Until when the keys of a recording count as VoiceBridge's own; ``None`` while one is in progress."""

    def follow(self) -> None:
        """Start observing, unless already started; returns immediately."""
        Thread(target=self._follow, name="dictation-cursor", daemon=True).start()

    def begin(self) -> None:
        """A recording starts: find the text field in the meantime; returns immediately."""
        self._ends = None
        Thread(target=self._look, name="dictation-cursor", daemon=True).start()

    def end(self) -> None:
        """The recording has ended."""
        self._ends = time.monotonic() + _CANCEL_SECONDS

    def text(self, window: Window | None) -> CursorText | None:
        """The text around the cursor in the focused window, ``None`` if unknown."""
        last = self._last[1] if self._last is not None and window is not None and window.id == self._last[0] else None
        return around(self._cursor.text() if self._cursor else None, last, self._watch.pressed() if self._watch else None)

    def inserted(self, window: Window | None, text: str | None) -> None:
        """A text was inserted into a window; ``None`` if the window's text is unknown now."""
        self._last = (window.id, text) if window is not None and text is not None else None
        _remember(self._last)
        if self._watch is not None:
            self._watch.reset()

    def close(self) -> None:
        """Stop observing; calling it twice is allowed."""
        with self._lock:
            self._closed = True
            watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    def _look(self) -> None:
        self._follow()
        self._cursor = self._services.cursor()
        if self._cursor is not None:
            self._cursor.look()

    def _follow(self) -> None:
        with self._lock:
            if self._watch is None and not self._closed and (presses := self._services.presses()) is not None:
                with suppress(VoiceBridgeError):  # then key presses are unknown
                    self._watch = presses.watch(self._own)
                    if self._last is None:
                        self._last = _recall(presses)

    def _own(self) -> Collection[str]:
        ends = self._ends
        is_recording = ends is None or time.monotonic() < ends
        return self._chords.always | self._chords.while_recording if is_recording else self._chords.always
