"""Whether the services can be used here, found out without writing or showing anything."""

from __future__ import annotations

import os
import shutil

from voicebridge.errors import Unavailable

PRIORITY = 50
"""Above what works everywhere."""
_TYPING_PRIORITY = 40
"""Below pasting, which is there at once however long the text is."""


def windows() -> int:
    """A priority.

    Raises:
        Unavailable: on any other system.
    """
    if os.name != "nt":
        raise Unavailable("This is not Windows.")
    return PRIORITY


def tasks() -> int:
    """A priority.

    Raises:
        Unavailable: on any other system, and where Windows has no scheduler of tasks.
    """
    windows()
    if shutil.which("schtasks.exe") is None:
        raise Unavailable("schtasks.exe is not there. The Run key of the registry does instead.")
    return PRIORITY + 1


def desktop() -> int:
    """A priority.

    Raises:
        Unavailable: where no user sits, as in a service or over SSH.
    """
    windows()
    from voicebridge_os_windows import session

    if not session.is_interactive():
        raise Unavailable("This session has no desktop of its own, as a service has none. Run it from a terminal on the desktop.")
    return PRIORITY


def pasting() -> int:
    """A priority.

    Raises:
        Unavailable: without a desktop.
    """
    return desktop()


def typing() -> int:
    """A priority.

    Raises:
        Unavailable: without a desktop.
    """
    desktop()
    return _TYPING_PRIORITY


def notices() -> int:
    """A priority.

    Raises:
        Unavailable: without a desktop, or without a taskbar that shows notices.
    """
    desktop()
    from voicebridge_os_windows import session

    if not session.has_taskbar():
        raise Unavailable("No taskbar is running that could show notices. Start it: explorer.exe")
    return PRIORITY
