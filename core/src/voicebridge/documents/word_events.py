"""Convert the elements of a Word document's text to the equivalent HTML elements for the HTML reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from voicebridge.documents.markup import Reader

_UNREAD = frozenset({
    "del", "moveFrom", "instrText", "delText", "delInstrText", "Fallback", "rPrChange", "pPrChange", "tblPrChange", "trPrChange",
    "tcPrChange", "sectPrChange", "rt", "fldData", "tabs", "sectPr",
})  # fmt: skip
"""Deleted text, content for programs, and duplicates."""
_DIGITS = tuple("012345678")
_OFF = frozenset({"0", "false", "off", "none"})


@dataclass(frozen=True, slots=True)
class WordStyle:
    """The properties that a style gives its paragraphs."""

    name: str
    """In lower case."""
    level: int
    """Heading level, from 1; 0 if it is not a heading style."""
    number: str
    """The ``numId`` of the list that its paragraphs are items of; "" for none."""
    depth: int
    """The nesting level in that list."""


_PLAIN = WordStyle("", 0, "", 0)


class Lists:
    """Counts the items of the document's lists."""

    def __init__(self, kinds: Mapping[str, Mapping[str, tuple[str, int]]]) -> None:
        """``kinds`` gives, for each list and level, the number format and the first number."""
        self._kinds = kinds
        self._last: dict[str, dict[int, int]] = {}

    def next(self, number: str, depth: int) -> int | None:
        """The number of the next item; ``None`` for a bullet."""
        form, first = self._kinds.get(number, {}).get(str(depth), ("bullet", 1))
        if form in ("bullet", "none", ""):
            return None
        counts = self._last.setdefault(number, {})
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        counts[depth] = counts.get(depth, first - 1) + 1
        return counts[depth]


@dataclass(slots=True)
class _Paragraph:
    style: WordStyle = _PLAIN
    level: int = 0
    number: str = ""
    depth: int = -1
    opened: list[str] = field(default_factory=list)
    """The elements opened in the reader for it."""
    has_begun: bool = False


@dataclass(slots=True)
class _Cell:
    span: str = "1"
    opened: str = ""


class WordEvents:
    """Handles lxml's parser events for a part of the document."""

    def __init__(self, reader: Reader, styles: Mapping[str, WordStyle], lists: Lists, *, wanted: Sequence[str] | None = None) -> None:
        """``wanted``, for a part with notes, are the notes to read, in the order of their marks."""
        self.reader = reader
        self.notes: dict[str, list[str]] = {"footnote": [], "endnote": []}
        """The notes that the text refers to, in the order of their marks."""
        self._styles, self._lists = styles, lists
        self._wanted = {name: place for place, name in enumerate(wanted, 1)} if wanted is not None else None
        self._skipped = 0
        self._paragraphs: list[_Paragraph] = []
        self._cells: list[_Cell] = []
        self._is_header = False
        self._runs = 0
        self._is_raised = self._is_hidden = self._is_text = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Handle the start of an element."""
        tag = name.rpartition("}")[2]
        if self._skipped or tag in _UNREAD:
            self._skipped += 1
            return
        values = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        value = values.get("val", "")
        if tag in ("footnote", "endnote"):
            self._start_note(values)
        elif tag == "p":
            self._begin_cell()
            self._paragraphs.append(_Paragraph())
        elif tag in ("tbl", "tr"):
            self._begin_cell()
            self._is_header = False
            self.reader.start("table" if tag == "tbl" else tag, {})
        elif tag == "tc":
            self._cells.append(_Cell())
        elif tag == "tblHeader":
            self._is_header = value not in _OFF
        elif tag == "gridSpan" and self._cells:
            self._cells[-1].span = value
        elif tag == "r":
            self._runs += 1
            self._is_raised = self._is_hidden = False
        elif self._paragraphs:
            self._within(tag, value, values)

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        if self._skipped:
            self._skipped -= 1
            return
        tag = name.rpartition("}")[2]
        if tag == "t":
            self._is_text = False
            if self._is_raised and not self._is_hidden:
                self.reader.end("sup")
        elif tag == "r":
            self._runs = max(self._runs - 1, 0)
        elif tag == "p" and self._paragraphs:
            for opened in reversed(self._paragraphs.pop().opened):
                self.reader.end(opened)
        elif tag == "tc" and self._cells:
            self._begin_cell()
            self.reader.end(self._cells.pop().opened)
        elif tag in ("tbl", "tr"):
            self.reader.end("table" if tag == "tbl" else tag)
        elif tag in ("footnote", "endnote") and self._wanted is not None:
            self.reader.end("li")
            self.reader.end("ol")

    def data(self, data: str) -> None:
        """Handle text, or a part of it."""
        if self._is_text and not self._skipped and not self._is_hidden:
            self.reader.data(data)

    def close(self) -> None:
        """Handle the end of the part."""

    def _within(self, tag: str, value: str, values: Mapping[str, str]) -> None:
        """Handle an element inside a paragraph: its properties or its text."""
        if tag == "vertAlign" and self._runs:
            self._is_raised = value == "superscript"
        elif tag == "vanish" and self._runs:
            self._is_hidden = value not in _OFF
        elif tag == "t":
            self._begin(self._paragraphs[-1])
            self._is_text = not self._paragraphs[-1].style.name.startswith("toc ")
            if self._is_raised and not self._is_hidden:
                self.reader.start("sup", {})
        elif tag in ("footnoteReference", "endnoteReference"):
            self.notes[tag.removesuffix("Reference")].append(values.get("id", ""))
        elif tag in ("br", "cr", "tab", "noBreakHyphen") and self._runs:
            self._put_sign(tag, values)
        elif tag == "docPr" and values.get("descr"):
            self._begin(self._paragraphs[-1])
            self.reader.start("img", {"alt": values["descr"]})
            self.reader.end("img")
        else:
            self._note_property(self._paragraphs[-1], tag, value)

    def _note_property(self, paragraph: _Paragraph, tag: str, value: str) -> None:
        if tag == "pStyle":
            paragraph.style = self._styles.get(value, _PLAIN)
        elif tag == "numId":
            paragraph.number = value
        elif tag == "ilvl":
            paragraph.depth = int(value) if value in _DIGITS else 0
        elif tag == "outlineLvl":
            paragraph.level = int(value) + 1 if value in _DIGITS[:6] else 0

    def _put_sign(self, tag: str, values: Mapping[str, str]) -> None:
        self._begin(self._paragraphs[-1])
        if tag == "tab":
            self.reader.data(" ")
        elif tag == "noBreakHyphen":
            self.reader.data("-")
        elif values.get("type", "textWrapping") == "textWrapping":
            self.reader.start("br", {})
            self.reader.end("br")

    def _begin(self, paragraph: _Paragraph) -> None:
        if paragraph.has_begun:
            return
        paragraph.has_begun = True
        style = paragraph.style
        number = paragraph.number or style.number
        if level := paragraph.level or style.level:
            self._open(paragraph, f"h{level}", {})
        elif number not in ("", "0"):
            count = self._lists.next(number, paragraph.depth if paragraph.depth >= 0 else style.depth)
            self._open(paragraph, "ul" if count is None else "ol", {} if count is None else {"start": str(count)})
            self._open(paragraph, "li", {})
        else:
            self._open(paragraph, "blockquote" if style.name.endswith("quote") else "p", {})

    def _open(self, paragraph: _Paragraph, tag: str, attributes: Mapping[str, str]) -> None:
        self.reader.start(tag, attributes)
        paragraph.opened.append(tag)

    def _begin_cell(self) -> None:
        if self._cells and not self._cells[-1].opened:
            cell = self._cells[-1]
            cell.opened = "th" if self._is_header else "td"
            self.reader.start(cell.opened, {"colspan": cell.span})

    def _start_note(self, values: Mapping[str, str]) -> None:
        place = (self._wanted or {}).get(values.get("id", ""))
        if place is None or values.get("type", "normal") != "normal":
            self._skipped = 1
            return
        self.reader.start("ol", {"start": str(place)})
        self.reader.start("li", {})
