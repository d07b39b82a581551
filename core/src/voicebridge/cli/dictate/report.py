"""Messages of ``voicebridge dictate``: listening, the words so far, and where the text went."""

from __future__ import annotations

from voicebridge.cli.shared.terminal import Remarks
from voicebridge.dictation.insert import Delivered


class DictateReport:
    """Prints on stderr; on a terminal, words that are not final are in one line that is replaced."""

    def __init__(self, remarks: Remarks) -> None:
        self._remarks = remarks

    def listening(self) -> None:
        """The microphone delivers audio."""
        self._remarks.detail("Listening.")
        self._remarks.line.draw("Listening …")

    def partial(self, text: str) -> None:
        """The transcript so far; its end, if it doesn't fit a line."""
        self._remarks.line.draw(text)

    def delivered(self, text: str, delivered: Delivered) -> None:
        """A dictation is finished."""
        self._remarks.line.clear()
        if not text:
            self._remarks.say("No speech detected.")
            return
        self._remarks.say(f"{len(text)} characters: {delivered.to or 'not delivered'}.")

    def problem(self, message: str) -> None:
        """An error."""
        self._remarks.error(message)
