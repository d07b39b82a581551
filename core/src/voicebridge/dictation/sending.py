"""Where the text of a dictation goes: where the cursor is, or on the clipboard."""

from __future__ import annotations

from voicebridge.dictation.cursor import AroundCursor, OwnChords
from voicebridge.dictation.desk import Desk
from voicebridge.pipeline.deliver import CLIPBOARD, Delivered
from voicebridge.ports import CursorText, Window
from voicebridge.settings import DictationSettings, HotkeySettings


class ToDesktop:
    """Sends texts as ``[dictation] to`` and ``moved`` say."""

    def __init__(self, desk: Desk, settings: DictationSettings, hotkeys: HotkeySettings) -> None:
        self._desk, self._settings = desk, settings
        is_wanted = settings.context and settings.to == "cursor"
        self._cursor = AroundCursor(desk, OwnChords.of(hotkeys)) if is_wanted else None

    def prepare(self) -> None:
        """Follow the cursor from now on; returns at once."""
        if self._cursor is not None:
            self._cursor.follow()

    def begin(self) -> None:
        """A recording begins; returns at once."""
        if self._cursor is not None:
            self._cursor.begin()

    def end(self) -> None:
        """The recording has ended."""
        if self._cursor is not None:
            self._cursor.end()

    def around(self, window: Window | None) -> CursorText | None:
        """The text around the cursor, where that is known; ``window`` had the focus when the recording began."""
        return self._cursor.text(window) if self._cursor is not None else None

    def send(self, text: str, window: Window | None) -> Delivered:
        """Insert a text, or leave it on the clipboard; ``window`` had the focus when its recording began."""
        if self._settings.to == "clipboard":
            return self._desk.leave_on_clipboard(text)
        now = self._desk.window()
        if window is not None and now is not None and now.id != window.id and self._settings.moved == "hold":
            where = now.application or "another window"
            return self._desk.leave_on_clipboard(text, f"The focus has moved to {where} since you began to speak.")
        delivered = self._desk.deliver(text, now)
        if self._cursor is not None:
            self._cursor.inserted(now, text if delivered.to not in ("", CLIPBOARD) else None)
        return delivered

    def close(self) -> None:
        """Stop following the cursor; twice does no harm."""
        if self._cursor is not None:
            self._cursor.close()
