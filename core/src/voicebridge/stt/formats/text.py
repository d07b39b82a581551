"""Text and times in the form that files can contain."""

from __future__ import annotations

import re
import unicodedata

# Control characters, the byte order mark and the two non-characters; XML allows none of them.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

LOOK_ALIKES = str.maketrans({"<": "＜", ">": "＞", "{": "｛", "}": "｝", "[": "［", "]": "］", "\\": "＼"})  # noqa: RUF001
"""Full-width equivalents, for formats without an escape for these characters."""


def storable(text: str) -> str:
    """The text with unpaired surrogates, which UTF-8 can't encode, replaced by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The text without control characters, with each run of white space, including line breaks, as one space."""
    return storable(" ".join(_UNWRITABLE.sub("", text).split()))


def named_line(speaker: str | None, text: str) -> str:
    """A text after its speaker's name, as in subtitles and plain transcripts: ``Anna: Hello`` for example."""
    name = one_line(speaker or "")
    return f"{name}: {text}" if name else text


WIDE = 2.5
"""The width of a wide character (Chinese, Japanese, Korean, emoji): a line of 42 characters fits 16 of these. Sums of it are exact."""


def width(text: str) -> float:
    """The width of the text in characters of a line."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(each) else WIDE if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def timestamp(seconds: float, mark: str) -> str:
    """``hours:minutes:seconds`` with milliseconds after ``mark``, as in SRT (``,``), WebVTT and TTML (``.``)."""
    milliseconds = round(max(seconds, 0.0) * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, thousandths = divmod(rest, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{mark}{thousandths:03}"


def clock(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
