"""Where the text of a dictation goes: where the cursor is, or on the clipboard."""

from __future__ import annotations

import time

from voicebridge.dictation.desk import Desk
from voicebridge.pipeline.deliver import Delivered
from voicebridge.ports import Window
from voicebridge.settings import DictationSettings

JOINED = 60.0
"""Seconds within which a dictation goes on where the last one in the same window ended; later the cursor may be anywhere."""


class ToDesktop:
    """Sends texts as ``[dictation] to`` and ``moved`` say; used by one thread."""

    def __init__(self, desk: Desk, settings: DictationSettings) -> None:
        self._desk, self._settings = desk, settings
        self._last: tuple[str, str, float] | None = None  # window, text, when

    def before(self, window: Window | None) -> str:
        """The text that was inserted last, where the cursor is likely to stand behind it still."""
        if window is None or self._last is None:
            return ""
        where, text, when = self._last
        return text if where == window.id and time.monotonic() - when < JOINED else ""

    def send(self, text: str, window: Window | None) -> Delivered:
        """Insert a text, or leave it on the clipboard; ``window`` had the focus when its recording began."""
        if self._settings.to == "clipboard":
            return self._desk.leave_on_clipboard(text)
        now = self._desk.window()
        if window is not None and now is not None and now.id != window.id and self._settings.moved == "hold":
            where = now.application or "another window"
            return self._desk.leave_on_clipboard(text, f"The focus has moved to {where} since you began to speak.")
        delivered = self._desk.deliver(text, now)
        if now is not None and delivered.to:
            self._last = now.id, text, time.monotonic()
        return delivered
