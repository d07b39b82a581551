"""Passes the events of a batch to its worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from voicebridge.errors import VoiceBridgeError
from voicebridge.speech import Segment, TranscriptInfo
from voicebridge.stt.announce import announce
from voicebridge.stt.job import Leftover


class Outcomes(Protocol):
    """Receives the result of each file."""

    def finished(self, path: Path) -> None:
        """The outputs of a file are complete."""

    def failed(self, path: Path, error: VoiceBridgeError) -> None:
        """A file failed, or, after :meth:`finished`, was damaged."""


class FolderListener:
    """Passes the events of a batch to a worker; a :class:`voicebridge.stt.batch.Listener`."""

    def __init__(self, worker: Outcomes, emit: Callable[..., None]) -> None:
        self._worker, self._emit = worker, emit

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """Does nothing."""

    def restarted(self, recording: Path) -> None:
        """Does nothing: resuming was not requested by a user."""

    def heard(self, recording: Path, seconds: float) -> None:
        """Does nothing."""

    def diarized(self, recording: Path, seconds: float) -> None:
        """Does nothing."""

    def said(self, recording: Path, segment: Segment) -> None:
        """Does nothing: it is in its log."""

    def finished(self, recording: Path, heard: TranscriptInfo, segments: int | None, files: Sequence[Path]) -> None:  # noqa: ARG002
        """Pass it on, and tell plugins."""
        self._worker.finished(recording)
        announce(self._emit, recording, heard, files)

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """Pass it on."""
        self._worker.failed(recording, error)

    def kept(self, recording: Path, kept: Leftover) -> None:
        """Does nothing: it will be resumed."""
