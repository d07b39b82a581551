"""Test whether the services can be used, without inserting or showing anything."""

from __future__ import annotations

import os
import shutil

from voicebridge.errors import UnavailableError

PRIORITY = 50
"""Above the services that work on every system."""
_TYPING_PRIORITY = 40
"""Below pasting, which is immediate for texts of any length."""


def windows() -> int:
    """Return the priority of services that need only Windows.

    Raises:
        UnavailableError: on any other system.
    """
    if os.name != "nt":
        raise UnavailableError("This is not Windows.")
    return PRIORITY


def tasks() -> int:
    """Return the priority of scheduled tasks.

    Raises:
        UnavailableError: on any other system, or if Windows has no Task Scheduler.
    """
    windows()
    if shutil.which("schtasks.exe") is None:
        raise UnavailableError("schtasks.exe is missing. The Run key of the registry is used instead.")
    return PRIORITY + 1


def desktop() -> int:
    """Return the priority of services that need a desktop.

    Raises:
        UnavailableError: without an interactive session, as in a service or over SSH.
    """
    windows()
    from voicebridge_os_windows import session

    if not session.is_interactive():
        raise UnavailableError("This session has no desktop (is it a service?). Run it from a terminal on the desktop.")
    return PRIORITY


def pasting() -> int:
    """Return the priority of pasting.

    Raises:
        UnavailableError: without a desktop.
    """
    return desktop()


def typing() -> int:
    """Return the priority of typing.

    Raises:
        UnavailableError: without a desktop.
    """
    desktop()
    return _TYPING_PRIORITY


def notices() -> int:
    """Return the priority of notifications.

    Raises:
        UnavailableError: without a desktop, or without a taskbar that shows notifications.
    """
    desktop()
    from voicebridge_os_windows import session

    if not session.has_taskbar():
        raise UnavailableError("The taskbar, which shows notifications, is not running. Start it: explorer.exe")
    return PRIORITY
