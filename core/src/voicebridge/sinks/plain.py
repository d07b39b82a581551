"""Formats with a line for each segment, and JSON."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from typing import TextIO

from voicebridge.sinks.text import LOOK_ALIKES, clock, one_line, storable
from voicebridge.sinks.writer import Heard
from voicebridge.speech import Segment, Word, joined_text


class _LineWriter:
    """A line for each segment that says something."""

    header = ""

    def __init__(self, file: TextIO, words: bool) -> None:
        self._file = file
        self._words = words
        file.write(self.header)

    def write(self, segment: Segment) -> None:
        if text := one_line(segment.text):
            self._put(segment, text)

    def finish(self, heard: Heard) -> None:
        pass

    def _put(self, segment: Segment, text: str) -> None:
        raise NotImplementedError


class Txt(_LineWriter):
    """The text alone."""

    def _put(self, segment: Segment, text: str) -> None:  # noqa: ARG002
        self._file.write(f"{text}\n")


class Tsv(_LineWriter):
    """Tab-separated, in the layout of openai-whisper: milliseconds, nothing quoted."""

    header = "start\tend\ttext\n"

    def _put(self, segment: Segment, text: str) -> None:
        self._file.write(f"{round(segment.start * 1000)}\t{round(segment.end * 1000)}\t{text}\n")


class Csv(_LineWriter):
    """Comma-separated, quoted where need be; seconds, and the speaker where one is known."""

    header = "start,end,speaker,text\n"

    def _put(self, segment: Segment, text: str) -> None:
        row = (f"{segment.start:.3f}", f"{segment.end:.3f}", one_line(segment.speaker or ""), text)
        csv.writer(self._file, lineterminator="\n").writerow(row)


class Lrc(_LineWriter):
    """Lyrics, with a time before each word too (the "enhanced" LRC) where words are asked for.

    Square and angle brackets in the text become full-width ones: players would read times in them.
    """

    header = "[re:VoiceBridge]\n"  # a file without any tag is not recognised when nothing was said

    def _put(self, segment: Segment, text: str) -> None:
        from voicebridge.sinks.cues import join  # only now: most transcripts need none of this
        from voicebridge.sinks.tokens import tokens

        words = tokens(segment) if self._words else []
        if any(word.timed for word in words):
            marked = [replace(word, text=f"<{_lrc_time(word.start)}>{word.text.translate(LOOK_ALIKES)}") for word in words]
            line = f"{join(marked)} <{_lrc_time(words[-1].end)}>"
        else:
            line = text.translate(LOOK_ALIKES)
        self._file.write(f"[{_lrc_time(segment.start)}]{line}\n")


def _lrc_time(seconds: float) -> str:
    minutes, hundredths = divmod(round(seconds * 100), 6000)
    return f"{minutes:02}:{hundredths // 100:02}.{hundredths % 100:02}"


class Markdown(_LineWriter):
    """A document to read: paragraphs with their time and speaker in bold, a line of the file for each segment.

    A paragraph ends with the speaker's turn, at a pause of two seconds, or with the first sentence that makes it long.
    """

    header = "# Transcript\n"
    _PAUSE = 2.0
    _LONG = 600

    def __init__(self, file: TextIO, words: bool) -> None:
        super().__init__(file, words)
        self._last: Segment | None = None
        self._length = 0

    def _put(self, segment: Segment, text: str) -> None:
        if self._begins_paragraph(segment):
            self._length = 0
            speaker = f" {_escaped(one_line(segment.speaker))}:" if segment.speaker else ""
            self._file.write(f"\n**[{clock(segment.start)}]{speaker}** {_escaped(text)}\n")
        else:
            self._file.write(f"{_escaped(text)}\n")
        self._last = segment
        self._length += len(text)

    def _begins_paragraph(self, segment: Segment) -> bool:
        last = self._last
        if last is None or last.speaker != segment.speaker or segment.start - last.end >= self._PAUSE:
            return True
        return self._length >= self._LONG and last.text.rstrip("\"'”’»)」").endswith((".", "!", "?", "…", "。", "！", "？"))  # noqa: RUF001


def _escaped(text: str) -> str:
    text = re.sub(r"([\\`*_\[\]<>&~|$])", r"\\\1", text)
    text = re.sub(r"^([-+=#])", r"\\\1", text)  # these mean something at the beginning of a line only
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", text)


class Json:
    """Everything, with the field names of OpenAI's ``verbose_json`` (docs/transcript.schema.json)."""

    def __init__(self, file: TextIO, words: bool) -> None:
        self._file = file
        self._words = words
        self._segments: list[Segment] = []

    def write(self, segment: Segment) -> None:
        """Keep it; a document of JSON is written at once."""
        words = tuple(replace(word, text=storable(word.text)) for word in segment.words) if self._words else ()
        self._segments.append(replace(segment, text=storable(segment.text), words=words))

    def finish(self, heard: Heard) -> None:
        """Write the whole document."""
        document: dict[str, object] = {
            "task": heard.task,
            "language": heard.language,
            "duration": round(heard.duration, 3),
            "text": joined_text(self._segments),
            "segments": [_segment_fields(index, segment) for index, segment in enumerate(self._segments)],
            "model": heard.model,
        }
        words = [_word_fields(word) for segment in self._segments for word in segment.words]
        if words:
            document["words"] = words
        json.dump(document, self._file, ensure_ascii=False, indent=2)
        self._file.write("\n")


def _segment_fields(index: int, segment: Segment) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": index,
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "text": segment.text,
    }
    for name in ("speaker", "language", "avg_logprob", "no_speech_prob"):
        value = getattr(segment, name)
        if value is not None:
            fields[name] = round(value, 4) if isinstance(value, float) else value
    if segment.words:
        fields["words"] = [_word_fields(word) for word in segment.words]
    return fields


def _word_fields(word: Word) -> dict[str, object]:
    fields: dict[str, object] = {"word": word.text, "start": round(word.start, 3), "end": round(word.end, 3)}
    if word.probability is not None:
        fields["probability"] = round(word.probability, 4)
    return fields
