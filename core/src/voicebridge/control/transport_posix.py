"""Byte transport over a socket or pipes, where the system can wait for either."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # for type checking on the platforms it is meant for

# ruff: noqa: E402, S101
import os
import select
import socket
import time
from contextlib import suppress
from typing import IO

from voicebridge.control.refcount import RefCounted, closed

_CHUNK = 1 << 16


class _Wire(RefCounted):
    """Reads from one file descriptor and writes to one. They are closed when the last thread that uses them is done."""

    def __init__(self, reader: int, writer: int) -> None:
        super().__init__()
        self._reader, self._writer = reader, writer
        os.set_blocking(writer, False)  # or a large line would block in the system, without a time-out

    def read(self, seconds: float | None) -> bytes:
        """See :class:`voicebridge.control.peer.Wire`."""
        until = None if seconds is None else time.monotonic() + seconds
        with self._in_use():
            while True:
                self._wait(self._reader, select.POLLIN, until)
                if self._closed.is_set():
                    return b""
                with suppress(BlockingIOError):
                    return os.read(self._reader, _CHUNK)

    def write(self, data: bytes, seconds: float | None) -> None:
        """See :class:`voicebridge.control.peer.Wire`."""
        until = None if seconds is None else time.monotonic() + seconds
        left = memoryview(data)
        with self._in_use():
            while left:
                self._wait(self._writer, select.POLLOUT, until)
                if self._closed.is_set():
                    raise closed()
                with suppress(BlockingIOError):
                    left = left[os.write(self._writer, left[:_CHUNK]) :]

    def _wait(self, handle: int, event: int, until: float | None) -> None:
        """Return when the handle is ready or the wire was closed."""
        waiting = select.poll()
        waiting.register(handle, event)
        if (woken := self._woken()) is not None:
            waiting.register(woken, select.POLLIN)
        left = None if until is None else max(0, round((until - time.monotonic()) * 1000 + 0.5))
        if not waiting.poll(left):
            raise TimeoutError

    def _woken(self) -> int | None:
        """Becomes readable when the wire is closed, if the handles themselves don't."""
        return None


class SocketWire(_Wire):
    """A connected socket, owned by the wire from now on."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        super().__init__(connection.fileno(), connection.fileno())

    def _wake(self) -> None:
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _release(self) -> None:
        self._connection.close()


class FileWire(_Wire):
    """Two pipes."""

    def __init__(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        self._files = (reader, writer)
        self._bell = os.pipe()
        super().__init__(reader.fileno(), writer.fileno())

    def _woken(self) -> int | None:
        return self._bell[0]

    def _wake(self) -> None:
        os.write(self._bell[1], b"!")

    def _release(self) -> None:
        for file in self._files:
            with suppress(OSError):
                file.close()
        for handle in self._bell:
            os.close(handle)
