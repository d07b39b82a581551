"""Find the focused window."""

from __future__ import annotations

from typing import Any

from voicebridge import UnavailableError, Window
from Xlib import X
from Xlib.error import XError

from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.session import is_wayland

_DEPTH = 32
"""Maximum nesting of windows to search."""


class XFocus:
    """Asks the window manager or, without one, X itself."""

    def window(self) -> Window | None:
        """The focused window, ``None`` if there is none.

        Raises:
            UnavailableError: if the X server does not answer.
        """
        with connected() as connection:
            found = focused(connection)
            return None if found is None else describe(connection, found)


def focused(connection: Connection) -> Any | None:
    """The focused window of an application, ``None`` if there is none."""
    if (active := connection.read(connection.root, "_NET_ACTIVE_WINDOW")) is not None and len(active) and active[0]:
        window = connection.resource(active[0])
        if _exists(connection, window):  # some window managers keep naming a window after its program has died
            return window
    with connection.asking():
        focus = connection.display.get_input_focus().focus
    manager = connection.read(connection.root, "_NET_SUPPORTING_WM_CHECK")
    if focus in (X.NONE, X.PointerRoot) or focus.id in (connection.root.id, *(manager or ())):
        return None
    for _ in range(_DEPTH):
        if connection.read(focus, "WM_CLASS") is not None:
            return focus
        try:
            with connection.asking():
                parent = focus.query_tree().parent
        except XError:
            return None
        if parent == X.NONE or parent.id == connection.root.id:
            break
        focus = parent
    # Under a window manager, a window without a class does not belong to an application.
    return None if manager is not None else focus


def _exists(connection: Connection, window: Any) -> bool:
    try:
        with connection.asking():
            window.get_attributes()
    except XError:
        return False
    return True


def need_focused(connection: Connection) -> Any:
    """The focused window of an application.

    Raises:
        UnavailableError: if no window is focused.
    """
    if (found := focused(connection)) is None:
        where = (
            "No X11 window has the focus, and this method does not work for Wayland windows."
            if is_wayland()
            else "No window has the focus."
        )
        raise UnavailableError(f"{where} Click where the text should go, then try again.")
    return found


def describe(connection: Connection, window: Any) -> Window:
    """The id, application and title of a window."""
    names = _text(connection.read(window, "WM_CLASS")).split("\0")
    title = _text(connection.read(window, "_NET_WM_NAME")) or _text(connection.read(window, "WM_NAME"))
    return Window(id=f"{window.id:#x}", application=names[1] if len(names) > 1 else names[0], title=title)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
