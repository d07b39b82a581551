"""Copies on Wayland as they are made: the desktop tells of each that is put on the clipboard."""

from __future__ import annotations

from contextlib import suppress
from threading import Event

from voicebridge import Unavailable

from voicebridge_os_linux.wayland.data import SECRET, Data
from voicebridge_os_linux.wayland.wire import Connection

_WAKE = 0.5
"""Seconds after which it is looked whether to go on waiting."""


class WaylandCopies:
    """See :class:`voicebridge.ports.Copies`."""

    def __init__(self) -> None:
        """Begin.

        Raises:
            Unavailable: when the desktop lets no program see the clipboard.
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
        """Give itself."""
        return self

    def __next__(self) -> str:
        """Wait for the next text.

        Raises:
            StopIteration: once it has been closed.
            Unavailable: when the desktop is gone.
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
        with suppress(Unavailable):  # an owner that hangs; the next copy may be another's
            if not self._is_secret():
                return self._data.text()
        return ""

    def _is_secret(self) -> bool:
        return any(self._data.form(kind) in (marked, None) for kind, marked in SECRET.items() if kind in self._data.types())
