"""The journal for dictation: if an entry can't be written, dictation continues."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voicebridge.errors import OutputError
from voicebridge.journal.history import Entry, History


class BestEffortHistory:
    """Writes to a journal; if that fails, for example because the disk is full, the user is told once per recording."""

    def __init__(self, history: History, tell: Callable[[str], None]) -> None:
        self._history, self._tell = history, tell
        self._told = False

    def begin(self, sample_rate: int, application: str = "") -> Entry:
        """Like :meth:`History.begin`; an entry that can't be created has the number 0, and may still get a recording."""
        self._told = False
        try:
            return self._history.begin(sample_rate, application)
        except OutputError as error:
            self._complain(error)
            return self._history.unlisted(application)

    def recorded(self, number: int, duration: float, audio: Path | None = None) -> None:
        """Like :meth:`History.recorded`."""
        self._note(number, lambda: self._history.recorded(number, duration, audio))

    def transcribed(self, number: int, text: str, model: str) -> None:
        """Like :meth:`History.transcribed`."""
        self._note(number, lambda: self._history.transcribed(number, text, model))

    def delivered(self, number: int, to: str) -> None:
        """Like :meth:`History.delivered`."""
        self._note(number, lambda: self._history.delivered(number, to))

    def failed(self, number: int, problem: str) -> None:
        """Like :meth:`History.failed`."""
        self._note(number, lambda: self._history.failed(number, problem))

    def cancelled(self, number: int, duration: float) -> None:
        """Like :meth:`History.cancelled`."""
        self._note(number, lambda: self._history.cancelled(number, duration))

    def delete(self, number: int) -> None:
        """Like :meth:`History.delete`."""
        self._note(number, lambda: self._history.delete(number))

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
