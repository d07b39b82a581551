"""Byte transport over a named pipe of Windows, or over the pipes of a process."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # for type checking on the platforms it is meant for

# ruff: noqa: E402, S101
import _winapi
import errno
import msvcrt
import os
import time
from contextlib import suppress
from multiprocessing.connection import PipeConnection
from typing import IO

from voicebridge.control.protocol import LARGEST
from voicebridge.control.refcount import RefCounted, closed

_CHUNK = 1 << 16
_TICK = 0.1
"""Seconds after which a waiting thread checks whether the wire was closed."""
_PEEK = 0.01
"""Seconds between checks of a process's pipe, for which Windows can't wait."""


class PipeWire(RefCounted):
    """A connected named pipe, owned by the wire from now on."""

    def __init__(self, connection: PipeConnection) -> None:
        super().__init__()
        self._connection = connection

    def read(self, seconds: float | None) -> bytes:
        """See :class:`voicebridge.control.peer.Wire`."""
        until = _until(seconds)
        with self._in_use():
            while not self._closed.is_set():
                try:
                    if self._connection.poll(max(0.0, min(_TICK, until - time.monotonic()))):
                        return self._connection.recv_bytes(LARGEST)
                except EOFError:
                    return b""
                if time.monotonic() >= until:
                    raise TimeoutError
        return b""

    def write(self, data: bytes, seconds: float | None) -> None:
        """See :class:`voicebridge.control.peer.Wire`."""
        until = _until(seconds)
        with self._in_use():
            for start in range(0, len(data), _CHUNK):
                self._write(data[start : start + _CHUNK], until)

    def _write(self, data: bytes, until: float) -> None:
        under_way, state = _winapi.WriteFile(self._connection.fileno(), data, overlapped=True)
        while state == _winapi.ERROR_IO_PENDING:
            if _winapi.WaitForMultipleObjects([under_way.event], False, int(_TICK * 1000)) != _winapi.WAIT_TIMEOUT:
                break
            if self._closed.is_set() or time.monotonic() >= until:
                under_way.cancel()
                under_way.GetOverlappedResult(True)
                raise closed() if self._closed.is_set() else TimeoutError
        _, state = under_way.GetOverlappedResult(True)
        if state:
            raise OSError(errno.EPIPE, "the pipe is closed")

    def _release(self) -> None:
        self._connection.close()


class FileWire(RefCounted):
    """The two pipes of a process."""

    def __init__(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        super().__init__()
        self._reader, self._writer = reader, writer

    def read(self, seconds: float | None) -> bytes:
        """See :class:`voicebridge.control.peer.Wire`."""
        until = _until(seconds)
        handle = msvcrt.get_osfhandle(self._reader.fileno())
        with self._in_use():
            while not self._closed.is_set():
                try:
                    waiting = int(_winapi.PeekNamedPipe(handle, 0)[0])
                except BrokenPipeError:
                    return b""
                if waiting:
                    return os.read(self._reader.fileno(), min(waiting, _CHUNK))
                if time.monotonic() >= until:
                    raise TimeoutError
                time.sleep(_PEEK)
        return b""

    def write(self, data: bytes, seconds: float | None) -> None:
        """See :class:`voicebridge.control.peer.Wire`."""
        del seconds  # a write to such a pipe can't be cancelled: it waits for the process to read or end
        left = memoryview(data)
        with self._in_use():
            while left and not self._closed.is_set():
                left = left[os.write(self._writer.fileno(), left[:_CHUNK]) :]

    def _release(self) -> None:
        for file in (self._reader, self._writer):
            with suppress(OSError):
                file.close()


def _until(seconds: float | None) -> float:
    return float("inf") if seconds is None else time.monotonic() + seconds
