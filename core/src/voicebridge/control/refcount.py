"""Close a resource when the last thread that uses it is done."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class RefCounted:
    """Counts the users of a resource; :meth:`close` can be called from any thread while others use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._closed = Event()

    def close(self) -> None:
        """See :class:`voicebridge.control.peer.Wire`."""
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
        """Wake up waiting threads to check whether it was closed; does nothing if they check themselves."""

    def _release(self) -> None:
        raise NotImplementedError


def closed() -> OSError:
    """The error after it was closed."""
    return OSError(errno.EBADF, "closed")
