"""Where processes of VoiceBridge meet, and the way in there that each platform has."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Protocol
from zlib import crc32

from voicebridge import paths
from voicebridge.control.channel import Peer

_LONGEST = 100
"""Bytes of a socket's path: no system has a shorter limit."""


class Door(Protocol):
    """Where peers come in; only one process per user has it open."""

    def accept(self) -> Peer | None:
        """The next peer, ``None`` when the door was closed.

        Raises:
            OSError: when a peer could not be let in; the next one may be.
        """
        ...

    def close(self) -> None:
        """Let nobody in any more, and have :meth:`accept` return."""
        ...


def address() -> str:
    """Where the process that listens is found: the path of its socket, or the name of its pipe."""
    if sys.platform == "win32":
        return rf"\\.\pipe\voicebridge-{os.environ.get('USERNAME', 'user')}-{crc32(str(paths.runtime_dir()).encode()):x}"
    path = paths.runtime_dir() / "control"
    if len(os.fsencode(path)) > _LONGEST:
        path = Path(tempfile.gettempdir(), f"voicebridge-{os.geteuid()}-{crc32(os.fsencode(path)):x}", "control")
    return str(path)


def open_door() -> Door:
    """Begin to listen.

    Raises:
        UsageError: when another process listens already.
        Unavailable: when the place can't be made, or is somebody else's.
    """
    if sys.platform == "win32":
        from voicebridge.control.door_windows import PipeDoor as OurDoor
    else:
        from voicebridge.control.door_posix import SocketDoor as OurDoor
    return OurDoor(address())


def connect(until: float) -> Peer:
    """Reach the process that listens, before the clock of ``time.monotonic`` reads ``until``.

    Raises:
        OSError: when none does, or it is not the user's.
    """
    if sys.platform == "win32":
        from voicebridge.control.door_windows import knock
    else:
        from voicebridge.control.door_posix import knock
    return knock(address(), until)


def is_listening() -> bool:
    """Whether a process of this user's can be asked. Takes no time, whatever that process is at."""
    if sys.platform == "win32":
        from voicebridge.control.door_windows import is_open
    else:
        from voicebridge.control.door_posix import is_open
    return is_open(address())
