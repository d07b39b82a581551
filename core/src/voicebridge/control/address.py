"""The endpoint of the control socket, for each platform."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Protocol
from zlib import crc32

from voicebridge import paths
from voicebridge.control.peer import Peer

_LONGEST = 100
"""Maximum bytes of a socket's path on any system."""


class ControlListener(Protocol):
    """Accepts connections; only one process per user can do so."""

    def accept(self) -> Peer | None:
        """The next peer, ``None`` if it was closed.

        Raises:
            OSError: if a peer could not be accepted; the next one may be.
        """
        ...

    def close(self) -> None:
        """Accept no more peers, and make :meth:`accept` return."""
        ...


def address() -> str:
    """The address of the listening process: the path of its socket, or the name of its pipe."""
    if sys.platform == "win32":
        return rf"\\.\pipe\voicebridge-{os.environ.get('USERNAME', 'user')}-{crc32(str(paths.runtime_dir()).encode()):x}"
    path = paths.runtime_dir() / "control"
    if len(os.fsencode(path)) > _LONGEST:
        path = Path(tempfile.gettempdir(), f"voicebridge-{os.geteuid()}-{crc32(os.fsencode(path)):x}", "control")
    return str(path)


def open_listener() -> ControlListener:
    """Start listening.

    Raises:
        UsageError: if another process is listening.
        UnavailableError: if the endpoint can't be created, or belongs to another user.
    """
    if sys.platform == "win32":
        from voicebridge.control.listener_windows import PipeListener as OurListener
    else:
        from voicebridge.control.listener_posix import SocketListener as OurListener
    return OurListener(address())


def connect(until: float) -> Peer:
    """Connect to the listening process, before the time ``until`` of ``time.monotonic``.

    Raises:
        OSError: if there is none, or it belongs to another user.
    """
    if sys.platform == "win32":
        from voicebridge.control.listener_windows import connect as connect_here
    else:
        from voicebridge.control.listener_posix import connect as connect_here
    return connect_here(address(), until)


def is_listening() -> bool:
    """Whether a process of this user is listening. Returns immediately, even if that process is busy."""
    if sys.platform == "win32":
        from voicebridge.control.listener_windows import is_open
    else:
        from voicebridge.control.listener_posix import is_open
    return is_open(address())
