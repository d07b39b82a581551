"""What ``voicebridge stt`` says on the way: to a person on stderr, or to a program on stdout."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from voicebridge.cli.terminal import ProgressBars, Remarks
from voicebridge.errors import VoiceBridgeError
from voicebridge.pipeline.batch import Listener
from voicebridge.pipeline.recording import Kept
from voicebridge.sinks.formats import Heard
from voicebridge.sinks.text import clock, storable
from voicebridge.speech import Segment


class Report:
    """Tells a person; a :class:`voicebridge.pipeline.batch.Listener`."""

    def __init__(self, remarks: Remarks, bars: ProgressBars, recordings: Sequence[Path], start: float) -> None:
        """Prepare for these ``recordings``, each heard from ``start`` (s)."""
        self._remarks = remarks
        self._bars = bars
        self._recordings = len(recordings)
        self._order = {recording: number for number, recording in enumerate(recordings)}
        self._start = start
        self._began: dict[Path, tuple[float, float]] = {}  # when, and where in the recording
        self._done = 0
        self._failures: list[tuple[int, VoiceBridgeError]] = []

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """Show its bar."""
        first = max(0.0, after - self._start)
        self._began[recording] = time.monotonic(), first
        self._bars.begin(recording, duration, first)
        if after:
            self._remarks.detail(f"{recording}: goes on at {clock(after)}.")

    def restarted(self, recording: Path) -> None:
        """Say so."""
        self._remarks.say(f"{recording}: begun anew, since the model can't go on in the middle of a recording.")

    def heard(self, recording: Path, seconds: float) -> None:
        """Move its bar."""
        self._bars.heard(recording, seconds - self._start)

    def said(self, recording: Path, segment: Segment) -> None:
        """Leave it to its file."""

    def finished(self, recording: Path, heard: Heard, segments: int, files: Sequence[Path]) -> None:
        """Name the files, and the pace to who asked for it."""
        self._bars.heard(recording, heard.duration)
        self._bars.end(recording)
        self._done += 1
        for file in files:
            self._remarks.say(f"Wrote {file}")
        if segments == 0:
            self._remarks.say(f"{recording}: no speech was found.")
        began, first = self._began.pop(recording, (time.monotonic(), 0.0))
        took, work = time.monotonic() - began, heard.duration - first
        factor = took / work if work else 0.0
        self._remarks.detail(
            f"{recording}: {work:.1f} s of audio in {took:.1f} s (real-time factor {factor:.2f}), "
            f"{segments} segments, language {heard.language or 'unknown'}."
        )

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """Keep it for the end, where several failures stand together; a single recording's end is now."""
        self._bars.end(recording)
        if self._recordings == 1:
            self._remarks.error(str(error))
        else:
            self._failures.append((self._order[recording], error))

    def kept(self, recording: Path, kept: Kept) -> None:
        """Say where it is and how to go on."""
        whole = f" of {clock(kept.duration)}" if kept.duration else ""
        text = f" What was transcribed so far is in {_listed(kept.files)}." if kept.files else ""
        go_on = " Go on with --resume." if kept.resumable and self._recordings == 1 else ""
        self._remarks.say(f"{recording}: interrupted at {clock(kept.at - self._start)}{whole}.{text}{go_on}")

    def close(self, *, interrupted: bool, files: bool) -> None:
        """Say what failed, and how much is done; ``files`` says whether a run with ``--resume`` would find any."""
        for _, error in sorted(self._failures, key=itemgetter(0)):
            self._remarks.error(str(error))
        if self._recordings > 1 and interrupted:
            rest = " The same command with --resume does the rest." if files else ""
            self._remarks.say(f"{self._done} of {self._recordings} recordings done.{rest}")
        elif self._failures:
            failed = len(self._failures)
            self._remarks.say(f"{self._recordings - failed} of {self._recordings} recordings done, {failed} failed.")


class JsonLines:
    """Tells a program, an object of JSON a line, and passes everything on to another listener."""

    def __init__(self, stdout: TextIO, following: Listener) -> None:
        self._stdout = stdout
        self._following = following

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """``began``; ``after`` where an earlier run had come so far, and gave the segments up to there."""
        self._print("began", recording, duration=_seconds(duration), **({"after": _seconds(after)} if after else {}))
        self._following.began(recording, duration, after)

    def restarted(self, recording: Path) -> None:
        """Nothing: ``began`` follows."""
        self._following.restarted(recording)

    def heard(self, recording: Path, seconds: float) -> None:
        """Nothing, since it would be most of the output."""
        self._following.heard(recording, seconds)

    def said(self, recording: Path, segment: Segment) -> None:
        """``segment``."""
        fields: dict[str, object] = {"start": _seconds(segment.start), "end": _seconds(segment.end), "text": storable(segment.text)}
        fields |= {name: value for name in ("speaker", "language") if (value := getattr(segment, name)) is not None}
        if segment.words:
            fields["words"] = [
                {"word": storable(word.text), "start": _seconds(word.start), "end": _seconds(word.end)} for word in segment.words
            ]
        self._print("segment", recording, **fields)
        self._following.said(recording, segment)

    def finished(self, recording: Path, heard: Heard, segments: int, files: Sequence[Path]) -> None:
        """``done``."""
        self._print("done", recording, duration=_seconds(heard.duration), language=heard.language, files=[str(file) for file in files])
        self._following.finished(recording, heard, segments, files)

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """``failed``; after ``done`` when the recording was damaged and its transcript has what could be heard."""
        self._print("failed", recording, error=str(error))
        self._following.failed(recording, error)

    def kept(self, recording: Path, kept: Kept) -> None:
        """``interrupted``."""
        self._print("interrupted", recording, at=_seconds(kept.at), files=[str(file) for file in kept.files])
        self._following.kept(recording, kept)

    def _print(self, kind: str, recording: Path, **fields: object) -> None:
        self._stdout.write(json.dumps({"type": kind, "recording": str(recording), **fields}) + "\n")


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)


def _listed(files: Sequence[Path]) -> str:
    *some, last = map(str, files)
    return f"{', '.join(some)} and {last}" if some else last
