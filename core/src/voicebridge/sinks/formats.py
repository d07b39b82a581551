"""The formats that a transcript can be written in, each written as the segments arrive.

``txt`` a line per segment; ``srt`` and ``vtt`` subtitles; ``json`` everything, with the field names of OpenAI's ``verbose_json``
(docs/transcript.schema.json).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol, TextIO

from voicebridge.errors import UnknownNameError, nearest
from voicebridge.speech import Segment, Word


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


class TranscriptWriter(Protocol):
    """Writes one transcript to one text file."""

    def write(self, segment: Segment) -> None:
        """Take the next segment."""
        ...

    def finish(self, heard: Heard) -> None:
        """Write what comes at the end; the file stays open."""
        ...


class _Txt:
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, segment: Segment) -> None:
        self._file.write(one_line(segment.text) + "\n")

    def finish(self, heard: Heard) -> None:
        pass


class _Srt:
    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._count = 0

    def write(self, segment: Segment) -> None:
        self._count += 1
        times = f"{timestamp(segment.start, ',')} --> {timestamp(segment.end, ',')}"
        # An arrow in the text could be read as the times of another cue.
        self._file.write(f"{self._count}\n{times}\n{one_line(segment.text).replace('-->', '->')}\n\n")

    def finish(self, heard: Heard) -> None:
        pass


class _Vtt:
    def __init__(self, file: TextIO) -> None:
        self._file = file
        file.write("WEBVTT\n\n")

    def write(self, segment: Segment) -> None:
        text = one_line(segment.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self._file.write(f"{timestamp(segment.start, '.')} --> {timestamp(segment.end, '.')}\n{text}\n\n")

    def finish(self, heard: Heard) -> None:
        pass


class _Json:
    def __init__(self, file: TextIO, words: bool) -> None:
        self._file = file
        self._words = words
        self._segments: list[Segment] = []

    def write(self, segment: Segment) -> None:
        self._segments.append(segment if self._words else replace(segment, words=()))

    def finish(self, heard: Heard) -> None:
        document: dict[str, object] = {
            "task": heard.task,
            "language": heard.language,
            "duration": round(heard.duration, 3),
            "text": " ".join(segment.text for segment in self._segments),
            "segments": [_segment_fields(index, segment) for index, segment in enumerate(self._segments)],
            "model": heard.model,
        }
        words = [_word_fields(word) for segment in self._segments for word in segment.words]
        if words:
            document["words"] = words
        json.dump(document, self._file, ensure_ascii=False, indent=2)
        self._file.write("\n")


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a transcript down."""

    make: Callable[[TextIO, bool], TranscriptWriter]
    """Starts a writer on a file; the second argument says whether the user asked for word times."""
    wants_words: bool = False
    """Whether it comes out better where segments carry their words, asked for or not."""


FORMATS: dict[str, Format] = {
    "txt": Format(lambda file, _words: _Txt(file)),
    "srt": Format(lambda file, _words: _Srt(file)),
    "vtt": Format(lambda file, _words: _Vtt(file)),
    "json": Format(_Json),
}
"""Every format by its name, which is also its file extension."""


def open_writer(name: str, file: TextIO, *, words: bool = False) -> TranscriptWriter:
    """Start a transcript in a format of :data:`FORMATS`; the file is the caller's, to close too.

    ``words`` says whether the user asked for word times: without it, words that segments carry are used but not shown.
    """
    return FORMATS[name].make(file, words)


def wants_words(names: Iterable[str]) -> bool:
    """Whether any of the formats comes out better where segments carry their words."""
    return any(FORMATS[name].wants_words for name in names)


def check_format(name: str) -> str:
    """The format of that name.

    Raises:
        UnknownNameError: with the nearest that there is.
    """
    if name.lower() not in FORMATS:
        raise UnknownNameError(f"There is no format {name!r}.{nearest(name, FORMATS)} Known: {', '.join(FORMATS)}.")
    return name.lower()


def timestamp(seconds: float, mark: str) -> str:
    """``hours:minutes:seconds`` with milliseconds after ``mark``, as SRT (``,``) and WebVTT (``.``) write it."""
    milliseconds = round(max(seconds, 0.0) * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, thousandths = divmod(rest, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{mark}{thousandths:03}"


def one_line(text: str) -> str:
    """The text with every run of white space, line ends included, as one space."""
    return " ".join(text.split())


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
