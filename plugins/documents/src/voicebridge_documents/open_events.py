"""Convert the elements of an OpenDocument text to the equivalent HTML elements for the HTML reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voicebridge.documents.markup import Reader
from voicebridge.languages import language_code

from voicebridge_documents.open_styles import Styles, number, short

_UNREAD = frozenset({
    "office:annotation", "office:annotation-end", "office:binary-data", "office:forms", "office:scripts", "office:event-listeners",
    "text:tracked-changes", "text:note-citation", "text:page-number", "text:page-count", "text:page-continuation", "text:ruby-text",
    "text:hidden-text", "text:bibliography-mark", "text:table-of-content", "text:illustration-index", "text:table-index",
    "text:object-index", "text:user-index", "text:alphabetical-index", "text:script", "draw:object", "draw:object-ole",
    "table:covered-table-cell", "table:shapes",
})  # fmt: skip
"""Remarks, deleted text, page numbers, indexes, and content for programs."""
_FACTS = {"dc:title": "title", "dc:creator": "creator", "meta:initial-creator": "author", "dc:language": "language"}
_ROWS = {"table:table": "table", "table:table-row": "tr", "text:list-header": "div", "text:section": "div"}
_SIGNS = {"text:s": " ", "text:tab": " ", "text:line-break": ""}
_WIDEST = 50
"""Maximum number of columns that a cell may span."""


@dataclass(slots=True)
class _List:
    style: str
    level: int
    is_numbered: bool
    next: int


class OpenEvents:
    """The target of the parsers of all parts, the styles first."""

    def __init__(self) -> None:
        """Nothing has been read yet."""
        self.reader = Reader("text")
        self.facts: dict[str, str] = {}
        self._styles = Styles()
        self._fact: list[str] | None = None
        self._skipped = 0
        self._is_text = False
        self._opened: list[tuple[str, ...]] = []
        """The elements opened in the reader for each open element."""
        self._lists: list[_List] = []
        self._last: dict[tuple[str, int], int] = {}
        """The next number of each list style and level, for lists that continue."""
        self._header_rows = 0
        self._paragraphs = 0
        self._notes: list[list[tuple[str, tuple[object, ...]]]] = []
        self._in_note = False
        self._described = False

    @property
    def author(self) -> str | None:
        """Who wrote it, or else who changed it last."""
        return self.facts.get("author") or self.facts.get("creator")

    @property
    def language(self) -> str | None:
        """ISO 639-1 code."""
        return language_code(self.facts.get("language")) or self._styles.language

    # Called by the parser.

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Handle the start of an element."""
        name = short(tag)
        if self._skipped:
            self._skipped += 1
            return
        values = {short(key): value for key, value in attributes.items()}
        if name in _FACTS or (self._is_text and name in ("svg:title", "svg:desc")):
            self._fact = []
        elif name == "office:text":
            self._is_text = True
            self.reader.language = self.language
        elif not self._is_text:
            self._styles.start(name, values)
        elif name in _UNREAD or self._is_hidden(name, values):
            self._skipped = 1
        else:
            self._opened.append(self._start_of_text(name, values))

    def end(self, tag: str) -> None:
        """Handle the end of an element."""
        name = short(tag)
        if self._skipped:
            self._skipped -= 1
        elif self._fact is not None:
            self._end_fact(name, " ".join("".join(self._fact).split()))
            self._fact = None
        elif name == "office:text":
            self._is_text = False
        elif not self._is_text:
            self._styles.end(name)
        else:
            self._end_of_text(name)
            for each in reversed(self._opened.pop()):
                self._put("end", each)

    def data(self, data: str) -> None:
        """Handle text, or a part of it."""
        if self._fact is not None:
            self._fact.append(data)
        elif self._paragraphs and not self._skipped:
            self._put("data", data)

    def close(self) -> None:
        """Handle the end of a part."""

    def finish(self) -> None:
        """Add the notes, and close everything that is still open."""
        for count, events in enumerate(self._notes, 1):
            self.reader.start("ol", {"start": str(count)})
            self.reader.start("li", {})
            for kind, arguments in events:
                getattr(self.reader, kind)(*arguments)
            self.reader.end("li")
            self.reader.end("ol")
        self.reader.finish()

    # Interpretation.

    def _put(self, kind: str, *arguments: object) -> None:
        if self._in_note:
            self._notes[-1].append((kind, arguments))
        else:
            getattr(self.reader, kind)(*arguments)

    def _open(self, *tags: str, **attributes: str) -> tuple[str, ...]:
        for tag in tags:
            self._put("start", tag, attributes)
        return tags

    def _is_hidden(self, name: str, values: Mapping[str, str]) -> bool:
        if name == "text:section":
            return values.get("text:display") == "none"
        return name in ("text:span", "text:p") and self._styles.of(values.get("text:style-name", "")).is_hidden

    def _end_fact(self, name: str, text: str) -> None:
        if name in _FACTS:
            if text:
                self.facts.setdefault(_FACTS[name], text)
        elif text and not self._described:
            self._described = True
            self._open("img", alt=text)
            self._put("end", "img")

    def _start_of_text(self, name: str, values: Mapping[str, str]) -> tuple[str, ...]:
        if name in ("text:h", "text:p"):
            return self._start_paragraph(name, values)
        if name in ("text:list", "text:list-item"):
            return self._start_list(name, values)
        if name == "table:table-cell":
            span = min(number(values.get("table:number-columns-spanned"), 1), _WIDEST)
            return self._open("th" if self._header_rows else "td", colspan=str(span))
        if name in _ROWS:
            return self._open(_ROWS[name])
        return self._start_inline(name, values)

    def _start_inline(self, name: str, values: Mapping[str, str]) -> tuple[str, ...]:
        if name in _SIGNS:
            self._put("data", _SIGNS[name])
            return self._open("br") if name == "text:line-break" else ()
        if name == "text:span" and self._styles.of(values.get("text:style-name", "")).is_raised:
            return self._open("sup")
        if name == "table:table-header-rows":
            self._header_rows += 1
        elif name == "text:note-body":
            self._notes.append([])
            self._in_note = True
        elif name == "draw:frame":
            self._described = False
        return ()

    def _end_of_text(self, name: str) -> None:
        if name in ("text:h", "text:p"):
            self._paragraphs -= 1
        elif name == "table:table-header-rows":
            self._header_rows -= 1
        elif name == "text:list":
            done = self._lists.pop()
            self._last[done.style, done.level] = done.next
        elif name == "text:note-body":
            self._in_note = False

    def _start_paragraph(self, name: str, values: Mapping[str, str]) -> tuple[str, ...]:
        self._paragraphs += 1
        style = self._styles.of(values.get("text:style-name", ""))
        level = 1 if "title" in style.name.splitlines() else style.level
        if name == "text:h":
            level = number(values.get("text:outline-level"), 1)
        language = {"lang": style.language} if style.language and style.language != self.language else {}
        if level:
            return self._open(f"h{min(level, 6)}", **language)
        if "quotation" in style.name:
            return self._open("blockquote", **language)
        return self._open("pre" if "preformatted text" in style.name else "p", **language)

    def _start_list(self, name: str, values: Mapping[str, str]) -> tuple[str, ...]:
        if name == "text:list":
            outer = self._lists[-1] if self._lists else None
            style = values.get("text:style-name") or (outer.style if outer else "")
            level = len(self._lists) + 1
            first = self._styles.first_number(style, level)
            if values.get("text:continue-numbering") == "true" or "text:continue-list" in values:
                first = first and self._last.get((style, level), first)
            self._lists.append(_List(style, level, first is not None, first or 1))
            return self._open("ul") if first is None else self._open("ol", start=str(first))
        if not self._lists:
            return ()
        inner = self._lists[-1]
        inner.next = number(values.get("text:start-value"), inner.next) + 1
        return self._open("li", **({"value": str(inner.next - 1)} if inner.is_numbered else {}))
