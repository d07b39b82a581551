"""Copies on X as they are made: the server tells of each new owner of the clipboard."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Generator
from contextlib import suppress

from voicebridge import Unavailable
from Xlib import X
from Xlib.ext import xfixes

from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.fetching import fetch, targets, text
from voicebridge_os_linux.x11.offers import SECRET

LARGEST = 4 * 1024 * 1024
"""Bytes of text that are told of."""


class XCopies:
    """See :class:`voicebridge.ports.Copies`."""

    def __init__(self) -> None:
        """Begin.

        Raises:
            Unavailable: when the X server does not answer, or has no XFixes.
        """
        reads, writes = os.pipe()
        self._wake, self._waker = os.fdopen(reads, "rb", 0), os.fdopen(writes, "wb", 0)
        self._lock = threading.Lock()
        self._closed = False
        self._told = self._listen()
        try:
            next(self._told)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> XCopies:
        """Give itself."""
        return self

    def __next__(self) -> str:
        """Wait for the next text.

        Raises:
            StopIteration: once it has been closed.
            Unavailable: when the X server is gone.
        """
        with self._lock:
            while not self._closed:
                if told := next(self._told):
                    return told
        raise StopIteration

    def close(self) -> None:
        """Stop; any thread may call this, also while another waits."""
        if self._closed:
            return
        self._closed = True
        self._waker.write(b"x")
        with self._lock:
            self._told.close()
            self._wake.close()
            self._waker.close()

    def _listen(self) -> Generator[str, None, None]:
        with connected() as connection:
            if not connection.display.has_extension("XFIXES"):
                raise Unavailable("This X server does not tell of copies: it has no XFixes. Leave reading.copied off.")
            with connection.asking():
                connection.display.xfixes_query_version()
                clipboard = connection.display.intern_atom("CLIPBOARD")
                connection.display.xfixes_select_selection_input(connection.window, clipboard, xfixes.XFixesSetSelectionOwnerNotifyMask)
            connection.sync()
            yield ""
            while True:
                event = connection.next_event(math.inf, self._wake)
                if event is None:
                    yield ""
                elif type(event).__name__ == "SetSelectionOwnerNotify" and event.owner.id != X.NONE:
                    yield _copied()


def _copied() -> str:
    # An owner may not answer, and the next copy may be another's; who waits for an owner on one connection misses that.
    with suppress(Unavailable), connected() as connection:
        offered = targets(connection, "CLIPBOARD")
        if SECRET not in offered:
            return text(connection, "CLIPBOARD", LARGEST)
        secret = fetch(connection, "CLIPBOARD", SECRET)
        if secret is not None and secret.data != b"secret":
            return text(connection, "CLIPBOARD", LARGEST)
    return ""
