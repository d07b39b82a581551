"""Whether the ways of Wayland can be used in this session, told without using them."""

from __future__ import annotations

import os

from voicebridge import Unavailable

from voicebridge_os_linux.wayland.focus import ASKED_BY
from voicebridge_os_linux.wayland.protocol import DATA, KEYBOARDS, WINDOWS
from voicebridge_os_linux.wayland.wire import is_offered

# All above those of X, whose ways reach the windows of X alone in a session of Wayland.
CLIPBOARD = 80
FOCUS = 80
PASTE = 90
TYPE = 70
_DATA = tuple(each.name for each in DATA)


def clipboard() -> int:
    """Priority of a clipboard that is reached without a window.

    Raises:
        Unavailable: when this desktop doesn't let programs do that.
    """
    if not is_offered(*_DATA):
        from voicebridge.installing import system_remedy

        raise Unavailable(
            f"This desktop keeps the clipboard to windows (it has no data-control protocol). Install: {system_remedy('wl-clipboard')}"
        )
    return CLIPBOARD


def focus() -> int:
    """Priority of what knows the window that has the focus.

    Raises:
        Unavailable: when this desktop tells nobody.
    """
    if not any(os.environ.get(variable) for variable in ASKED_BY) and not is_offered(WINDOWS.name):
        raise Unavailable(f"This desktop doesn't tell programs which window has the focus: it has no {WINDOWS.name}.")
    return FOCUS


def paste() -> int:
    """Priority of pasting.

    Raises:
        Unavailable: when this desktop lets no program press keys, or reach the clipboard.
    """
    clipboard()
    keyboard()
    return PASTE


def keyboard() -> int:
    """Priority of typing.

    Raises:
        Unavailable: when this desktop lets no program press keys.
    """
    if not is_offered(KEYBOARDS.name):
        raise Unavailable(f"This desktop lets no program plug in a keyboard (it has no {KEYBOARDS.name}). GNOME and KDE have portal-type.")
    return TYPE
