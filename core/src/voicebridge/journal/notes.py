"""The journal as a dictation uses it: whatever can't be noted, the dictation goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voicebridge.errors import OutputError
from voicebridge.journal.store import Entry, Journal


class Notes:
    """Writes into a journal what becomes of recordings; where that fails, as on a full disk, the user is told once for each."""

    def __init__(self, journal: Journal, tell: Callable[[str], None]) -> None:
        self._journal, self._tell = journal, tell
        self._told = False

    def begin(self, sample_rate: int, application: str = "") -> Entry:
        """As :meth:`Journal.begin`; an entry that can't be made has the number 0, and may still get a recording."""
        self._told = False
        try:
            return self._journal.begin(sample_rate, application)
        except OutputError as error:
            self._complain(error)
            return self._journal.unlisted(application)

    def recorded(self, number: int, duration: float, audio: Path | None = None) -> None:
        """As :meth:`Journal.recorded`."""
        self._note(number, lambda: self._journal.recorded(number, duration, audio))

    def transcribed(self, number: int, text: str, model: str) -> None:
        """As :meth:`Journal.transcribed`."""
        self._note(number, lambda: self._journal.transcribed(number, text, model))

    def delivered(self, number: int, to: str) -> None:
        """As :meth:`Journal.delivered`."""
        self._note(number, lambda: self._journal.delivered(number, to))

    def failed(self, number: int, problem: str) -> None:
        """As :meth:`Journal.failed`."""
        self._note(number, lambda: self._journal.failed(number, problem))

    def cancelled(self, number: int, duration: float) -> None:
        """As :meth:`Journal.cancelled`."""
        self._note(number, lambda: self._journal.cancelled(number, duration))

    def delete(self, number: int) -> None:
        """As :meth:`Journal.delete`."""
        self._note(number, lambda: self._journal.delete(number))

    def _note(self, number: int, write: Callable[[], None]) -> None:
        if number:
            try:
                write()
            except OutputError as error:
                self._complain(error)

    def _complain(self, error: OutputError) -> None:
        if not self._told:
            self._told = True
            self._tell(str(error))
