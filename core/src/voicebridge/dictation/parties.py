"""With whom a dictator works: what takes its texts, and what is told of them."""

from __future__ import annotations

from typing import Protocol

from voicebridge.pipeline.deliver import Delivered
from voicebridge.ports import CursorText, Window


class Sender(Protocol):
    """Takes finished texts to where they belong."""

    def prepare(self) -> None:
        """Recordings will come; returns at once."""

    def begin(self) -> None:
        """A recording begins; returns at once."""

    def end(self) -> None:
        """The recording has ended."""

    def around(self, window: Window | None) -> CursorText | None:
        """The text around the cursor, where that is known."""

    def send(self, text: str, window: Window | None) -> Delivered:
        """Take a text there; ``window`` had the focus when its recording began."""

    def close(self) -> None:
        """Nothing more will be sent."""


class Report(Protocol):
    """Whom a dictator tells what happens; called in its threads."""

    def listening(self) -> None:
        """Sound arrives."""

    def partial(self, text: str) -> None:
        """What has been understood so far."""

    def delivered(self, text: str, delivered: Delivered) -> None:
        """A dictation is finished; the text is empty when nothing was said."""

    def problem(self, message: str) -> None:
        """Something went wrong, and what to do about it."""
