"""What is closed when the last thread that uses it is done."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class InUse:
    """Counts who uses what is underneath; :meth:`close` may come from any thread, while others are at it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._closed = Event()

    def close(self) -> None:
        """As :class:`voicebridge.control.channel.Wire` has it."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            if self._users == 0:
                self._release()
            else:
                self._wake()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        with self._lock:
            if self._closed.is_set():
                raise closed()
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._closed.is_set() and self._users == 0:
                    self._release()

    def _wake(self) -> None:
        """Have those who wait look whether it was closed; nothing is to be done where they look by themselves."""

    def _release(self) -> None:
        raise NotImplementedError


def closed() -> OSError:
    """What is raised for who comes too late."""
    return OSError(errno.EBADF, "closed")
