"""A named pipe. Others can't write to it: so Windows makes them, for the user who made it, the system and administrators alone."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # so that types are checked for the platforms that it is for

# ruff: noqa: E402, S101
import _winapi
import time
from contextlib import suppress
from multiprocessing.connection import Listener, PipeConnection
from typing import Any

from voicebridge import paths
from voicebridge.control.channel import FIRST, Peer
from voicebridge.control.wire_windows import PipeWire
from voicebridge.errors import Unavailable, UsageError
from voicebridge.locked import LockedFile

_GENERIC = 0xC0000000
"""Reading and writing."""


class PipeDoor:
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
        except (BlockingIOError, PermissionError):  # by the lock, or by Windows, which gives each name to one process
            raise UsageError("VoiceBridge is listening already, in another process. Stop that one first: voicebridge daemon stop") from None
        except OSError as error:
            raise Unavailable(f"{address} can't be listened at: {error.strerror}. Set VOICEBRIDGE_HOME to a folder of your own.") from error

    def accept(self) -> Peer | None:
        """The next peer of the user's, ``None`` when the door was closed."""
        connection: Any = self._pipe.accept()
        if not self._closed:
            return Peer(PipeWire(connection), limit=FIRST)
        connection.close()
        self._pipe.close()
        self._lock.close()
        return None

    def close(self) -> None:
        """Have :meth:`accept` return."""
        self._closed = True
        with suppress(OSError):
            knock(self._address, time.monotonic() + 1).close()  # what waits for peers hears of nothing else


def knock(address: str, until: float) -> Peer:
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
    """Whether somebody listens there."""
    try:
        _winapi.WaitNamedPipe(address, 1)
    except OSError as error:
        return error.winerror == _winapi.ERROR_SEM_TIMEOUT
    return True
