"""Plain text as blocks: paragraphs put together from lines, and what a bare text has of headings, lists and rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from voicebridge.text.document import Block

_LONGEST_PARAGRAPH = 500
"""Lines that are looked at together: what has no empty line for longer is no prose."""
_NARROWEST, _WIDEST = 40, 120
"""Letters: lines are broken to fit a width between these, or not at all."""
_LONGEST_HEADING = 100
"""Letters."""

_UNDERLINE = re.compile(r"\s*(?:={3,}|-{3,}|~{3,})\s*")
_ITEM = re.compile(r"\s*(?:[-*+•‣◦▪–]|\(?\d{1,3}[.)]|[a-z]\))\s+(?=\S)")
_BULLET = re.compile(r"\s*[-*+•‣◦▪–]\s+")
_NUMBER = (
    r"(?:[ivxlcdm]+|\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)"
)
_PART = re.compile(rf"\s*(?:part|book|volume|teil|buch|band|partie|livre|parte|libro)\s+{_NUMBER}(?:\s*[.:–—-].*|\s*)", re.IGNORECASE)
_CHAPTER = re.compile(
    rf"\s*(?:(?:chapter|kapitel|chapitre|capítulo|capitolo|hoofdstuk|rozdział|глава)\s+{_NUMBER}(?:\s*[.:–—-].*|\s*)"
    r"|(?:prologue|epilogue|preface|prolog|epilog|vorwort|nachwort)\.?\s*|第\s*[\d〇零一二三四五六七八九十百千]+\s*[章回节節卷].*)",
    re.IGNORECASE,
)


def plain_blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Yield the blocks of a text, given line by line.

    Lines that were broken to fit a width are joined again; other line ends are kept, as in verse. A line such as "Chapter IV" that stands
    alone, and one that is underlined, are headings.
    """
    paragraph: list[str] = []
    for line in lines:
        if line.strip():
            paragraph.append(line.strip())
        if paragraph and (not line.strip() or len(paragraph) == _LONGEST_PARAGRAPH):
            yield from _blocks(paragraph)
            paragraph = []
    if paragraph:
        yield from _blocks(paragraph)


def _blocks(lines: list[str]) -> Iterator[Block]:
    if len(lines) > 1 and len(lines[0]) <= _LONGEST_HEADING and _UNDERLINE.fullmatch(lines[1]):
        yield Block("heading", lines[0], 1 if lines[1].startswith("=") else 2)
        lines = lines[2:]
    elif level := _heading_level(lines):
        yield Block("heading", ". ".join(line.rstrip(".") for line in lines), level)
        return
    width = max(map(len, lines), default=0)
    text = ""
    for place, line in enumerate(lines):
        if not any(letter.isalnum() for letter in line):
            yield from _finished(text)
            yield Block("break", "")
            text = ""
        elif not text or _ITEM.match(line):
            yield from _finished(text)
            text = line
        else:
            text += _joint(lines[place - 1], line, width) + line
    yield from _finished(text)


def _finished(text: str) -> Iterator[Block]:
    if text:
        item = _ITEM.match(text)
        yield Block("item" if item else "paragraph", _BULLET.sub("", text, count=1) if item else text)


def _heading_level(lines: list[str]) -> int:
    if len(lines) > 3 or sum(map(len, lines)) > _LONGEST_HEADING:
        return 0
    return 1 if _PART.fullmatch(lines[0]) else 2 if _CHAPTER.fullmatch(lines[0]) else 0


def _joint(line: str, following: str, width: int) -> str:
    """What belongs between two lines: a space where they were one, or a line end."""
    is_wrapped = _NARROWEST <= width <= _WIDEST and len(line) + 1 + len(following.split(maxsplit=1)[0]) > width
    if not (is_wrapped or following[0].islower()):
        return "\n"
    return "" if re.search(r"[^\W\d_]-$", line) and following[0].islower() else " "
