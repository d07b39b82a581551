"""YouTube's subtitle format SBV, with the cues of the built-in subtitle formats."""

from __future__ import annotations

from voicebridge.stt.formats.cues import Cue
from voicebridge.stt.formats.subtitles import CueWriter
from voicebridge.stt.formats.text import named_line, timestamp


class Sbv(CueWriter):
    """Two times, the text, and an empty line. It has no markup, so nothing is escaped."""

    named = True

    def put(self, cue: Cue) -> None:
        """Write a cue."""
        self._file.write(f"{_time(cue.start)},{_time(cue.end)}\n{named_line(cue.speaker, cue.text)}\n\n")


def _time(seconds: float) -> str:
    return timestamp(seconds, ".").removeprefix("0")
