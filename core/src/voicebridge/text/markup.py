"""HTML as blocks: of web pages, of the chapters of a book, and of what other formats are turned into.

It is read as a stream of tags, by the standard library's parser, so that a page need not be well-formed and takes little memory. What
is not part of the text is left out: navigation, forms, scripts, hidden elements, marks of footnotes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Literal

from voicebridge.text.document import Block, Document, Kind
from voicebridge.text.language import language_code
from voicebridge.text.table import Table

_SLICE = 65_536
"""Letters that are parsed at one go."""

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_ENDED_BY_THE_NEXT = frozenset({"p", "li", "dt", "dd", "tr", "td", "th"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hgroup", "html", "legend", "li", "main", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", *_HEADINGS,
}  # fmt: skip
_CONTEXTS: dict[str, Kind] = {"blockquote": "quote", "pre": "code", "li": "item", "dt": "item", "dd": "item"}
_NEVER_READ = {
    "annotation", "annotation-xml", "applet", "audio", "button", "canvas", "datalist", "embed", "head", "iframe", "map", "meter",
    "noscript", "object", "progress", "rp", "rt", "script", "select", "style", "svg", "template", "textarea", "video",
}  # fmt: skip
_AROUND_THE_TEXT = frozenset({"nav", "footer", "aside", "form", "menu"})
_ROLES_AROUND_THE_TEXT = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "menu", "dialog"})
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,4}|[a-z]|[*†‡§]+)[\])]?|[↑↩↵⤴^️︎]+")
_NOTE_CLASS = re.compile(r"\b(?:footnote-?ref|noteref|reference|fnref|fn-ref)\b")
_PICTURE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|svg|webp|bmp)", re.IGNORECASE)
_RAISED = str.maketrans("0123456789+-−n()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ⁽⁾")
_LINE_END = "\u2028"
"""Stands for ``<br>`` until a block's white space has been put in order."""

Attributes = list[tuple[str, str | None]]
Anchors = Mapping[str, tuple[int, str]]
"""A heading's level and text for elements, by their ids, that may stand where the text has no heading; "" is the text's beginning."""


def read_html(html: str) -> Document:
    """Read a web page; where it marks its main part, that alone."""
    only = "main" if re.search(r"<main\b", html, re.IGNORECASE) else None
    if only is None and len(re.findall(r"<article\b", html, re.IGNORECASE)) == 1:
        only = "article"
    for part in dict.fromkeys((only, None)):  # a main part may be empty until a script fills it
        reader = _Reader("page", only=part)
        blocks = _blocks(reader, html)
        first = next(blocks, None)
        if first is not None or part is None:
            break
    return Document(_with_first(first, blocks), reader.title, reader.author, reader.language)


def markup_blocks(html: str, anchors: Anchors | None = None) -> Iterator[Block]:
    """Yield the blocks of HTML that holds nothing but text, such as a chapter of a book."""
    return _blocks(_Reader("text", anchors or {}), html)


def _with_first(first: Block | None, blocks: Iterator[Block]) -> Iterator[Block]:
    if first is not None:
        yield first
        yield from blocks


def _blocks(reader: _Reader, html: str) -> Iterator[Block]:
    # Word's conditions are comments; so far not every version of the parser takes them for that.
    html = re.sub(r"<!\[CDATA\[|\]\]>", "", html).replace("<![", "<! [")
    for start in range(0, len(html), _SLICE):
        reader.feed(html[start : start + _SLICE])
        yield from reader.taken()
    reader.close()
    reader.finish()
    yield from reader.taken()


class _Reader(HTMLParser):
    """Gathers text until a block ends."""

    def __init__(self, kind: Literal["page", "text"], anchors: Anchors | None = None, only: str | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.title: str | None = None
        self.author: str | None = None
        self.language: str | None = None
        self._is_page = kind == "page"
        self._anchors = dict(anchors or {})
        self._only, self._within = only, 0
        self._done: deque[Block] = deque()
        self._text: list[str] = []
        self._contexts: list[str] = []
        """The open headings, list items, quotes and the like, the innermost last."""
        self._counters: list[int | None] = []
        """The number of the last item of each open list; ``None`` where items have none."""
        self._mark = ""
        self._skipped, self._skip_depth = "", 0
        self._spans: list[tuple[str, int, bool]] = []
        """Open links within the document and raised text: the tag, where their text begins, whether they mark a note."""
        self._table: Table | None = None
        self._title: list[str] | None = None
        self._heading = self._anchors.pop("", None)

    def taken(self) -> Iterator[Block]:
        """What has been gathered, which is then forgotten."""
        while self._done:
            yield self._done.popleft()

    def finish(self) -> None:
        """Take what stands open for finished."""
        self._end_table()
        self._flush()

    # What the parser calls.

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._note_facts(tag, attributes)
        if self._skipped == tag and tag in _ENDED_BY_THE_NEXT:
            self._skipped = ""
        if self._skipped:
            self._skip_depth += tag == self._skipped
            return
        if tag not in _VOID and self._is_skipped(tag, attributes):
            if tag in _BLOCKS:
                self._flush()
            self._skipped, self._skip_depth = tag, 1
            return
        if tag == self._only:
            self._flush()
            self._within += 1
        if tag in _BLOCKS:
            self._start_block(tag, attributes)
        else:
            self._start_inline(tag, attributes)
        if (anchor := attributes.get("id") or attributes.get("name", "")) in self._anchors:
            self._heading = self._anchors.pop(anchor)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self.title = self.title or " ".join("".join(self._title).split()) or None
            self._title = None
        if self._skipped:
            self._skip_depth -= tag == self._skipped
            if not self._skip_depth:
                self._skipped = ""
            return
        if tag in _BLOCKS:
            self._end_block(tag)
        elif tag in ("a", "sup"):
            self._end_span(tag)
        elif tag == "q":
            self._text.append("”")
        if tag == self._only and self._within:
            self._within -= 1

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)
        elif not self._skipped and (self._only is None or self._within):
            self._text.append(data)

    # What it means.

    def _note_facts(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "html":
            self.language = language_code(attributes.get("lang") or attributes.get("xml:lang"))
        elif tag == "title" and self._skipped in ("", "head"):
            self._title = []
        elif tag == "meta" and attributes.get("name", "").lower() == "author":
            self.author = attributes.get("content", "").strip() or None
        elif tag == "body" and self._skipped == "head":  # which nobody has closed
            self._skipped = ""

    def _is_skipped(self, tag: str, attributes: dict[str, str]) -> bool:
        if tag in _NEVER_READ or "hidden" in attributes or attributes.get("aria-hidden") == "true":
            return True
        if "doc-pagebreak" in attributes.get("role", "") or "pagebreak" in attributes.get("epub:type", ""):
            return True
        if re.search(r"display\s*:\s*none", attributes.get("style", "")):
            return True
        if not self._is_page or self._within:
            return False
        return tag in _AROUND_THE_TEXT or attributes.get("role") in _ROLES_AROUND_THE_TEXT

    def _start_block(self, tag: str, attributes: dict[str, str]) -> None:
        if self._table is not None and self._table.start(tag, attributes, self._take, self._put_row):
            return
        self._flush()
        if tag in ("ol", "ul"):
            start = attributes.get("start", "1")
            self._counters.append(int(start) - 1 if tag == "ol" and re.fullmatch(r"-?\d{1,6}", start) else None)
        elif tag == "table" and self._table is None:
            self._table = Table()
        if tag in _CONTEXTS or tag in _HEADINGS:
            self._open_context(tag, attributes)

    def _open_context(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _HEADINGS:
            self._contexts = [each for each in self._contexts if each not in _HEADINGS]
        self._contexts.append(tag)
        if tag == "li" and self._counters and (last := self._counters[-1]) is not None:
            value = attributes.get("value", "")
            self._counters[-1] = number = int(value) if re.fullmatch(r"-?\d{1,6}", value) else last + 1
            self._mark = f"{number}. "

    def _end_block(self, tag: str) -> None:
        if tag == "table":
            self._end_table()
            return
        if self._table is not None and self._table.end(tag, self._take, self._put_row):
            return
        self._flush()
        if tag in ("ol", "ul") and self._counters:
            self._counters.pop()
        if tag in self._contexts:
            last = len(self._contexts) - 1 - self._contexts[::-1].index(tag)
            del self._contexts[last:]

    def _start_inline(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "br":
            self._text.append(_LINE_END)
        elif tag == "hr":
            self._flush()
            self._done.append(Block("break", ""))
        elif tag == "img":
            alt = attributes.get("alt", "").strip()
            if alt and (self._only is None or self._within) and not _PICTURE_NAME.fullmatch(alt):
                self._text.append(f" {alt} ")
        elif tag == "q":
            self._text.append("“")
        elif tag == "sup" or (tag == "a" and attributes.get("href", "").startswith("#")):
            of_note = " ".join(attributes.get(name, "") for name in ("class", "role", "epub:type", "rel"))
            self._spans.append((tag, len(self._text), bool(_NOTE_CLASS.search(of_note))))

    def _end_span(self, tag: str) -> None:
        if not any(each[0] == tag for each in self._spans):
            return
        open_tag, start, marks_note = self._spans.pop()
        while open_tag != tag:
            open_tag, start, marks_note = self._spans.pop()
        text = "".join(self._text[start:]).strip()
        in_both = any(each[0] != tag for each in self._spans)  # a raised link is the mark of a note
        if tag == "a":
            is_mark = _NOTE_MARK.fullmatch(text) and (marks_note or in_both or text[0] in "[(")
            if is_mark or not any(map(str.isalnum, text)):
                del self._text[start:]
        elif marks_note:
            del self._text[start:]
        elif text and not in_both and all(ord(letter) in _RAISED for letter in text):
            self._text[start:] = [text.translate(_RAISED)]

    def _end_table(self) -> None:
        if self._table is not None and self._table.close(self._take, self._put_row):
            self._table = None

    def _put_row(self, text: str, kind: Kind) -> None:
        self._put(kind, text)

    def _take(self) -> str:
        """The text so far, in one line, as that of a cell."""
        text = " ".join("".join(self._text).replace(_LINE_END, " ").split())
        self._text.clear()
        self._spans.clear()
        return text

    def _flush(self) -> None:
        if self._table is not None:
            self._text.append(" ")
            return
        tag = self._contexts[-1] if self._contexts else "p"
        raw = "".join(self._text)
        self._text.clear()
        self._spans.clear()
        if "pre" in self._contexts:
            text = raw.replace(_LINE_END, "\n").expandtabs(4).strip("\n").rstrip()
            kind: Kind = "code"
        else:
            text = "\n".join(filter(None, (" ".join(line.split()) for line in raw.split(_LINE_END))))
            kind = "heading" if tag in _HEADINGS else _CONTEXTS.get(tag, "paragraph")
        if text.strip():
            if kind == "heading":
                text = text.replace("\n", " ")
            self._put(kind, self._mark + text, _HEADINGS.get(tag, 0))
            self._mark = ""

    def _put(self, kind: Kind, text: str, level: int = 0) -> None:
        if self._heading is not None and kind != "heading":
            self._done.append(Block("heading", self._heading[1], self._heading[0]))
        self._heading = None
        self._done.append(Block(kind, text, level))
