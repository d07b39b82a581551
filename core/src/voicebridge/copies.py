"""Detect copies by polling a change counter. A clipboard plugin only provides the counter and the text."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

LOOK = 0.25
"""Seconds between two reads of the counter."""


class PolledCopies:
    """Texts copied from now on, until it is closed; see :class:`voicebridge.ports.Copies`."""

    def __init__(self, number: Callable[[], int], text: Callable[[], str], seconds: float = LOOK) -> None:
        """Start.

        Args:
            number: returns the change counter of the clipboard. It is called often, so it must be cheap.
            text: returns the text on the clipboard, empty if there is none, or if it must not be reported.
            seconds: between two reads of the counter.
        """
        self._number, self._text, self._seconds = number, text, seconds
        self._last = number()
        self._closed = Event()

    def __iter__(self) -> PolledCopies:
        """Return itself."""
        return self

    def __next__(self) -> str:
        """Wait for the next text.

        Raises:
            StopIteration: when it has been closed.
            UnavailableError: when the clipboard is gone.
        """
        while not self._closed.wait(self._seconds):
            if (number := self._number()) != self._last:
                self._last = number
                if text := self._text():
                    return text
        raise StopIteration

    def close(self) -> None:
        """Stop. It can be called from any thread, also while another one waits."""
        self._closed.set()
