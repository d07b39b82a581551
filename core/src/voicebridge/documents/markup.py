"""Read HTML as blocks: web pages, chapters of books, and other formats converted to HTML.

It is parsed by libxml2 as a stream of tags, so that a page need not be well-formed, takes little memory, and takes time proportional to
its length. What is not part of the text is left out: navigation, forms, scripts, hidden elements, note marks, printed page numbers.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Literal

from voicebridge.blocks import Block, Document, Kind
from voicebridge.documents.notes import NEAR, RAISED, Span, is_page_number, is_raised
from voicebridge.documents.table import Table
from voicebridge.documents.unread import is_around_text, is_unread
from voicebridge.languages import language_code
from voicebridge.patterns import pattern

_SLICE = 65_536
"""Characters parsed at a time."""
_DEEPEST_SPAN = 8
"""Maximum nesting of links and raised text that is examined."""

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hgroup", "html", "legend", "li", "main", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", *_HEADINGS,
}  # fmt: skip
_CONTEXTS: dict[str, Kind] = {"blockquote": "quote", "pre": "code", "li": "item", "dt": "item", "dd": "item"}
_PICTURE_NAME = pattern(r"\S+\.(?:png|jpe?g|gif|svg|webp|bmp)", re.IGNORECASE)
_LINE_END = "\u2028"
"""Placeholder for ``<br>`` until the white space of a block has been normalised."""

Anchors = Mapping[str, tuple[int, str]]
"""Heading level and text by element id, used if the text has no heading there; the id "" is the start of the text."""


def read_html(html: str) -> Document:
    """Read a web page, or only its main part if that is marked."""
    only = "main" if re.search(r"<main\b", html, re.IGNORECASE) else None
    if only is None and len(re.findall(r"<article\b", html, re.IGNORECASE)) == 1:
        only = "article"
    for part in dict.fromkeys((only, None)):  # the main part may be empty until a script fills it
        reader = Reader("page", only=part)
        blocks = _blocks(reader, html)
        first = next(blocks, None)
        if first is not None or part is None:
            break
    return Document(_with_first(first, blocks), reader.title, reader.author, reader.language)


def markup_blocks(html: str, anchors: Anchors | None = None) -> Iterator[Block]:
    """Yield the blocks of HTML that contains only text, such as a chapter of a book."""
    return _blocks(Reader("text", anchors or {}), html)


def _with_first(first: Block | None, blocks: Iterator[Block]) -> Iterator[Block]:
    if first is not None:
        yield first
        yield from blocks


def _blocks(reader: Reader, html: str) -> Iterator[Block]:
    from lxml import etree

    html = re.sub(r"<!\[CDATA\[|\]\]>", "", html)
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True)
    try:
        for start in range(0, len(html), _SLICE):
            parser.feed(html[start : start + _SLICE].encode("utf-8", "replace"))
            yield from reader.taken()
        parser.close()
    except etree.XMLSyntaxError:  # nothing could be parsed
        pass
    reader.finish()
    yield from reader.taken()


class Reader:
    """Collects text until a block ends. The parser that calls it must end every element, in nesting order."""

    def __init__(self, kind: Literal["page", "text"], anchors: Anchors | None = None, only: str | None = None) -> None:
        self.title: str | None = None
        self.author: str | None = None
        self.language: str | None = None
        self._is_page = kind == "page"
        self._anchors = dict(anchors or {})
        self._only, self._within = only, 0
        self._done: deque[Block] = deque()
        self._text: list[str] = []
        self._contexts: list[str] = []
        """The open headings, list items, quotes and the like, innermost last."""
        self._preformatted = 0
        self._counters: list[int | None] = []
        """The number of the last item of each open list; ``None`` if its items are not numbered."""
        self._mark = ""
        self._block: Mapping[str, str] = {}
        """The attributes of the block that started last."""
        self._skipped, self._skip_depth = "", 0
        self._depth = 0
        self._languages: list[tuple[int, str]] = []
        """The languages of open elements that differ from the document's, and the nesting depth of these elements."""
        self._spans: list[Span | None] = []
        """Open inline elements that may be marks; ``None`` for those nested too deeply to be examined."""
        self._table: Table | None = None
        self._title: list[str] | None = None
        self._heading = self._anchors.pop("", None)
        self._repeated = ""
        """The rest of an inserted heading that the following paragraphs may repeat, in the form of :func:`_key`."""

    def taken(self) -> Iterator[Block]:
        """Return the blocks collected so far and clear them."""
        while self._done:
            yield self._done.popleft()

    def finish(self) -> None:
        """Close everything that is still open."""
        self._end_table()
        self._flush()

    # Called by the parser.

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Handle the start of an element."""
        self._note_facts(tag, attributes)
        self._depth += 1
        if self._skip_depth:
            self._skip_depth += 1
            return
        if is_unread(tag, attributes) or (self._is_page and not self._within and is_around_text(tag, attributes)):
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
        if self._anchors and (anchor := attributes.get("id") or attributes.get("name", "")) in self._anchors:
            self._heading = self._anchors.pop(anchor)

    def end(self, tag: str) -> None:
        """Handle the end of an element."""
        if tag == "title" and self._title is not None:
            self.title = self.title or " ".join("".join(self._title).split()) or None
            self._title = None
        self._depth -= 1
        if self._skip_depth:
            self._skip_depth -= 1
            return
        if tag in _BLOCKS:
            self._end_block(tag)
        elif tag == "q":
            self._text.append("”")
        elif self._spans and tag in ("a", "sup", "span"):
            self._end_span()
        if tag == self._only and self._within:
            self._within -= 1
        if self._languages and self._languages[-1][0] > self._depth:
            self._languages.pop()

    def data(self, data: str) -> None:
        """Handle text, or a part of it."""
        if self._title is not None:
            self._title.append(data)
        elif not self._skip_depth and (self._only is None or self._within):
            self._text.append(data)

    def close(self) -> None:
        """Handle the end of the document."""

    # Interpretation.

    def _note_facts(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "html":
            self.language = language_code(attributes.get("lang") or attributes.get("xml:lang"))
        elif tag == "title" and (not self._skip_depth or self._skipped == "head"):
            self._title = []
        elif tag == "meta" and attributes.get("name", "").lower() == "author":
            self.author = attributes.get("content", "").strip() or None

    def _start_block(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._table is not None and self._table.start(tag, attributes, self._take, self._put_row):
            return
        self._flush()
        self._block = attributes
        if (named := attributes.get("lang") or attributes.get("xml:lang")) and tag != "html" and (language := language_code(named)):
            self._languages.append((self._depth, language))
        if tag in ("ol", "ul"):
            start = attributes.get("start", "1")
            self._counters.append(int(start) - 1 if tag == "ol" and re.fullmatch(r"-?[0-9]{1,6}", start) else None)
        elif tag == "table" and self._table is None:
            self._table = Table()
        if tag in _CONTEXTS or tag in _HEADINGS:
            self._open_context(tag, attributes)

    def _open_context(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._contexts.append(tag)
        self._preformatted += tag == "pre"
        if tag == "li" and self._counters and (last := self._counters[-1]) is not None:
            value = attributes.get("value", "")
            self._counters[-1] = number = int(value) if re.fullmatch(r"-?[0-9]{1,6}", value) else last + 1
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
        if self._contexts and self._contexts[-1] == tag:
            self._contexts.pop()
            self._preformatted -= tag == "pre"

    def _start_inline(self, tag: str, attributes: Mapping[str, str]) -> None:
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
        elif tag in ("a", "sup", "span"):
            if tag == "sup" or is_raised(attributes):
                for outer in filter(None, self._spans[:_DEEPEST_SPAN]):
                    outer.raised = True
            self._spans.append(Span(tag, attributes, len(self._text)) if len(self._spans) < _DEEPEST_SPAN else None)

    def _end_span(self) -> None:
        span = self._spans.pop()
        if span is None:
            return
        text = "".join(self._text[span.start :]).strip()
        if not text:
            return
        in_raised_link = any(each is not None and (each.tag == "a" or each.raised) for each in self._spans)
        if span.is_mark(self._before(span.start), text):
            del self._text[span.start :]
        elif span.raised and span.tag != "a" and not in_raised_link and all(ord(letter) in RAISED for letter in text):
            self._text[span.start :] = [text.translate(RAISED)]

    def _before(self, place: int) -> str:
        """The last characters of the block before an item of its text."""
        last = ""
        while place > 0 and len(last) < NEAR:
            place -= 1
            last = self._text[place][-NEAR:] + last
        return last

    def _end_table(self) -> None:
        if self._table is not None and self._table.close(self._take, self._put_row):
            self._table = None

    def _put_row(self, text: str, kind: Kind) -> None:
        self._put(kind, text)

    def _take(self) -> str:
        """Return the text so far as a single line, for a table cell, and clear it."""
        text = " ".join("".join(self._text).replace(_LINE_END, " ").split())
        self._text.clear()
        self._spans.clear()
        return text

    def _flush(self) -> None:
        if self._table is not None:
            self._text.append(" ")
            return
        self._spans.clear()
        if not self._text:
            return
        tag = self._contexts[-1] if self._contexts else "p"
        raw = "".join(self._text)
        self._text.clear()
        if self._preformatted:
            text = raw.replace(_LINE_END, "\n").expandtabs(4).strip("\n").rstrip()
            kind: Kind = "code"
        else:
            text = "\n".join(filter(None, (" ".join(line.split()) for line in raw.split(_LINE_END))))
            kind = "heading" if tag in _HEADINGS else _CONTEXTS.get(tag, "paragraph")
        if text.strip() and not is_page_number(self._block, text):
            if kind == "heading":
                text = text.replace("\n", " ")
            self._put(kind, self._mark + text, _HEADINGS.get(tag, 0))
            self._mark = ""
        self._block = {}

    def _put(self, kind: Kind, text: str, level: int = 0) -> None:
        if self._heading is not None and kind != "heading":
            self._done.append(Block("heading", self._heading[1], self._heading[0]))
            self._repeated = _key(self._heading[1])
        self._heading = None
        key = _key(text) if self._repeated else ""
        if key and kind == "paragraph" and self._repeated.startswith(key):  # the text repeats the heading as a paragraph
            self._repeated = self._repeated[len(key) :]
            return
        self._repeated = ""
        language = self._languages[-1][1] if self._languages else None
        self._done.append(Block(kind, text, level, language if language != self.language else None))


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text[:500].casefold()))
