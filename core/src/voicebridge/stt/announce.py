"""Tell plugins about transcripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from voicebridge.speech import TranscriptInfo


def announce(emit: Callable[..., None], recording: Path, heard: TranscriptInfo, files: Sequence[Path]) -> None:
    """Tell that the files of a transcript are complete; nothing if it was only printed."""
    if files:
        emit(
            "transcript.written",
            recording=str(recording),
            files=[str(file) for file in files],
            model=heard.model,
            language=heard.language,
            duration=heard.duration,
        )
