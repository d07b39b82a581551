"""A named pipe. Other users can't write to it: by default, Windows grants access to its creator, the system and administrators only."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # for type checking on the platforms it is meant for

# ruff: noqa: E402, S101
import _winapi
import time
from contextlib import suppress
from multiprocessing.connection import Listener, PipeConnection
from typing import Any

from voicebridge import paths
from voicebridge.control.peer import Peer
from voicebridge.control.protocol import FIRST
from voicebridge.control.transport_windows import PipeWire
from voicebridge.errors import UnavailableError, UsageError
from voicebridge.files.lock import LockedFile

_GENERIC = 0xC0000000
"""Reading and writing."""


class PipeListener:
    """Listens at a name."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._closed = False
        folder = paths.runtime_dir()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = LockedFile(folder / "control.lock")
            try:
                self._pipe = Listener(address, "AF_PIPE")
            except BaseException:
                self._lock.close()
                raise
        except (BlockingIOError, PermissionError):  # through the lock, or Windows, which gives each name to one process
            raise UsageError("VoiceBridge is already running in another process. Stop it first: voicebridge daemon stop") from None
        except OSError as error:
            raise UnavailableError(
                f"{address} can't be opened as a socket: {error.strerror}. Set VOICEBRIDGE_HOME to a folder of your own."
            ) from error

    def accept(self) -> Peer | None:
        """The next peer of this user, ``None`` if it was closed."""
        connection: Any = self._pipe.accept()
        if not self._closed:
            return Peer(PipeWire(connection), limit=FIRST)
        connection.close()
        self._pipe.close()
        self._lock.close()
        return None

    def close(self) -> None:
        """Make :meth:`accept` return."""
        self._closed = True
        with suppress(OSError):
            connect(self._address, time.monotonic() + 1).close()  # a wait for peers can't be interrupted otherwise


def connect(address: str, until: float) -> Peer:
    """Connect to the process that listens at ``address``."""
    while True:
        try:
            _winapi.WaitNamedPipe(address, max(1, round((until - time.monotonic()) * 1000)))
            handle = _winapi.CreateFile(
                address, _GENERIC, 0, _winapi.NULL, _winapi.OPEN_EXISTING, _winapi.FILE_FLAG_OVERLAPPED, _winapi.NULL
            )
        except OSError as error:
            if error.winerror not in (_winapi.ERROR_SEM_TIMEOUT, _winapi.ERROR_PIPE_BUSY) or time.monotonic() >= until:
                raise
            continue
        _winapi.SetNamedPipeHandleState(handle, _winapi.PIPE_READMODE_MESSAGE, None, None)
        return Peer(PipeWire(PipeConnection(handle)))


def is_open(address: str) -> bool:
    """Whether a process listens there."""
    try:
        _winapi.WaitNamedPipe(address, 1)
    except OSError as error:
        return error.winerror == _winapi.ERROR_SEM_TIMEOUT
    return True
