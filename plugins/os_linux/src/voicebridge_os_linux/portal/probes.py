"""Whether the portal can be used in this session; the user is asked for nothing yet."""

from __future__ import annotations

from voicebridge_os_linux.portal import hotkeys as _hotkeys
from voicebridge_os_linux.portal import typing as _typing
from voicebridge_os_linux.portal.requests import Portal

HOTKEYS = 70
TYPE = 50


def hotkeys() -> int:
    """Priority of keys that the desktop tells of.

    Raises:
        Unavailable: when its portal has no such thing.
    """
    return _priority(_hotkeys.INTERFACE, HOTKEYS)


def typing() -> int:
    """Priority of keys that the desktop presses.

    Raises:
        Unavailable: when its portal has no such thing.
    """
    return _priority(_typing.INTERFACE, TYPE)


def _priority(interface: str, priority: int) -> int:
    portal = Portal(interface)
    try:
        portal.version()
    finally:
        portal.close()
    return priority
