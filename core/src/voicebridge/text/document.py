"""A document as the blocks that it is read in: headings, paragraphs, items of lists, rows of tables.

Blocks may come from an iterator that reads the file as it goes on, so that a book takes no more memory than a page. What is wrong with
a file is found out before the first block, as far as it can be: nobody should hear of it after an hour of reading.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import IO, Literal

from voicebridge.errors import InputError

Kind = Literal["heading", "paragraph", "item", "quote", "code", "table", "break"]

SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml", ".epub", ".pdf", ".docx", ".fb2", ".srt", ".vtt"})
"""Endings of what is taken for a document when the user names a file."""

_LARGEST_PIPE = 256 << 20
"""Bytes."""
_MARKDOWN = frozenset({".md", ".markdown"})
_HTML = frozenset({".html", ".htm", ".xhtml"})


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a document that is read without a longer pause."""

    kind: Kind
    text: str
    """What is read, without markup. A line end stands where the document means one: between lines of code or verse. Empty for a break."""
    level: int = 0
    """1 for the highest heading, 2 for the next; 0 for what is no heading."""
    language: str | None = None
    """ISO 639-1 code, where it is in another language than the document."""


@dataclass(frozen=True, slots=True)
class Document:
    """What there is to read, and what it says of itself."""

    blocks: Iterable[Block]
    """In the order of reading; perhaps an iterator that can be used once."""
    title: str | None = None
    author: str | None = None
    language: str | None = None
    """ISO 639-1 code."""
    year: str | None = None
    """Of its publication, in four digits."""
    genre: str | None = None
    series: str | None = None
    """The series that it is a part of, and which part: "The Saga #2"."""
    cover: bytes | None = None
    """The picture on its cover, a JPEG or PNG file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be opened again and again, be it a pipe."""

    name: str
    """How to call it in messages."""
    path: Path
    data: bytes | None
    """What it holds, where it can be read only once."""

    def open(self) -> IO[bytes]:
        """Open it for reading from any place."""
        return self.path.open("rb") if self.data is None else io.BytesIO(self.data)

    def read(self, size: int = -1) -> bytes:
        """The first ``size`` bytes, or all."""
        with self.open() as file:
            return file.read(size)


def read_document(path: Path, language: str | None = None) -> Document:
    """Open a file and read it as what it holds, whatever its name says.

    Args:
        path: the file.
        language: ISO 639-1 code of what it is written in, where that is known; helps to tell older encodings.

    Raises:
        InputError: when it can't be read, or holds no text.
        Unavailable: when it takes the libraries of ``voicebridge-core[documents]`` and they are not installed.
    """
    try:
        return _begun(_read(_source(path), language), str(path))
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist. Check the name.") from error
    except OSError as error:
        raise InputError(f"{path} can't be opened: {error.strerror or error}. Check its permissions.") from error


def read_bytes(data: bytes, name: str, language: str | None = None) -> Document:
    """Read what came through a pipe, as what it holds; ``name`` is what it is called in messages.

    Raises:
        InputError: when it holds no text.
        Unavailable: as :func:`read_document` does.
    """
    return _begun(_read(Source(name, Path(name), data), language), name)


def read_plain(path: Path | None, data: bytes | None, name: str, language: str | None = None) -> str:
    """The whole of a plain text, such as a script, from a file or a pipe.

    Raises:
        InputError: when it can't be read, or is no plain text.
        Unavailable: when the library that would tell its encoding is missing.
    """
    from voicebridge.text import encoding

    try:
        source = Source(name, Path(name), data) if path is None else _source(path)
        if encoding.kind_of(source) != "text":
            raise InputError(f"{name} is no plain text. Save it as text.")
        return encoding.decoded(source, language=language)
    except OSError as error:
        raise InputError(f"{name} can't be opened: {error.strerror or error}. Check its permissions.") from error


def read_text(text: str, *, markdown: bool = False) -> Document:
    """Take text as a document; as Markdown where it is said to be."""
    if markdown:
        from voicebridge.text.markdown import read_markdown

        document = read_markdown(text)
    elif text.lstrip().startswith(("<speak>", "<speak ")):
        return read_bytes(text.encode("utf-8", "replace"), "The text")
    else:
        from voicebridge.text.plain import plain_blocks

        document = Document(plain_blocks(text.splitlines()))
    return replace(document, blocks=_prose(document.blocks))


def read_pipe(pipe: IO[bytes], name: str) -> bytes:
    """All that comes through a pipe.

    Raises:
        InputError: when it is more than any document.
    """
    data = pipe.read(_LARGEST_PIPE + 1)
    if len(data) > _LARGEST_PIPE:
        raise InputError(f"{name} gives more than {_LARGEST_PIPE >> 20} MiB. Save it as a file, and name that.")
    return data


def _source(path: Path) -> Source:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} is a folder. Name a file in it.")
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        raise InputError(f"{path} is a device, not a document. Name a file, or - for standard input.")
    data = None
    if not stat.S_ISREG(status.st_mode):
        with path.open("rb") as pipe:
            data = read_pipe(pipe, str(path))
    source = Source(str(path), path, data)
    if not source.read(1):
        raise InputError(f"{path} is empty (0 bytes). Save or copy it again.")
    return source


def _read(source: Source, language: str | None) -> Document:
    from voicebridge.text import encoding

    kind = encoding.kind_of(source)
    if kind == "pdf":
        from voicebridge.text.pdf import read_pdf

        return read_pdf(source)
    if kind == "epub":
        from voicebridge.text.epub import read_epub

        return read_epub(source)
    if kind == "docx":
        from voicebridge.text.docx import read_docx

        return read_docx(source)
    if kind == "xml":
        from voicebridge.text.xml_books import read_xml

        return read_xml(source)
    if kind == "subtitles":
        from voicebridge.text.cues import cue_blocks

        return Document(cue_blocks(encoding.decoded_lines(source, language)))
    suffix = source.path.suffix.lower()
    if kind == "html" or suffix in _HTML:
        from voicebridge.text.markup import read_html

        return read_html(encoding.decoded(source, encoding.declared_encoding(source), language=language))
    if suffix in _MARKDOWN:
        from voicebridge.text.markdown import read_markdown

        return read_markdown(encoding.decoded(source, language=language))
    from voicebridge.text.plain import plain_blocks

    return Document(plain_blocks(encoding.decoded_lines(source, language)))


def _begun(document: Document, name: str) -> Document:
    blocks = _prose(document.blocks)
    first = next(blocks, None)
    if first is None:
        raise InputError(f"{name} holds no text that could be read aloud.")
    return replace(document, blocks=chain([first], blocks))


def _prose(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks without marks of notes and pages; those of which nothing is left are left out."""
    from voicebridge.text.notes import without_marks

    for block in blocks:
        text = block.text if block.kind in ("code", "break") else without_marks(block.text)
        if text is block.text:
            yield block
        elif text.strip():
            yield replace(block, text=text.strip())
