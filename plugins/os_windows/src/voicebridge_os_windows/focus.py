"""The window in front."""

from __future__ import annotations

from voicebridge.errors import Unavailable
from voicebridge.ports import Window

from voicebridge_os_windows import session


class WindowsFocus:
    """Asks Windows for its foreground window."""

    def window(self) -> Window | None:
        """The window that has the focus, ``None`` when none has."""
        try:
            target = session.target()
        except Unavailable:
            return None
        return Window(f"{target.window:#x}", target.application, target.title)
