"""Books and texts in XML other than HTML (FictionBook, DAISY's DTBook, SSML), read by converting elements to equivalent HTML."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from voicebridge.blocks import LARGEST_COVER, Block, Document, DocumentSource
from voicebridge.documents.markup import Reader
from voicebridge.errors import InputError
from voicebridge.languages import language_code

_SLICE = 65_536
"""Bytes parsed at a time."""
_ENTITY = b"<!ENTITY"
_ENTITY_LENGTH = 32
"""Bytes of the entity marker in the widest encoding."""
_LARGEST = 256 << 20
"""Bytes; pictures are embedded in the file."""
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG")
_YEAR = re.compile(r"\b[12]\d{3}\b")

_SAME = {
    "body": "div", "section": "div", "subtitle": "p", "cite": "blockquote", "epigraph": "blockquote", "poem": "blockquote",
    "stanza": "p", "text-author": "p", "annotation": "div", "doctitle": "h1", "docauthor": "p", "linegroup": "p", "byline": "p",
    "dateline": "p", "sidebar": "div", "imggroup": "div", "frontmatter": "div", "bodymatter": "div", "rearmatter": "div",
    "paragraph": "p", "speak": "div", "book": "div", "list": "ul", "level": "div",
    **{f"level{level}": "div" for level in range(1, 7)},
}  # fmt: skip
"""The equivalent HTML elements; elements not listed keep their name."""
_VERSES = frozenset({"v", "line"})
_UNREAD = frozenset({
    "binary", "stylesheet", "image", "noteref", "note", "pagenum", "prodnote", "metadata", "lexicon", "desc", "mark", "meta", "link",
})  # fmt: skip
_NOTES = frozenset({"notes", "comments", "footnotes"})


def read_xml(source: DocumentSource) -> Document:
    """Read such a text in parts, so that embedded pictures take no memory.

    Raises:
        InputError: if it is too large, or declares entities, which can expand exponentially.
    """
    size = source.path.stat().st_size if source.data is None else len(source.data)
    if size > _LARGEST:
        raise InputError(f"{source.name} has {size >> 20} MiB, and the limit for XML is {_LARGEST >> 20} MiB. Split it.")
    events = _Events()
    blocks = _blocks(source, events)
    first = next(blocks, None)
    return Document(
        _with_first(first, blocks), events.title, ", ".join(events.authors) or None, events.language,
        events.year, events.genre, events.series, _cover(source, events.cover) if events.cover else None,
    )  # fmt: skip


def _with_first(first: Block | None, blocks: Iterator[Block]) -> Iterator[Block]:
    if first is not None:
        yield first
        yield from blocks


def _blocks(source: DocumentSource, events: _Events) -> Iterator[Block]:
    for _ in _parsed(source, events):
        yield from events.reader.taken()
    events.reader.finish()
    yield from events.reader.taken()


def _cover(source: DocumentSource, name: str) -> bytes | None:
    """The picture of that name, which follows the text."""
    picture = _Picture(name)
    for _ in _parsed(source, picture):
        if picture.is_whole:
            break
    try:
        data = base64.b64decode("".join(picture.parts))
    except (binascii.Error, ValueError):
        return None
    return data if picture.is_whole and data.startswith(_PICTURES) else None


def _parsed(source: DocumentSource, target: Any) -> Iterator[None]:
    """Feed a file to a parser target, yielding after every slice."""
    from lxml import etree

    parser = etree.XMLParser(target=target, recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    last = b""
    with source.open() as file:
        try:
            while data := file.read(_SLICE):
                last = last[-_ENTITY_LENGTH:] + data
                if _ENTITY in last.replace(b"\0", b""):
                    raise InputError(f"{source.name} declares entities, which is not allowed. Get it again from its source.")
                parser.feed(data)
                yield
            parser.close()
        except etree.XMLSyntaxError:  # what could be parsed has been
            pass


class _Picture:
    """Collects the data of one picture."""

    def __init__(self, name: str) -> None:
        self.parts: list[str] = []
        self.is_whole = False
        self._name = name
        self._is_open = False
        self._size = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._is_open = name.rpartition("}")[2].lower() == "binary" and attributes.get("id") == self._name and not self.is_whole

    def end(self, _: str) -> None:
        self.is_whole |= self._is_open
        self._is_open = False

    def data(self, data: str) -> None:
        if not self._is_open:
            return
        self._size += len(data)
        if self._size > LARGEST_COVER * 3 // 2:
            self.parts.clear()
            self.end("")
        else:
            self.parts.append(data)

    def close(self) -> None:
        pass


class _Events:
    """Feeds the equivalent elements to the HTML reader, and collects the metadata."""

    def __init__(self) -> None:
        self.reader = Reader("text")
        self.title: str | None = None
        self.authors: list[str] = []
        self.language: str | None = None
        self.year: str | None = None
        self.genre: str | None = None
        self.series: str | None = None
        self.cover = ""
        """The name of the cover picture."""
        self._open: list[str] = []
        """The element opened in the reader for each open element; "" if none was."""
        self._skipped = 0
        self._facts: list[str] = []
        """The open elements inside the description."""
        self._words: list[str] = []
        self._sections = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition("}")[2].lower()
        plain = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if self._facts or tag == "description":
            self._facts.append(tag)
            self._words.clear()
            self._note_attributes(tag, plain)
            return
        if tag == "meta":
            self._note_meta(plain)
        elif tag == "sub" and "alias" in plain and not self._skipped:  # SSML: spoken instead of the text
            self.reader.data(plain["alias"])
            self._skipped += 1
            return
        if self._skipped or tag in _UNREAD or (tag == "body" and plain.get("name") in _NOTES):
            self._skipped += 1
            return
        if "lang" in plain and not self.language:
            self.language = self.reader.language = language_code(plain["lang"])
        self._sections += tag == "section"
        self._open.append(self._html(tag, plain))
        if self._open[-1]:
            self.reader.start(self._open[-1], plain)

    def _html(self, tag: str, attributes: Mapping[str, str]) -> str:
        if tag == "title":
            return f"h{min(self._sections + 1, 6)}"
        if tag == "list" and attributes.get("type") == "ol":
            return "ol"
        if tag in _VERSES:
            return ""
        return _SAME.get(tag, tag)

    def end(self, name: str) -> None:
        tag = name.rpartition("}")[2].lower()
        if self._facts:
            self._note_fact()
            self._facts.pop()
            return
        if self._skipped:
            self._skipped -= 1
            return
        self._sections -= tag == "section"
        if tag in _VERSES:
            self.reader.start("br", {})
            self.reader.end("br")
        if told := self._open.pop():
            self.reader.end(told)

    def data(self, data: str) -> None:
        if self._facts:
            self._words.append(data)
        elif not self._skipped:
            self.reader.data(data)

    def close(self) -> None:
        pass

    def _note_meta(self, attributes: Mapping[str, str]) -> None:
        name, content = attributes.get("name", "").lower(), attributes.get("content", "")
        if name == "dc:title":
            self.title = content or None
        elif name == "dc:creator" and content:
            self.authors.append(content)

    def _note_attributes(self, tag: str, attributes: Mapping[str, str]) -> None:
        if "title-info" not in self._facts:
            return
        if tag == "image" and "coverpage" in self._facts:
            self.cover = self.cover or attributes.get("href", "").removeprefix("#")
        elif tag == "sequence" and (name := attributes.get("name")) and self.series is None:
            number = attributes.get("number")
            self.series = f"{name} #{number}" if number else name
        elif tag == "date":
            self._note_year(attributes.get("value", ""))

    def _note_year(self, written: str) -> None:
        if year := _YEAR.search(written):
            self.year = self.year or year[0]

    def _note_fact(self) -> None:
        words = " ".join("".join(self._words).split())
        self._words.clear()
        tag = self._facts[-1]
        if tag == "year" and "publish-info" in self._facts:
            self._note_year(words)
        if not words or "title-info" not in self._facts:
            return
        if tag == "date":
            self._note_year(words)
        elif tag == "genre":
            self.genre = self.genre or words.replace("_", " ")  # from a list of codes, such as "prose_contemporary"
        elif tag == "book-title":
            self.title = words
        elif tag == "lang":
            self.language = self.reader.language = language_code(words)
        elif tag in ("first-name", "middle-name", "last-name") and "author" in self._facts:
            if tag == "first-name" or not self.authors:
                self.authors.append(words)
            else:
                self.authors[-1] += f" {words}"
