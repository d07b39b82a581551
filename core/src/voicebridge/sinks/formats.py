"""The formats that a transcript can be written in, each written as the segments arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from voicebridge.errors import UnknownNameError, nearest
from voicebridge.sinks import plain
from voicebridge.sinks.writer import Heard, TranscriptWriter

__all__ = ["FORMATS", "Format", "Heard", "TranscriptWriter", "check_format", "open_writer", "wants_words"]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a transcript down."""

    make: Callable[[TextIO, bool], TranscriptWriter]
    """Starts a writer on a file; the second argument says whether the user asked for word times."""
    wants_words: bool = False
    """Whether it comes out better where segments carry their words, asked for or not."""


def _subtitles(name: str, file: TextIO, words: bool) -> TranscriptWriter:
    from voicebridge.sinks import subtitles  # only now: a text that is printed needs no cues

    writer: TranscriptWriter = getattr(subtitles, name)(file, words)
    return writer


FORMATS: dict[str, Format] = {
    "txt": Format(plain.Txt),
    "srt": Format(partial(_subtitles, "Srt"), wants_words=True),
    "vtt": Format(partial(_subtitles, "Vtt"), wants_words=True),
    "json": Format(plain.Json),
    "tsv": Format(plain.Tsv),
    "csv": Format(plain.Csv),
    "lrc": Format(plain.Lrc),
    "md": Format(plain.Markdown),
    "ass": Format(partial(_subtitles, "Ass"), wants_words=True),
    "ttml": Format(partial(_subtitles, "Ttml"), wants_words=True),
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
    if "," in name and all(each.strip().lower() in FORMATS for each in name.split(",")):
        several = " -f ".join(each.strip().lower() for each in name.split(","))
        raise UnknownNameError(f"{name!r} names several formats. Give each by itself: -f {several}")
    if name.lower() not in FORMATS:
        raise UnknownNameError(f"There is no format {name!r}.{nearest(name, FORMATS)} Known: {', '.join(FORMATS)}.")
    return name.lower()
