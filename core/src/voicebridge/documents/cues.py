"""Extract the spoken text from SRT and WebVTT subtitles, without numbers, times and markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voicebridge.blocks import Block
from voicebridge.patterns import pattern

_TIMES = pattern(r"\s*((?:\d+:)?\d{1,2}:\d{2}[,.]\d{3})[ \t]*-->[ \t]*((?:\d+:)?\d{1,2}:\d{2}[,.]\d{3})")
_MARKS = pattern(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_LONGEST_GAP = 3.0
"""Seconds of silence after which a new paragraph starts."""
_LONGEST_PARAGRAPH = 2_000
"""Characters."""


def cue_blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Yield the spoken text as paragraphs, split at long gaps between cues."""
    text, last_end = "", 0.0
    in_cue = False
    for line in lines:
        line = line.strip()
        if times := _TIMES.match(line):
            if text and (_seconds(times[1]) - last_end > _LONGEST_GAP or len(text) > _LONGEST_PARAGRAPH):
                yield Block("paragraph", text)
                text = ""
            in_cue, last_end = True, _seconds(times[2])
        elif not line:
            in_cue = False
        elif in_cue and (said := " ".join(_MARKS.sub("", line).split())):
            text = f"{text} {said}".lstrip()
    if text:
        yield Block("paragraph", text)


def _seconds(time: str) -> float:
    seconds = 0.0
    for part in time.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds
