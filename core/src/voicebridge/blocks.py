"""A document as a sequence of blocks: headings, paragraphs, list items, table rows."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

Kind = Literal["heading", "paragraph", "item", "quote", "code", "table", "break"]

LARGEST_COVER = 8 << 20
"""Bytes; players do not show larger pictures."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document that is read without a longer pause."""

    kind: Kind
    text: str
    """The text to read, without markup. Line ends are those of the document, as in code or verse. Empty for a break."""
    level: int = 0
    """1 for the highest heading, 2 for the next; 0 if the block is not a heading."""
    language: str | None = None
    """ISO 639-1 code, if it differs from the document's language."""


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document and its metadata."""

    blocks: Iterable[Block]
    """In reading order; may be an iterator that can be consumed only once."""
    title: str | None = None
    author: str | None = None
    language: str | None = None
    """ISO 639-1 code."""
    year: str | None = None
    """Year of publication, four digits."""
    genre: str | None = None
    series: str | None = None
    """The series and the number in it: "The Saga #2"."""
    cover: bytes | None = None
    """The cover picture, a JPEG or PNG file."""


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """A file that can be opened repeatedly, even if it came from a pipe."""

    name: str
    """The name for messages."""
    path: Path
    data: bytes | None
    """The content, if it could be read only once."""

    def open(self) -> IO[bytes]:
        """Open it for reading; the result is seekable."""
        return self.path.open("rb") if self.data is None else io.BytesIO(self.data)

    def read(self, size: int = -1) -> bytes:
        """Return the first ``size`` bytes, or all."""
        with self.open() as file:
            return file.read(size)
