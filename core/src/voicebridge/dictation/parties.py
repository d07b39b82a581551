"""The objects that a dictator uses: the destination of texts, and the receiver of events."""

from __future__ import annotations

from typing import Protocol

from voicebridge.dictation.insert import Delivered
from voicebridge.ports import CursorText, Window


class Sender(Protocol):
    """The destination of finished texts."""

    def prepare(self) -> None:
        """Recordings will follow; returns immediately."""

    def begin(self) -> None:
        """A recording starts; returns immediately."""

    def end(self) -> None:
        """The recording has ended."""

    def around(self, window: Window | None) -> CursorText | None:
        """The text around the cursor, if known."""

    def send(self, text: str, window: Window | None) -> Delivered:
        """Deliver a text; ``window`` had the focus when its recording started."""

    def close(self) -> None:
        """No more texts will follow."""


class DictationReport(Protocol):
    """Receives the events of a dictator, in its threads."""

    def listening(self) -> None:
        """The microphone delivers audio."""

    def partial(self, text: str) -> None:
        """The transcript so far."""

    def delivered(self, text: str, delivered: Delivered) -> None:
        """A dictation is finished; the text is empty if no speech was detected."""

    def problem(self, message: str) -> None:
        """An error, with what to do."""
