"""Find the foreground window."""

from __future__ import annotations

from voicebridge.errors import UnavailableError
from voicebridge.ports import Window

from voicebridge_os_windows import session


class WindowsFocus:
    """Queries the foreground window."""

    def window(self) -> Window | None:
        """The focused window, ``None`` if there is none."""
        try:
            target = session.target()
        except UnavailableError:
            return None
        return Window(f"{target.window:#x}", target.application, target.title)
