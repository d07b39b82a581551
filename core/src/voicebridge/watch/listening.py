"""What a worker hears of the batch that transcribes for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from voicebridge.errors import VoiceBridgeError
from voicebridge.pipeline.recording import Kept
from voicebridge.sinks.formats import Heard
from voicebridge.speech import Segment


class Outcomes(Protocol):
    """Takes in what became of each file."""

    def finished(self, path: Path) -> None:
        """The outputs of a file are in their places."""

    def failed(self, path: Path, error: VoiceBridgeError) -> None:
        """A file could not be done, or, after :meth:`finished`, was damaged."""


class Listener:
    """Passes on to a worker what its batch tells; a :class:`voicebridge.pipeline.batch.Listener`."""

    def __init__(self, worker: Outcomes) -> None:
        self._worker = worker

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """Nothing."""

    def restarted(self, recording: Path) -> None:
        """Nothing: nobody asked for going on."""

    def heard(self, recording: Path, seconds: float) -> None:
        """Nothing."""

    def said(self, recording: Path, segment: Segment) -> None:
        """Nothing: it is in its log."""

    def finished(self, recording: Path, heard: Heard, segments: int, files: Sequence[Path]) -> None:  # noqa: ARG002 - a Listener's
        """Take it in."""
        self._worker.finished(recording)

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """Take it in."""
        self._worker.failed(recording, error)

    def kept(self, recording: Path, kept: Kept) -> None:
        """Nothing: it is gone on with."""
