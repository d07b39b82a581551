"""The destination of dictated text: the cursor or the clipboard."""

from __future__ import annotations

from voicebridge.dictation.cursor import AroundCursor, OwnChords
from voicebridge.dictation.insert import CLIPBOARD, Delivered
from voicebridge.dictation.services import DesktopServices
from voicebridge.ports import CursorText, Window
from voicebridge.runtime.settings import DictationSettings, HotkeySettings


class ToDesktop:
    """Delivers texts as configured in ``[dictation] to`` and ``focus_changed``."""

    def __init__(self, services: DesktopServices, settings: DictationSettings, hotkeys: HotkeySettings) -> None:
        self._services, self._settings = services, settings
        is_wanted = settings.context and settings.to == "cursor"
        self._cursor = AroundCursor(services, OwnChords.of(hotkeys)) if is_wanted else None

    def prepare(self) -> None:
        """Start tracking the cursor; returns immediately."""
        if self._cursor is not None:
            self._cursor.follow()

    def begin(self) -> None:
        """A recording starts; returns immediately."""
        if self._cursor is not None:
            self._cursor.begin()

    def end(self) -> None:
        """The recording has ended."""
        if self._cursor is not None:
            self._cursor.end()

    def around(self, window: Window | None) -> CursorText | None:
        """The text around the cursor, if known; ``window`` had the focus when the recording started."""
        return self._cursor.text(window) if self._cursor is not None else None

    def send(self, text: str, window: Window | None) -> Delivered:
        """Insert a text, or copy it to the clipboard; ``window`` had the focus when its recording started."""
        if self._settings.to == "clipboard":
            return self._services.leave_on_clipboard(text)
        now = self._services.window()
        if window is not None and now is not None and now.id != window.id and self._settings.focus_changed == "hold":
            where = now.application or "another window"
            return self._services.leave_on_clipboard(text, f"The focus moved to {where} after you started speaking.")
        delivered = self._services.deliver(text, now)
        if self._cursor is not None:
            self._cursor.inserted(now, text if delivered.to not in ("", CLIPBOARD) else None)
        return delivered

    def close(self) -> None:
        """Stop tracking the cursor; calling it twice is allowed."""
        if self._cursor is not None:
            self._cursor.close()
