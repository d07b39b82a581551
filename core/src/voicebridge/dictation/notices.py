"""What the desktop shows of a dictation: one notice that stays while it is under way, and changes with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from voicebridge.dictation.desk import Desk

TAG = "dictation"
LISTENING = "Listening …"
TRANSCRIBING = "Transcribing …"
CANCELLED = "Cancelled."
NO_SPEECH = "No speech detected."


class Notices:
    """Shows them in the order in which things happen, in a thread of its own; any thread may tell.

    A recording may begin while the words of the one before are still being transcribed: from then on the notice is that of the new one.
    """

    def __init__(self, desk: Desk, wanted: bool) -> None:
        """Nothing is shown yet; unless ``wanted``, nothing ever is."""
        self._desk, self._wanted = desk, wanted
        self._lock = Lock()
        self._newest = 0
        self._last: Callable[[], object] | None = None
        self._stays = False
        self._worker = ThreadPoolExecutor(1, "dictation-notice")

    def listening(self, number: int) -> None:
        """The recording of this number has begun."""
        with self._lock:
            self._newest = number
        self._show(number, LISTENING)

    def partial(self, number: int, text: str) -> None:
        """What was understood so far."""
        self._show(number, text)

    def transcribing(self, number: int) -> None:
        """The recording has ended, and its last words are missing."""
        self._show(number, TRANSCRIBING)

    def done(self, number: int) -> None:
        """The text has arrived: nothing is left to show."""
        self._submit(number, lambda: self._desk.withdraw(TAG), stays=False)

    def ended(self, number: int, message: str) -> None:
        """The dictation has ended without a text; the notice says why, and goes after a while."""
        self._submit(number, lambda: self._desk.notify(message, TAG), stays=False)

    def problem(self, message: str) -> None:
        """Something went wrong, in a notice of its own."""
        if self._wanted:
            self._worker.submit(self._desk.notify, message)

    def close(self) -> None:
        """Show what is still to be shown, and take away what only holds while a dictation is under way."""
        if self._stays:
            self.done(self._newest)
        self._worker.shutdown()

    def _show(self, number: int, text: str) -> None:
        self._submit(number, lambda: self._desk.notify(text, TAG, lasting=True), stays=True)

    def _submit(self, number: int, show: Callable[[], object], *, stays: bool) -> None:
        """Have it shown, unless something newer is to be shown by then: a server that hangs must not hold up many."""
        with self._lock:
            if not self._wanted or number != self._newest:
                return
            self._last, self._stays = show, stays

        def run() -> None:
            if self._last is show:
                show()

        self._worker.submit(run)
