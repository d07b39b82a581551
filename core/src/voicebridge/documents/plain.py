"""Read plain text as blocks: join lines into paragraphs, and detect headings, lists and rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from voicebridge.blocks import Block
from voicebridge.documents.hyphens import joint
from voicebridge.patterns import pattern

_LONGEST_PARAGRAPH = 500
"""Lines examined together: text without an empty line for longer is not prose."""
_MOST_LETTERS = 1_000_000
"""Characters examined together."""
_NARROWEST, _WIDEST = 40, 120
"""Characters: lines are either wrapped to a width between these or not wrapped at all."""
_LONGEST_HEADING = 100
"""Characters."""

_UNDERLINE = pattern(r"(?:={3,}|-{3,}|~{3,})")
_ITEM = pattern(r"(?:[-*+•‣◦▪–]|\(?\d{1,3}[.)]|[a-z]\))\s+(?=\S)")
_BULLET = pattern(r"[-*+•‣◦▪–]\s+")
_ROMAN = "(?=[IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_NUMBER = (
    r"(?:[ivxlcdm]+|\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twenty|thirty|forty|fifty)(?:-(?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|(?:the\s+)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|last)"
    r"|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)"
)
_ALONE = pattern(rf"(?:\d{{1,3}}|{_ROMAN})\.?")
_ENDS = '.!?…:;"”’»)]*_'
"""Characters that may end a paragraph. One that ends otherwise, and is longer than a heading, was interrupted by a page number."""
_ENTITY = pattern(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[\da-fA-F]{1,5});")
_PART = pattern(rf"(?:part|book|volume|teil|buch|band|partie|livre|parte|libro)\s+{_NUMBER}(?:\s*[.:–—-].*|\s*)", re.IGNORECASE)
_CHAPTER = pattern(
    rf"(?:(?:chapter|kapitel|chapitre|capítulo|capitolo|hoofdstuk|rozdział|глава)\s+{_NUMBER}(?:\s*[.:–—-].*|\s*)"
    r"|(?:prologue|epilogue|preface|prolog|epilog|vorwort|nachwort)\.?\s*|第\s*[\d〇零一二三四五六七八九十百千]+\s*[章回节節卷].*)",
    re.IGNORECASE,
)


def plain_blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Yield the blocks of a text, given its lines.

    Wrapped lines are joined; other line ends are kept, as in verse. A line such as "Chapter IV" that is on its own, and one that is
    underlined, are headings.
    """
    last: Block | None = None
    for paragraph in _paragraphs(lines):
        is_parted = last is not None and len(last.text) > _LONGEST_HEADING and last.text[-1] not in _ENDS
        if len(paragraph) == 1 and _ALONE.fullmatch(paragraph[0]) and not is_parted:
            last = Block("heading", paragraph[0].rstrip("."), 2)
            yield last
            continue
        for last in _blocks(paragraph):
            yield last


def _paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    size = 0
    for line in lines:
        line = line.strip()
        if line:
            paragraph.append(_ENTITY.sub(lambda match: unescape(match[0]), line))
            size += len(line)
        if paragraph and (not line or len(paragraph) == _LONGEST_PARAGRAPH or size > _MOST_LETTERS):
            yield paragraph
            paragraph, size = [], 0
    if paragraph:
        yield paragraph


def _blocks(lines: list[str]) -> Iterator[Block]:
    if len(lines) > 1 and len(lines[0]) <= _LONGEST_HEADING and _UNDERLINE.fullmatch(lines[1]):
        yield Block("heading", lines[0], 1 if lines[1].startswith("=") else 2)
        lines = lines[2:]
    elif level := _heading_level(lines):
        yield Block("heading", ". ".join(line.rstrip(".") for line in lines), level)
        return
    width = max(map(len, lines), default=0)
    parts: list[str] = []
    for line in lines:
        if not any(map(str.isalnum, line)):
            yield from _finished(parts)
            yield Block("break", "")
            parts = []
        elif not parts or _ITEM.match(line):
            yield from _finished(parts)
            parts = [line]
        else:
            parts[-1], between = _joint(parts[-1], line, width)
            parts += (between, line)
    yield from _finished(parts)


def _finished(parts: list[str]) -> Iterator[Block]:
    if text := "".join(parts):
        item = _ITEM.match(text)
        yield Block("item" if item else "paragraph", _BULLET.sub("", text, count=1) if item else text)


def _heading_level(lines: list[str]) -> int:
    if len(lines) > 3 or sum(map(len, lines)) > _LONGEST_HEADING:
        return 0
    return 1 if _PART.fullmatch(lines[0]) else 2 if _CHAPTER.fullmatch(lines[0]) else 0


def _joint(line: str, following: str, width: int) -> tuple[str, str]:
    """What remains of a line, and the separator to the next: a space between wrapped lines, nothing inside a word, or a line end."""
    kept, between = joint(line, following)
    if between != " ":
        return kept, between
    is_wrapped = _NARROWEST <= width <= _WIDEST and len(line) + 1 + len(following.split(maxsplit=1)[0]) > width
    return line, " " if is_wrapped or following[0].islower() else "\n"
