"""The paragraphs of an RTF file as HTML elements for the HTML reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicebridge.documents.markup import Reader

_NUMBER = re.compile(r"\s*\(?(\d{1,6})[.)]?\s*$")


@dataclass(slots=True)
class _Paragraph:
    level: int = 0
    """Heading level, from 1; 0 if it is no heading."""
    mark: str = ""
    """The bullet or number in front of it."""
    is_cell: bool = False
    opened: list[str] = field(default_factory=list)


class RtfOutput:
    """Opens a paragraph's elements at its first text, when all its properties are known."""

    def __init__(self) -> None:
        """Nothing has been read yet."""
        self.reader = Reader("text")
        self._now = _Paragraph()
        self._outer: list[_Paragraph] = []
        """The interrupted paragraphs, while a note is read."""
        self._notes: list[list[tuple[str, tuple[object, ...]]]] = []
        self._table: list[str] = []
        """The open elements of the table."""
        self._is_header = False
        self._half = ""
        """The first half of a character that takes two codes."""

    @property
    def mark(self) -> str:
        """The bullet or number of the current paragraph."""
        return self._now.mark

    @mark.setter
    def mark(self, text: str) -> None:
        self._now.mark = text

    @property
    def level(self) -> int:
        """The heading level of the current paragraph."""
        return self._now.level

    @level.setter
    def level(self, level: int) -> None:
        self._now.level = level

    @property
    def language(self) -> str | None:
        """The document's language."""
        return self.reader.language

    @language.setter
    def language(self, code: str | None) -> None:
        self.reader.language = code

    def text(self, text: str, *, is_raised: bool) -> None:
        """Add text to the current paragraph."""
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if not text:
            return
        self._begin()
        if is_raised:
            self._put("start", "sup", {})
        self._put("data", text)
        if is_raised:
            self._put("end", "sup")

    def word(self, word: str, value: int | None) -> None:
        """Handle a control word about paragraphs or tables; others are ignored."""
        match word:
            case "par" | "sect" | "page":
                self._end_paragraph()
            case "pard":
                self._now.level, self._now.mark, self._now.is_cell = 0, "", False
            case "intbl":
                self._now.is_cell = True
            case "outlinelevel":
                self._now.level = value + 1 if value is not None and value < 9 else 0
            case "line":
                self._begin()
                self._put("start", "br", {})
                self._put("end", "br")
            case _:
                if not self._outer:
                    self._row_word(word)

    def start_note(self) -> None:
        """Read the following text as a note, until :meth:`end_note`."""
        self._notes.append([])
        self._outer.append(self._now)
        self._now = _Paragraph()

    def end_note(self) -> None:
        """Continue the interrupted paragraph."""
        self._end_paragraph()
        self._now = self._outer.pop()

    def finish(self) -> None:
        """Add the notes, and close everything."""
        while self._outer:
            self.end_note()
        self._end_paragraph()
        self._end_table()
        for count, events in enumerate(self._notes, 1):
            self._start("ol", {"start": str(count)})
            self._start("li", {})
            for kind, arguments in events:
                getattr(self.reader, kind)(*arguments)
            self.reader.end("li")
            self.reader.end("ol")
        self.reader.finish()

    def _row_word(self, word: str) -> None:
        if word == "trowd":
            self._is_header = False
        elif word == "trhdr":
            self._is_header = True
        elif word == "cell":
            self._begin_cell()
            self._end_paragraph()
            self.reader.end(self._table.pop())
        elif word == "row" and self._table:
            self._end_paragraph()
            while self._table[-1] != "table":
                self.reader.end(self._table.pop())

    def _put(self, kind: str, *arguments: object) -> None:
        if self._outer:
            self._notes[-1].append((kind, arguments))
        else:
            getattr(self.reader, kind)(*arguments)

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._put("start", tag, attributes)

    def _begin(self) -> None:
        now = self._now
        if now.opened:
            return
        if not self._outer:
            if now.is_cell:
                self._begin_cell()
            else:
                self._end_table()
        if now.level:
            self._open(f"h{min(now.level, 6)}", {})
        elif now.mark.strip():
            number = _NUMBER.match(now.mark)
            self._open("ol" if number else "ul", {"start": number[1]} if number else {})
            self._open("li", {})
        else:
            self._open("p", {})

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._start(tag, attributes)
        self._now.opened.append(tag)

    def _end_paragraph(self) -> None:
        for tag in reversed(self._now.opened):
            self._put("end", tag)
        self._now.opened.clear()
        self._now.mark = ""

    def _begin_cell(self) -> None:
        for tag in ("table", "tr", "th" if self._is_header else "td")[len(self._table) :]:
            self.reader.start(tag, {})
            self._table.append(tag)

    def _end_table(self) -> None:
        while self._table:
            self.reader.end(self._table.pop())
