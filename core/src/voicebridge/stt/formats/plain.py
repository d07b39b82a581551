"""Line-based formats, and JSON."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from typing import TextIO

from voicebridge.speech import Segment, TranscriptInfo, joined_text
from voicebridge.stt.formats.json_fields import rounded, segment_fields, word_fields
from voicebridge.stt.formats.paragraphs import TranscriptParagraphs
from voicebridge.stt.formats.text import LOOK_ALIKES, clock, named_line, one_line, storable


class _LineWriter:
    """A line for each segment with text."""

    header = ""

    def __init__(self, file: TextIO, words: bool) -> None:
        self._file = file
        self._words = words
        file.write(self.header)

    def write(self, segment: Segment) -> None:
        if text := one_line(segment.text):
            self._put(segment, text)

    def finish(self, heard: TranscriptInfo) -> None:
        pass

    def _put(self, segment: Segment, text: str) -> None:
        raise NotImplementedError


class Txt(_LineWriter):
    """Only the text, after the speaker's name if known."""

    def _put(self, segment: Segment, text: str) -> None:
        self._file.write(f"{named_line(segment.speaker, text)}\n")


class Tsv(_LineWriter):
    """Tab-separated, in the layout of openai-whisper: milliseconds, without quoting. Speakers are named in the text, not in a column."""

    header = "start\tend\ttext\n"

    def _put(self, segment: Segment, text: str) -> None:
        self._file.write(f"{round(segment.start * 1000)}\t{round(segment.end * 1000)}\t{named_line(segment.speaker, text)}\n")


class Csv(_LineWriter):
    """Comma-separated, quoted if necessary; seconds, and the speaker if known."""

    header = "start,end,speaker,text\n"

    def _put(self, segment: Segment, text: str) -> None:
        row = (f"{segment.start:.3f}", f"{segment.end:.3f}", one_line(segment.speaker or ""), text)
        csv.writer(self._file, lineterminator="\n").writerow(row)


class Lrc(_LineWriter):
    """Lyrics, with word timestamps (the "enhanced" LRC) if requested.

    Square and angle brackets in the text are replaced by full-width ones: players would parse them as times.
    """

    header = "[re:VoiceBridge]\n"  # a file without tags is not recognised if there is no text

    def _put(self, segment: Segment, text: str) -> None:
        from voicebridge.stt.formats.cues import join  # imported on demand: most transcripts don't need it
        from voicebridge.stt.formats.tokens import tokens

        words = tokens(segment) if self._words else []
        if any(word.timed for word in words):
            marked = [replace(word, text=f"<{_lrc_time(word.start)}>{word.text.translate(LOOK_ALIKES)}") for word in words]
            line = f"{join(marked)} <{_lrc_time(words[-1].end)}>"
        else:
            line = text.translate(LOOK_ALIKES)
        name = (segment.speaker or "").translate(LOOK_ALIKES)
        self._file.write(f"[{_lrc_time(segment.start)}]{named_line(name, line)}\n")


def _lrc_time(seconds: float) -> str:
    minutes, hundredths = divmod(round(seconds * 100), 6000)
    return f"{minutes:02}:{hundredths // 100:02}.{hundredths % 100:02}"


class Markdown(_LineWriter):
    """A readable document: paragraphs with their time and speaker in bold, one line per segment."""

    header = "# Transcript\n"

    def __init__(self, file: TextIO, words: bool) -> None:
        super().__init__(file, words)
        self._paragraphs = TranscriptParagraphs()

    def _put(self, segment: Segment, text: str) -> None:
        if self._paragraphs.begin(segment, text):
            speaker = f" {_escaped(one_line(segment.speaker))}:" if segment.speaker else ""
            self._file.write(f"\n**[{clock(segment.start)}]{speaker}** {_escaped(text)}\n")
        else:
            self._file.write(f"{_escaped(text)}\n")


def _escaped(text: str) -> str:
    text = re.sub(r"([\\`*_\[\]<>&~|$])", r"\\\1", text)
    text = re.sub(r"^([-+=#])", r"\\\1", text)  # these are special only at the start of a line
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", text)


class Json:
    """Everything, with the field names of OpenAI's ``verbose_json`` (docs/transcript.schema.json)."""

    def __init__(self, file: TextIO, words: bool) -> None:
        self._file = file
        self._words = words
        self._segments: list[Segment] = []

    def write(self, segment: Segment) -> None:
        """Collect it; a JSON document is written at once."""
        self._segments.append(segment if self._words else replace(segment, words=()))

    def finish(self, heard: TranscriptInfo) -> None:
        """Write the whole document."""
        document: dict[str, object] = {
            "task": heard.task,
            "language": heard.language,
            "duration": rounded(heard.duration),
            "text": storable(joined_text(self._segments)),
            "segments": [{"id": index, **segment_fields(segment, scores=True)} for index, segment in enumerate(self._segments)],
            "model": heard.model,
        }
        words = [word_fields(word, scores=True) for segment in self._segments for word in segment.words]
        if words:
            document["words"] = words
        json.dump(document, self._file, ensure_ascii=False, indent=2)
        self._file.write("\n")
