"""Watch the clipboard on Wayland: the desktop reports each change."""

from __future__ import annotations

from contextlib import suppress
from threading import Event

from voicebridge import UnavailableError

from voicebridge_os_linux.wayland.data import SECRET, Data
from voicebridge_os_linux.wayland.wire import Connection

_WAKE = 0.5
"""Interval in seconds for checking whether the iterator was closed."""


class WaylandCopies:
    """See :class:`voicebridge.ports.Copies`."""

    def __init__(self) -> None:
        """Start watching.

        Raises:
            UnavailableError: if the desktop lets no program access the clipboard.
        """
        self._connection = Connection()
        self._closed = Event()
        try:
            self._data = Data(self._connection)
        except BaseException:
            self._connection.close()
            raise
        self._seen = self._data.copied

    def __iter__(self) -> WaylandCopies:
        """Return itself."""
        return self

    def __next__(self) -> str:
        """Wait for the next text.

        Raises:
            StopIteration: after :meth:`close`.
            UnavailableError: if the desktop is gone.
        """
        while not self._closed.is_set():
            if self._connection.wait(lambda: self._data.copied != self._seen, _WAKE):
                self._seen = self._data.copied
                if text := self._text():
                    return text
        self._connection.close()
        raise StopIteration

    def close(self) -> None:
        """Stop; any thread may call this, also while another waits."""
        self._closed.set()

    def _text(self) -> str:
        with suppress(UnavailableError):  # the owner hangs; the next one may answer
            if not self._is_secret():
                return self._data.text()
        return ""

    def _is_secret(self) -> bool:
        return any(self._data.form(kind) in (marked, None) for kind, marked in SECRET.items() if kind in self._data.types())
