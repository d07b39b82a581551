"""What every writer of a transcript is told, and what it has to be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voicebridge.speech import Segment


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a recording when it has been heard to the end."""

    duration: float
    """Seconds."""
    language: str | None
    """ISO 639-1 code."""
    model: str
    """Full name."""
    task: str
    """``transcribe`` or ``translate``."""
    start: float = 0.0
    """Seconds of the recording at which it begins."""


class TranscriptWriter(Protocol):
    """Writes one transcript to one text file."""

    def write(self, segment: Segment) -> None:
        """Take the next segment."""
        ...

    def finish(self, heard: Heard) -> None:
        """Write what comes at the end; the file stays open."""
        ...
