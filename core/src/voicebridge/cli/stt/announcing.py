"""Tell plugins what a batch has done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from voicebridge.errors import VoiceBridgeError
from voicebridge.runtime.events import emit
from voicebridge.speech import Segment, TranscriptInfo
from voicebridge.stt.announce import announce
from voicebridge.stt.batch import BatchListener
from voicebridge.stt.job import Leftover


class Announcing:
    """Passes everything on to another listener, and tells plugins about transcripts and failures; a :class:`BatchListener`."""

    def __init__(self, following: BatchListener) -> None:
        self._following = following

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """Pass it on."""
        self._following.began(recording, duration, after)

    def restarted(self, recording: Path) -> None:
        """Pass it on."""
        self._following.restarted(recording)

    def heard(self, recording: Path, seconds: float) -> None:
        """Pass it on."""
        self._following.heard(recording, seconds)

    def diarized(self, recording: Path, seconds: float) -> None:
        """Pass it on."""
        self._following.diarized(recording, seconds)

    def said(self, recording: Path, segment: Segment) -> None:
        """Pass it on."""
        self._following.said(recording, segment)

    def finished(self, recording: Path, heard: TranscriptInfo, segments: int | None, files: Sequence[Path]) -> None:
        """Pass it on, and tell plugins."""
        self._following.finished(recording, heard, segments, files)
        announce(emit, recording, heard, files)

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """Pass it on, and tell plugins."""
        self._following.failed(recording, error)
        emit("job.failed", path=str(recording), message=str(error))

    def kept(self, recording: Path, kept: Leftover) -> None:
        """Pass it on."""
        self._following.kept(recording, kept)
