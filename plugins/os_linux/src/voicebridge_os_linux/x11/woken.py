"""Iterate over the events of one X connection until it is closed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from typing import IO, Generic, TypeVar

_Told = TypeVar("_Told")


class Woken(Generic[_Told]):
    """An iterator that any thread may end: a :class:`voicebridge.ports.KeyEvents` or :class:`voicebridge.ports.Copies`."""

    def __init__(self, listen: Callable[[IO[bytes]], Generator[_Told | None, None, None]]) -> None:
        """Call ``listen`` with a pipe that wakes it; it yields ``None`` once when it is ready, and after each wake-up.

        Raises:
            UnavailableError: if ``listen`` raises it before it is ready.
        """
        reads, writes = os.pipe()
        self._wake, self._waker = os.fdopen(reads, "rb", 0), os.fdopen(writes, "wb", 0)
        self._lock = threading.Lock()
        self._closed = False
        self._told = listen(self._wake)
        try:
            next(self._told)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Woken[_Told]:
        """Return itself."""
        return self

    def __next__(self) -> _Told:
        """Wait for the next event.

        Raises:
            StopIteration: after :meth:`close`.
            UnavailableError: if the X server is gone.
        """
        with self._lock:
            while not self._closed:
                if told := next(self._told):
                    return told
        raise StopIteration

    def close(self) -> None:
        """Stop; any thread may call this, also while another waits. All grabs are released when it returns."""
        if self._closed:
            return
        self._closed = True
        self._waker.write(b"x")
        with self._lock:
            self._told.close()
            self._wake.close()
            self._waker.close()
