"""Noticing copies by asking, for desktops that count them: a clipboard's plugin needs no more than the number and the text."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

LOOK = 0.25
"""Seconds between two looks at the number."""


class PolledCopies:
    """What is copied from now on, until it is closed; see :class:`voicebridge.ports.Copies`."""

    def __init__(self, number: Callable[[], int], text: Callable[[], str], seconds: float = LOOK) -> None:
        """Begin.

        Args:
            number: of what is on the clipboard: another one with each change. Cheap to ask for.
            text: what is on the clipboard now, empty when it is none, or not to be told.
            seconds: between two looks.
        """
        self._number, self._text, self._seconds = number, text, seconds
        self._last = number()
        self._closed = Event()

    def __iter__(self) -> PolledCopies:
        """Give itself."""
        return self

    def __next__(self) -> str:
        """Wait for the next.

        Raises:
            StopIteration: once it has been closed.
            Unavailable: when the clipboard is gone.
        """
        while not self._closed.wait(self._seconds):
            if (number := self._number()) != self._last:
                self._last = number
                if text := self._text():
                    return text
        raise StopIteration

    def close(self) -> None:
        """Stop; any thread may call this, also while another waits."""
        self._closed.set()
