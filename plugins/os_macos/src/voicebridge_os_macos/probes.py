"""Test whether the services can be used, without inserting or showing anything."""

from __future__ import annotations

import platform
from importlib.util import find_spec

from voicebridge.errors import UnavailableError

PRIORITY = 50
"""Above the services that work on every system."""
_TYPING_PRIORITY = 40
"""Below pasting, which is immediate for texts of any length."""
_LIBRARIES = ("AppKit", "ApplicationServices", "Quartz")


def macos() -> int:
    """Return the priority of services that need only macOS.

    Raises:
        UnavailableError: on any other system.
    """
    if platform.system() != "Darwin":
        raise UnavailableError("This is not macOS.")
    return PRIORITY


def desktop() -> int:
    """Return the priority of services that need a desktop.

    Raises:
        UnavailableError: without PyObjC, or without an interactive session, as over SSH.
    """
    macos()
    if missing := [name for name in _LIBRARIES if find_spec(name) is None]:
        from voicebridge.installing import remedy

        raise UnavailableError(f"PyObjC lacks {', '.join(missing)}. Reinstall it: {remedy('voicebridge-os-macos', reinstall=True)}")
    import Quartz

    if Quartz.CGSessionCopyCurrentDictionary() is None:
        raise UnavailableError("This session has no desktop (is it an SSH session?). Run it from a terminal on the desktop.")
    return PRIORITY


def pasting() -> int:
    """Return the priority of pasting.

    Raises:
        UnavailableError: without a desktop, or without the permission to send keys.
    """
    desktop()
    from voicebridge_os_macos.permissions import check_typing

    check_typing()
    return PRIORITY


def typing() -> int:
    """Return the priority of typing.

    Raises:
        UnavailableError: without a desktop, or without the permission to send keys.
    """
    pasting()
    return _TYPING_PRIORITY


def notices() -> int:
    """Return the priority of notifications.

    Raises:
        UnavailableError: without a desktop.
    """
    return desktop()
