"""Find the frontmost application."""

from __future__ import annotations

from typing import Any

from voicebridge.ports import Window


class MacFocus:
    """Queries the frontmost application and, if permitted, its frontmost window."""

    def window(self) -> Window | None:
        """The focused window, ``None`` if no application is frontmost."""
        import AppKit

        application = AppKit.NSWorkspace.sharedWorkspace().frontmostApplication()
        if application is None:
            return None
        process = int(application.processIdentifier())
        number, title = _front_window(process)
        name = application.bundleIdentifier() or application.localizedName() or ""
        return Window(f"{process}.{number}", str(name), title or str(application.localizedName() or ""))


def _front_window(process: int) -> tuple[int, str]:
    """The number and title of an application's frontmost window; the title is empty without the permission to record the screen."""
    import Quartz

    shown = Quartz.kCGWindowListOptionOnScreenOnly | Quartz.kCGWindowListExcludeDesktopElements
    windows: list[Any] = list(Quartz.CGWindowListCopyWindowInfo(shown, Quartz.kCGNullWindowID) or ())
    for window in windows:  # frontmost first
        if window.get(Quartz.kCGWindowOwnerPID) == process and window.get(Quartz.kCGWindowLayer) == 0:
            return int(window.get(Quartz.kCGWindowNumber, 0)), str(window.get(Quartz.kCGWindowName) or "")
    return 0, ""
