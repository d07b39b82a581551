"""From a document to the pieces that an engine is given one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voicebridge.text.document import Document


@dataclass(frozen=True, slots=True)
class Piece:
    """What an engine speaks at one go."""

    text: str
    """What the engine is given: a :class:`voicebridge.Line` in a script."""
    written: str
    """The same in the document's own words."""
    pause: float
    """Seconds of silence after it."""
    chapter: str | None = None
    """The title of the chapter that begins with it."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is to be read."""

    language: str | None
    """ISO 639-1 code of what it is written in."""
    passage: int
    """Sentences are joined up to this many characters; with 0 each is a piece."""
    normalize: bool
    """Write numbers, dates, currency, abbreviations and addresses out in words."""
    pronunciations: Mapping[str, str]
    """Words, and what is spoken in their stead."""
    pause: float
    """Seconds of silence between two sentences."""
    paragraph_pause: float
    """Seconds of silence between two paragraphs."""


def pieces_of(document: Document, manner: Manner) -> Iterator[Piece]:
    """Yield a document's pieces; the same document read in the same manner always has the same ones."""
    for block in document.blocks:
        sentences = [each for each in re.split(r"(?<=[.!?])\s+", block.text) if re.search(r"\w", each)]
        chapter = block.text if block.kind == "heading" else None
        for place, sentence in enumerate(sentences, start=1):
            yield Piece(sentence, sentence, manner.paragraph_pause if place == len(sentences) else manner.pause, chapter)
            chapter = None
