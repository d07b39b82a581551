"""Test whether the portal can be used in this session, without asking the user for permission."""

from __future__ import annotations

from voicebridge_os_linux.portal import hotkeys as _hotkeys
from voicebridge_os_linux.portal import type as _type
from voicebridge_os_linux.portal.requests import Portal

HOTKEYS = 70
TYPE = 50


def hotkeys() -> int:
    """Return the priority of the portal's hotkeys.

    Raises:
        UnavailableError: if the desktop's portal doesn't support them.
    """
    return _priority(_hotkeys.INTERFACE, HOTKEYS)


def typing() -> int:
    """Return the priority of typing with the portal.

    Raises:
        UnavailableError: if the desktop's portal doesn't support it.
    """
    return _priority(_type.INTERFACE, TYPE)


def _priority(interface: str, priority: int) -> int:
    portal = Portal(interface)
    try:
        portal.version()
    finally:
        portal.close()
    return priority
