"""Books and texts in XML that is no HTML: FictionBook, DAISY's DTBook, SSML; each element is read as that of HTML that means the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voicebridge.errors import InputError
from voicebridge.text.document import Block, Document, Source
from voicebridge.text.language import language_code
from voicebridge.text.markup import Reader

_SLICE = 65_536
"""Bytes that are parsed at one go."""
_ENTITY = b"<!ENTITY"
_ENTITY_LENGTH = 32
"""Bytes that it takes in the widest encoding."""
_LARGEST = 256 << 20
"""Bytes; pictures are within the file."""

_SAME = {
    "body": "div", "section": "div", "subtitle": "p", "cite": "blockquote", "epigraph": "blockquote", "poem": "blockquote",
    "stanza": "p", "text-author": "p", "annotation": "div", "doctitle": "h1", "docauthor": "p", "linegroup": "p", "byline": "p",
    "dateline": "p", "sidebar": "div", "imggroup": "div", "frontmatter": "div", "bodymatter": "div", "rearmatter": "div",
    "paragraph": "p", "speak": "div", "book": "div", "list": "ul", "level": "div",
    **{f"level{level}": "div" for level in range(1, 7)},
}  # fmt: skip
"""The element of HTML for elements that have another name there; others are taken as they are called."""
_VERSES = frozenset({"v", "line"})
_UNREAD = frozenset({
    "binary", "stylesheet", "image", "noteref", "note", "pagenum", "prodnote", "metadata", "lexicon", "desc", "mark", "meta", "link",
})  # fmt: skip
_NOTES = frozenset({"notes", "comments", "footnotes"})


def read_xml(source: Source) -> Document:
    """Read such a text; it is read part by part, so that pictures in it take no memory.

    Raises:
        InputError: when it is too large, or declares entities, which can multiply its text.
    """
    size = source.path.stat().st_size if source.data is None else len(source.data)
    if size > _LARGEST:
        raise InputError(f"{source.name} has {size >> 20} MiB, and XML of more than {_LARGEST >> 20} MiB can't be read. Split it.")
    events = _Events()
    blocks = _blocks(source, events)
    first = next(blocks, None)
    return Document(_with_first(first, blocks), events.title, ", ".join(events.authors) or None, events.language)


def _with_first(first: Block | None, blocks: Iterator[Block]) -> Iterator[Block]:
    if first is not None:
        yield first
        yield from blocks


def _blocks(source: Source, events: _Events) -> Iterator[Block]:
    from lxml import etree

    parser = etree.XMLParser(target=events, recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    last = b""
    with source.open() as file:
        try:
            while data := file.read(_SLICE):
                last = last[-_ENTITY_LENGTH:] + data
                if _ENTITY in last.replace(b"\0", b""):
                    raise InputError(f"{source.name} declares entities, which no text has. Get it again from where it came.")
                parser.feed(data)
                yield from events.reader.taken()
            parser.close()
        except etree.XMLSyntaxError:  # what could be read of it has been
            pass
    events.reader.finish()
    yield from events.reader.taken()


class _Events:
    """Hands the reader of HTML the elements that mean the same, and keeps what the text says of itself."""

    def __init__(self) -> None:
        self.reader = Reader("text")
        self.title: str | None = None
        self.authors: list[str] = []
        self.language: str | None = None
        self._open: list[str] = []
        """What the reader was told of each open element; "" where it was told nothing."""
        self._skipped = 0
        self._facts: list[str] = []
        """The open elements within the description."""
        self._words: list[str] = []
        self._sections = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition("}")[2].lower()
        plain = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if self._facts or tag == "description":
            self._facts.append(tag)
            self._words.clear()
            return
        if tag == "meta":
            self._note_meta(plain)
        elif tag == "sub" and "alias" in plain and not self._skipped:  # SSML: what is said in its stead
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

    def _note_fact(self) -> None:
        words = " ".join("".join(self._words).split())
        self._words.clear()
        if not words or "title-info" not in self._facts:
            return
        tag = self._facts[-1]
        if tag == "book-title":
            self.title = words
        elif tag == "lang":
            self.language = self.reader.language = language_code(words)
        elif tag in ("first-name", "middle-name", "last-name") and "author" in self._facts:
            if tag == "first-name" or not self.authors:
                self.authors.append(words)
            else:
                self.authors[-1] += f" {words}"
