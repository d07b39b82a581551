"""A document as the blocks that it is read in: headings, paragraphs, items of lists, rows of tables.

Blocks may come from an iterator that reads the file as it goes on, so that a book takes no more memory than a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from voicebridge.errors import InputError

Kind = Literal["heading", "paragraph", "item", "quote", "code", "table", "break"]

SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml", ".epub", ".pdf", ".docx"})
"""Endings of what is taken for a document when the user names a file."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a document that is read without a longer pause."""

    kind: Kind
    text: str
    """What is read, without markup. A line end is kept where the document means one: between rows of a table, lines of code or verse."""
    level: int = 0
    """1 for the highest heading, 2 for the next; 0 for what is no heading."""


@dataclass(frozen=True, slots=True)
class Document:
    """What there is to read, and what it says of itself."""

    blocks: Iterable[Block]
    """In the order of reading; perhaps an iterator that can be used once."""
    title: str | None = None
    author: str | None = None
    language: str | None = None
    """ISO 639-1 code."""


def read_document(path: Path) -> Document:
    """Open a file and read it as what it holds, whatever its name says.

    Raises:
        InputError: when it can't be read, or holds no text.
        Unavailable: when it takes the libraries of ``voicebridge-core[documents]`` and they are not installed.
    """
    try:
        return read_text(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist. Check the name.") from error
    except OSError as error:
        raise InputError(f"{path} can't be opened: {error.strerror}. Check its permissions.") from error


def read_text(text: str, *, markdown: bool = False) -> Document:
    """Take text as a document."""
    return Document(_paragraphs(text))


def _paragraphs(text: str) -> Iterator[Block]:
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        words = " ".join(paragraph.split())
        if words:
            yield Block("paragraph", words)
