"""The desktop notification of a dictation, which stays while it is in progress and shows its state."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from voicebridge.dictation.services import DesktopServices

TAG = "dictation"
LISTENING = "Listening …"
TRANSCRIBING = "Transcribing …"
CANCELLED = "Cancelled."
NO_SPEECH = "No speech detected."


class Notices:
    """Shows notifications in the order of events, in its own thread; events can be reported from any thread.

    A recording may start while the previous one is still being transcribed: from then on, the notification shows the new one.
    """

    def __init__(self, services: DesktopServices, wanted: bool) -> None:
        """Nothing is shown yet; nor later, unless ``wanted``."""
        self._services, self._wanted = services, wanted
        self._lock = Lock()
        self._newest = 0
        self._last: Callable[[], object] | None = None
        self._stays = False
        self._worker = ThreadPoolExecutor(1, "dictation-notice")

    def listening(self, number: int) -> None:
        """The recording with this number has started."""
        with self._lock:
            self._newest = number
        self._show(number, LISTENING)

    def partial(self, number: int, text: str) -> None:
        """The transcript so far."""
        self._show(number, text)

    def transcribing(self, number: int) -> None:
        """The recording has ended, and its last words are being transcribed."""
        self._show(number, TRANSCRIBING)

    def done(self, number: int) -> None:
        """The text is inserted: remove the notification."""
        self._submit(number, lambda: self._services.withdraw(TAG), stays=False)

    def ended(self, number: int, message: str) -> None:
        """The dictation ended without a text; the notification gives the reason, and disappears after a while."""
        self._submit(number, lambda: self._services.notify(message, TAG), stays=False)

    def problem(self, message: str) -> None:
        """An error, in a separate notification."""
        if self._wanted:
            self._worker.submit(self._services.notify, message)

    def close(self) -> None:
        """Show what is pending, and remove what only applies during a dictation."""
        if self._stays:
            self.done(self._newest)
        self._worker.shutdown()

    def _show(self, number: int, text: str) -> None:
        self._submit(number, lambda: self._services.notify(text, TAG, lasting=True), stays=True)

    def _submit(self, number: int, show: Callable[[], object], *, stays: bool) -> None:
        """Queue a notification, unless a newer one replaces it by then: a server that hangs must not delay many."""
        with self._lock:
            if not self._wanted or number != self._newest:
                return
            self._last, self._stays = show, stays

        def run() -> None:
            if self._last is show:
                show()

        self._worker.submit(run)
