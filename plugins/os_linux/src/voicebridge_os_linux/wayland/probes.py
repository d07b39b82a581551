"""Test whether the Wayland services can be used in this session, without using them."""

from __future__ import annotations

import os

from voicebridge import UnavailableError

from voicebridge_os_linux.wayland.focus import ASKED_BY
from voicebridge_os_linux.wayland.protocol import DATA, KEYBOARDS, WINDOWS
from voicebridge_os_linux.wayland.wire import is_offered

# All above the priorities of X, whose services only reach X windows in a Wayland session.
CLIPBOARD = 80
FOCUS = 80
PASTE = 90
TYPE = 70
_DATA = tuple(each.name for each in DATA)


def clipboard() -> int:
    """Return the priority of a clipboard that needs no window.

    Raises:
        UnavailableError: if this desktop doesn't let programs access it.
    """
    if not is_offered(*_DATA):
        from voicebridge.installing import system_remedy

        raise UnavailableError(
            f"This desktop gives only focused windows access to the clipboard (it has no data-control protocol). Install: "
            f"{system_remedy('wl-clipboard')}"
        )
    return CLIPBOARD


def focus() -> int:
    """Return the priority of the focused window.

    Raises:
        UnavailableError: if this desktop doesn't report it.
    """
    if not any(os.environ.get(variable) for variable in ASKED_BY) and not is_offered(WINDOWS.name):
        raise UnavailableError(f"This desktop doesn't report the focused window: it has no {WINDOWS.name}.")
    return FOCUS


def paste() -> int:
    """Return the priority of pasting.

    Raises:
        UnavailableError: if this desktop doesn't let programs press keys, or access the clipboard.
    """
    clipboard()
    keyboard()
    return PASTE


def keyboard() -> int:
    """Return the priority of typing.

    Raises:
        UnavailableError: if this desktop doesn't let programs press keys.
    """
    if not is_offered(KEYBOARDS.name):
        raise UnavailableError(
            f"This desktop doesn't allow virtual keyboards (it has no {KEYBOARDS.name}). On GNOME and KDE use portal-type."
        )
    return TYPE
