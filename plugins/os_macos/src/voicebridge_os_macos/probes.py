"""Whether the services can be used here, found out without writing or showing anything."""

from __future__ import annotations

import platform
from importlib.util import find_spec

from voicebridge.errors import Unavailable

PRIORITY = 50
"""Above what works everywhere."""
_TYPING_PRIORITY = 40
"""Below pasting, which is there at once however long the text is."""
_LIBRARIES = ("AppKit", "ApplicationServices", "Quartz")


def macos() -> int:
    """A priority.

    Raises:
        Unavailable: on any other system.
    """
    if platform.system() != "Darwin":
        raise Unavailable("This is not macOS.")
    return PRIORITY


def desktop() -> int:
    """A priority.

    Raises:
        Unavailable: without PyObjC, or where no user sits, as over SSH.
    """
    macos()
    if missing := [name for name in _LIBRARIES if find_spec(name) is None]:
        from voicebridge.installing import remedy

        raise Unavailable(f"PyObjC lacks {', '.join(missing)}. Reinstall it: {remedy('voicebridge-os-macos', reinstall=True)}")
    import Quartz

    if Quartz.CGSessionCopyCurrentDictionary() is None:
        raise Unavailable("This session has no desktop of its own, as over SSH. Run it from a terminal on the desktop.")
    return PRIORITY


def pasting() -> int:
    """A priority.

    Raises:
        Unavailable: without a desktop, or the permission to send keys.
    """
    desktop()
    from voicebridge_os_macos.permissions import check_typing

    check_typing()
    return PRIORITY


def typing() -> int:
    """A priority.

    Raises:
        Unavailable: without a desktop, or the permission to send keys.
    """
    pasting()
    return _TYPING_PRIORITY


def notices() -> int:
    """A priority.

    Raises:
        Unavailable: without a desktop.
    """
    return desktop()
