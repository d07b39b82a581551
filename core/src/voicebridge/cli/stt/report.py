"""Messages of ``voicebridge stt``: for people on stderr, or for programs on stdout."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from voicebridge.cli.shared.terminal import ProgressBars, Remarks
from voicebridge.errors import VoiceBridgeError
from voicebridge.speech import Segment, TranscriptInfo
from voicebridge.stt.batch import BatchListener
from voicebridge.stt.formats.json_fields import rounded, segment_fields
from voicebridge.stt.formats.text import clock
from voicebridge.stt.job import Leftover


class SttReport:
    """Prints messages for people; a :class:`voicebridge.stt.batch.BatchListener`."""

    def __init__(self, remarks: Remarks, bars: ProgressBars, recordings: Sequence[Path], start: float, *, channels: bool = False) -> None:
        """Prepare for these ``recordings``, each from ``start`` (s); ``channels`` is whether channels are transcribed separately."""
        self._remarks = remarks
        self._bars = bars
        self._recordings = len(recordings)
        self._order = {recording: number for number, recording in enumerate(recordings)}
        self._start = start
        self._channels = channels
        self._began: dict[Path, tuple[float, float]] = {}  # clock time, and position in the recording
        self._done = 0
        self._failures: list[tuple[int, VoiceBridgeError]] = []

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """Show its bar."""
        first = max(0.0, after - self._start)
        self._began[recording] = time.monotonic(), first
        self._bars.begin(recording, duration, first)
        if after:
            self._remarks.detail(f"{recording}: resuming at {clock(after)}.")

    def restarted(self, recording: Path) -> None:
        """Print a message."""
        what = "channels that are transcribed separately" if self._channels else "the model"
        self._remarks.say(f"{recording}: starting over, since {what} can't resume in the middle of a recording.")

    def heard(self, recording: Path, seconds: float) -> None:
        """Move its bar."""
        self._bars.heard(recording, seconds - self._start)

    def diarized(self, recording: Path, seconds: float) -> None:
        """Show in its bar how far the diarizer is."""
        self._bars.diarized(recording, seconds - self._start)

    def said(self, recording: Path, segment: Segment) -> None:  # noqa: ARG002 - only one recording shows drafts
        """Show a draft; the text itself is printed, or written to its file."""
        if segment.final:
            self._remarks.line.clear()
        else:
            self._remarks.line.draw(segment.text)

    def finished(self, recording: Path, heard: TranscriptInfo, segments: int | None, files: Sequence[Path]) -> None:
        """Print the files, and with --verbose the speed."""
        self._remarks.line.clear()
        self._bars.heard(recording, heard.duration)
        self._bars.end(recording)
        self._done += 1
        for file in files:
            self._remarks.say(f"Wrote {file}")
        if segments == 0:
            self._remarks.say(f"{recording}: no speech detected.")
        began, first = self._began.pop(recording, (time.monotonic(), 0.0))
        if segments is None:
            return
        took, work = time.monotonic() - began, heard.duration - first
        factor = took / work if work else 0.0
        self._remarks.detail(
            f"{recording}: {work:.1f} s of audio in {took:.1f} s (real-time factor {factor:.2f}), "
            f"{segments} segments, language {heard.language or 'unknown'}."
        )

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """Collect the message for the end, so that all failures are together; a single recording's message is printed immediately."""
        self._bars.end(recording)
        if self._recordings == 1:
            self._remarks.error(str(error))
        else:
            self._failures.append((self._order[recording], error))

    def kept(self, recording: Path, kept: Leftover) -> None:
        """Print the partial transcript and how to resume."""
        whole = f" of {clock(kept.duration)}" if kept.duration else ""
        text = f" The transcript so far is in {_listed(kept.files)}." if kept.files else ""
        go_on = " Continue with --resume." if kept.resumable and self._recordings == 1 else ""
        self._remarks.say(f"{recording}: interrupted at {clock(kept.at - self._start)}{whole}.{text}{go_on}")

    def close(self, *, interrupted: bool, files: bool) -> None:
        """Print failures and how many recordings are done; ``files`` is whether a run with ``--resume`` would find any."""
        for _, error in sorted(self._failures, key=itemgetter(0)):
            self._remarks.error(str(error))
        if self._recordings > 1 and interrupted:
            rest = " Run the same command with --resume to finish." if files else ""
            self._remarks.say(f"{self._done} of {self._recordings} recordings done.{rest}")
        elif self._failures:
            failed = len(self._failures)
            self._remarks.say(f"{self._recordings - failed} of {self._recordings} recordings done, {failed} failed.")


class JsonLines:
    """Prints JSON Lines for programs, and passes everything on to another listener."""

    def __init__(self, stdout: TextIO, following: BatchListener) -> None:
        self._stdout = stdout
        self._following = following

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """``began``; with ``after`` if an earlier run printed the segments up to there."""
        self._print("began", recording, duration=duration and rounded(duration), **({"after": rounded(after)} if after else {}))
        self._following.began(recording, duration, after)

    def restarted(self, recording: Path) -> None:
        """Does nothing: ``began`` follows."""
        self._following.restarted(recording)

    def heard(self, recording: Path, seconds: float) -> None:
        """Does nothing, because it would be most of the output."""
        self._following.heard(recording, seconds)

    def diarized(self, recording: Path, seconds: float) -> None:
        """Does nothing, like ``heard``."""
        self._following.diarized(recording, seconds)

    def said(self, recording: Path, segment: Segment) -> None:
        """``segment``, or ``partial`` for a draft."""
        self._print("segment" if segment.final else "partial", recording, **segment_fields(segment, scores=False))

    def finished(self, recording: Path, heard: TranscriptInfo, segments: int | None, files: Sequence[Path]) -> None:
        """``done``."""
        self._print("done", recording, duration=rounded(heard.duration), language=heard.language, files=[str(file) for file in files])
        self._following.finished(recording, heard, segments, files)

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """``failed``; after ``done`` if the recording was damaged and its readable part was transcribed."""
        self._print("failed", recording, error=str(error))
        self._following.failed(recording, error)

    def kept(self, recording: Path, kept: Leftover) -> None:
        """``interrupted``."""
        self._print("interrupted", recording, at=rounded(kept.at), files=[str(file) for file in kept.files])
        self._following.kept(recording, kept)

    def _print(self, kind: str, recording: Path, **fields: object) -> None:
        self._stdout.write(json.dumps({"type": kind, "recording": str(recording), **fields}) + "\n")


def _listed(files: Sequence[Path]) -> str:
    *some, last = map(str, files)
    return f"{', '.join(some)} and {last}" if some else last
