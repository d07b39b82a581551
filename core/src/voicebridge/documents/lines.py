"""Assemble the lines of printed pages into paragraphs and headings, from positions and words; uses no library.

Lengths are in points, and y coordinates grow upwards, as in PDF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from voicebridge.blocks import Block
from voicebridge.documents.hyphens import joint
from voicebridge.patterns import pattern

_MARGIN_LINES = 3
"""Lines at the top and bottom of a page that may be headers or footers."""
_MARGIN = 0.15
"""Share of the page height, at the top and at the bottom, in which these lie."""
_LONGEST_HEADING = 200
"""Characters."""

_PAGE_NUMBER = pattern(r"\W*(?:(?:page|seite|p\.|s\.)\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|von)\s*\d{1,4})?\W*", re.IGNORECASE)
_ITEM = pattern(r"(?:[-*•‣◦▪–]|\(?\d{1,3}[.)]|[a-z]\))\s+\S")
_BULLET = pattern(r"[-*•‣◦▪–]\s+")
_SENTENCE_END = pattern(r"[.!?:;。！？…][\"'”’»)\]]*$")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line on a page."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    cells: tuple[str, ...] = ()
    """The text split at wide gaps, if there are any."""

    @property
    def height(self) -> float:
        """Height of its letters."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines in reading order, and the headings that the document's outline has for it."""

    lines: tuple[PrintedLine, ...]
    height: float
    headings: tuple[tuple[int, str], ...] = ()
    """Level and text."""


def text_lines(page: Page, others: Sequence[Page]) -> list[PrintedLine]:
    """A page's lines without page numbers, and without headers and footers that recur on ``others``, the pages around it."""
    by_height = sorted(page.lines, key=lambda line: -line.top)
    left_out: set[PrintedLine] = set()
    for edge in (by_height[:_MARGIN_LINES], by_height[::-1][:_MARGIN_LINES]):
        for line in edge:
            is_in_margin = line.bottom < page.height * _MARGIN or line.top > page.height * (1 - _MARGIN)
            if not is_in_margin or not (_is_repeated(line, others) or _is_numbered(line, others) or _PAGE_NUMBER.fullmatch(line.text)):
                break
            left_out.add(line)
    return [line for line in page.lines if line not in left_out]


def _is_repeated(line: PrintedLine, others: Sequence[Page]) -> bool:
    key = _shape(line.text)
    return any(abs(each.top - line.top) < line.height and _shape(each.text) == key for page in others for each in page.lines)


def _is_numbered(line: PrintedLine, others: Sequence[Page]) -> bool:
    """Whether the line starts or ends with a number that increases by page at the same position on the pages around it."""
    near = [each for page in others for each in page.lines if abs(each.top - line.top) < line.height]
    counted = {number + step for each in near for number in _edge_numbers(each.text) for step in (-2, -1, 1, 2)}
    return not counted.isdisjoint(_edge_numbers(line.text))


def _edge_numbers(text: str) -> set[int]:
    return {int(match[0]) for match in re.finditer(r"^\d{1,4}(?=\s+\S)|(?<=\s)\d{1,4}$", text)}


def _shape(text: str) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", text.lower())


class Paragraphs:
    """Assembles lines page by page: a paragraph may continue on the next page."""

    def __init__(self, *, by_size: bool) -> None:
        """Start a document; with ``by_size``, used without an outline, lines in larger type are headings."""
        self._by_size = by_size
        self._texts: list[str] = []
        self._height = 0.0
        self._last: PrintedLine | None = None
        self._first: PrintedLine | None = None
        """The first line of the current paragraph."""

    def of_page(self, page: Page, lines: Sequence[PrintedLine], body: float) -> Iterator[Block]:
        """Yield the blocks completed by a page's lines; ``body`` is the predominant letter height in the surrounding pages."""
        headings = {_key(title): (level, title) for level, title in page.headings}
        places = dict(_headings_in(lines, headings))
        found = {key for _, key in places.values()}
        for key, (level, title) in headings.items():
            if key not in found:
                yield from self.finished(body)
                yield Block("heading", title, level)
        skip_to = 0
        rows = _rows(lines)
        for column in _columns(lines):
            margins = min(line.left for _, line in column), max(line.right for _, line in column)
            pitch = _pitch([line for _, line in column])
            for number, line in column:
                if number in places:
                    yield from self.finished(body)
                    skip_to, key = places[number]
                    yield Block("heading", joined(each.text for each in lines[number:skip_to]), headings[key][0])
                if number < skip_to:
                    continue
                if number in rows:
                    yield from self.finished(body)
                    yield Block("table", ", ".join(line.cells))
                    continue
                if self._last is not None and not self._hangs(line, pitch) and _begins_paragraph(self._last, line, margins, pitch):
                    yield from self.finished(body)
                self._first = self._first or line
                self._texts.append(line.text)
                self._height = line.height
                self._last = line

    def _hangs(self, line: PrintedLine, pitch: float) -> bool:
        """Whether the line continues a list item, indented past its bullet or number."""
        first, last = self._first, self._last
        if first is None or last is None or not _ITEM.match(first.text) or _ITEM.match(line.text):
            return False
        is_next = 0 < last.bottom - line.bottom < 1.4 * (pitch or 2 * line.height)
        return is_next and 0.3 * line.height < line.left - first.left < 5 * line.height

    def finished(self, body: float) -> Iterator[Block]:
        """Yield the lines collected so far as a complete paragraph."""
        text, self._texts, self._last = joined(self._texts), [], None
        self._first = None
        if not text:
            return
        ratio = self._height / body if body else 1.0
        if self._by_size and ratio > 1.2 and len(text) <= _LONGEST_HEADING:
            yield Block("heading", text, 1 if ratio > 1.6 else 2)
        elif _ITEM.match(text):
            yield Block("item", _BULLET.sub("", text, count=1))
        else:
            yield Block("paragraph", text)


def body_height(pages: Sequence[Page]) -> float:
    """The height of the letters in most of the text."""
    heights = sorted((line.height, len(line.text)) for page in pages for line in page.lines)
    half = sum(size for _, size in heights) / 2
    for height, size in heights:
        half -= size
        if half <= 0:
            return height
    return 0.0


def joined(texts: Iterator[str] | Sequence[str]) -> str:
    """Join lines into running text, and rejoin words that were split at line ends."""
    parts: list[str] = []
    for text in texts:
        for ligature, letters in _LIGATURES.items():
            text = text.replace(ligature, letters)
        text = text.strip()
        if not text:
            continue
        if parts:
            parts[-1], between = joint(parts[-1], text)
            parts.append(between)
        parts.append(text)
    return "".join(parts)


def _key(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _headings_in(lines: Sequence[PrintedLine], headings: dict[str, tuple[int, str]]) -> Iterator[tuple[int, tuple[int, str]]]:
    """Find the outline's headings on a page: index of the first line, index of the line after the heading, key of the heading."""
    for number in range(len(lines)):
        key = ""
        for end in range(number, min(number + 3, len(lines))):
            key += _key(lines[end].text)
            for known in (key, key.lstrip("0123456789")):
                if known and known in headings:
                    yield number, (end + 1, known)
                    break


def _rows(lines: Sequence[PrintedLine]) -> set[int]:
    """The indices of lines that are table rows: at least two consecutive ones with the same number of cells."""
    rows: set[int] = set()
    for number, (line, below) in enumerate(pairwise(lines)):
        is_below = 0 < line.bottom - below.bottom < 3 * line.height and abs(line.left - below.left) < line.height
        if is_below and len(line.cells) > 1 and len(line.cells) == len(below.cells):
            rows |= {number, number + 1}
    return rows


def _columns(lines: Sequence[PrintedLine]) -> Iterator[list[tuple[int, PrintedLine]]]:
    column: list[tuple[int, PrintedLine]] = []
    for number, line in enumerate(lines):
        if column and line.bottom > column[-1][1].top:  # higher on the page: the next column
            yield column
            column = []
        column.append((number, line))
    if column:
        yield column


def _pitch(lines: Sequence[PrintedLine]) -> float:
    gaps = [above.bottom - below.bottom for above, below in pairwise(lines) if above.bottom > below.bottom]
    return median(gaps) if gaps else 0.0


def _begins_paragraph(last: PrintedLine, line: PrintedLine, margins: tuple[float, float], pitch: float) -> bool:
    left, right = margins
    low, high = sorted((last.height, line.height))
    if high > 1.2 * low or _ITEM.match(line.text):
        return True
    is_indented = line.left - left > 0.8 * line.height
    ends_sentence = _SENTENCE_END.search(last.text) is not None
    if line.bottom > last.bottom - 0.5 * line.height:  # the previous line is in another column or on another page
        return ends_sentence or is_indented
    if pitch and last.bottom - line.bottom > 1.4 * pitch:
        return True
    if is_indented and last.left - left <= 0.8 * line.height:
        return True
    return ends_sentence and last.right < right - 0.12 * (right - left)
