"""From a document to the pieces that an engine is given one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from voicebridge.speech import Line
from voicebridge.text.document import Block, Document
from voicebridge.text.pronunciations import pronouncer
from voicebridge.text.sentences import LONGEST, cut, sentences

_TINY = 10
"""Letters: a model speaks less than this better together with what is beside it."""
_MANY_DIGITS = 75
"""Digits that become more words than an engine is given at one go."""
_AFTER_HEADING = 1.5
"""Paragraph pauses after a heading, and before one that begins no chapter."""
_BEFORE_CHAPTER = 2.0
"""Paragraph pauses before a chapter, and at a break."""
_LONGEST_TITLE = 200
"""Letters."""
_CHAPTER_LEVEL = 2

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\ufffd\ud800-\udfff\ufff9-\ufffb]")
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_FINISHED = re.compile(r"[.!?…:;,。！？؟۔।][\"'”’»)\]]*$|[–—-]$")
_WIDE_SCRIPT = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WORD = re.compile(r"[^\W\d_]{2}|[\u2e80-\u9fff]")
_IN_ROWS = ("item", "table")


@dataclass(frozen=True, slots=True)
class Piece:
    """What an engine speaks at one go."""

    text: str
    """What is spoken."""
    written: str
    """The same in the document's own words."""
    pause: float
    """Seconds of silence after it."""
    chapter: str | None = None
    """The title of the chapter that begins with it."""
    lines: tuple[Line, ...] = ()
    """In a script: what each speaker says of ``text``, one after the other."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What the engine is given."""
        return self.lines or (self.text,)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is to be read."""

    language: str | None
    """ISO 639-1 code of what it is written in; ``None`` leaves it to the document."""
    passage: int
    """Sentences are joined up to this many characters; with 0 each is a piece."""
    normalize: bool
    """Write numbers, dates, currency, abbreviations and addresses out in words, where the language is known."""
    pronunciations: Mapping[str, str]
    """Words, and what is spoken in their stead."""
    pause: float
    """Seconds of silence between two sentences, items of a list, or lines."""
    paragraph_pause: float
    """Seconds of silence between two paragraphs; there is half as much again after a heading, and twice as much before a chapter."""


def pieces_of(document: Document, manner: Manner) -> Iterator[Piece]:
    """Yield a document's pieces; the same document read in the same manner always has the same ones.

    A heading begins a chapter when its level is 1 or 2, or the highest so far. Headings that follow one another begin one chapter together,
    which is called by both: "Part One: The Shire". What has nothing in it that could be spoken, such as a line of stars, is left out.
    """
    reader = _Reader(manner, document.language)
    pieces = reader.pieces(_sections(document))
    return _passages(pieces, manner.passage) if manner.passage > 0 else pieces


@dataclass(frozen=True, slots=True)
class _Section:
    """A block, what begins with it, and how long the silence after it is, in paragraph pauses; 0 for that between sentences."""

    block: Block
    chapter: str | None
    silence: float


@dataclass(frozen=True, slots=True)
class _Group:
    """A block, or several headings that follow one another."""

    blocks: list[Block]
    names: list[str]
    """The headings that begin a chapter."""
    is_apart: bool
    """Whether a break comes before it."""


def _sections(document: Document) -> Iterator[_Section]:
    last: _Section | None = None
    for group in _groups(document.blocks):
        chapter = _chapter(group.names, document.title)
        for place, block in enumerate(group.blocks):
            if last is not None:
                begins = place == 0 and (chapter is not None or group.is_apart)
                yield replace(last, silence=_silence(last.block, block, begins))
            last = _Section(block, chapter if place == 0 else None, 1.0)
    if last is not None:
        yield last


def _groups(blocks: Iterable[Block]) -> Iterator[_Group]:
    headings = _Group([], [], False)
    top = 9
    is_apart = False
    for block in blocks:
        if block.kind == "break":
            is_apart = True
        elif block.kind == "heading":
            top = min(top, block.level)
            headings = headings if headings.blocks else _Group([], [], is_apart)
            headings.blocks.append(block)
            if block.level <= max(_CHAPTER_LEVEL, top):
                headings.names.append(" ".join(block.text.split()))
            is_apart = False
        else:
            if headings.blocks:
                yield headings
            yield _Group([block], [], is_apart)
            headings, is_apart = _Group([], [], False), False
    if headings.blocks:
        yield headings


def _chapter(names: list[str], title: str | None) -> str | None:
    if len(names) > 1 and names[0] == title:  # a book's name says nothing of its first chapter
        names = names[1:]
    return ": ".join(dict.fromkeys(names))[:_LONGEST_TITLE] or None


def _silence(block: Block, following: Block, begins: bool) -> float:
    if begins:
        return _BEFORE_CHAPTER
    if "heading" in (block.kind, following.kind):
        return _AFTER_HEADING
    return 0.0 if block.kind == following.kind and block.kind in _IN_ROWS else 1.0


class _Reader:
    """Reads blocks in a manner."""

    def __init__(self, manner: Manner, language: str | None) -> None:
        self._manner = manner
        self._language = manner.language or language
        self._longest = max(LONGEST, manner.passage)
        self._pronounced = pronouncer(manner.pronunciations)
        self._is_first = True

    def pieces(self, sections: Iterable[_Section]) -> Iterator[Piece]:
        manner, chapter, last = self._manner, None, None
        for section in sections:
            chapter = section.chapter or chapter
            for piece in self._of_block(section.block):
                if last is not None:
                    yield last
                last = replace(piece, chapter=chapter)
                chapter = None
            if last is not None:
                last = replace(last, pause=max(round(section.silence * manner.paragraph_pause, 3), manner.pause))
        if last is not None:
            yield last

    def _of_block(self, block: Block) -> Iterator[Piece]:
        for line in _CONTROLS.sub(" ", _INVISIBLE.sub("", block.text)).split("\n"):
            parts = (part for each in sentences(" ".join(line.split()), self._language) for part in cut(each, self._longest))
            for written in self._merged(parts):
                yield from self._spoken(written, block)

    def _merged(self, parts: Iterable[str]) -> Iterator[str]:
        """Tiny parts put together with what stands beside them; but the first words of a text are not held up by what follows them."""
        last: str | None = None
        waiting = ""
        for each in parts:
            part = f"{waiting} {each}".strip()
            waiting = ""
            is_tiny = _is_tiny(part)
            if last is not None and is_tiny and len(last) + len(part) < self._longest:
                last = f"{last} {part}"
            elif is_tiny and len(part) < self._longest and not (self._is_first and last is None and _WORD.search(part)):
                waiting = part
            else:
                if last is not None:
                    yield last
                last, self._is_first = part, False
        for rest in (last, waiting):
            if rest:
                self._is_first = False
                yield rest

    def _spoken(self, written: str, block: Block) -> Iterator[Piece]:
        if self._manner.normalize and len(written) > 40 and sum(map(str.isdigit, written)) > _MANY_DIGITS:
            for half in cut(written, -(-len(written) // 2)):
                yield from self._spoken(half, block)
            return
        text = self._pronounced(written)
        if self._manner.normalize and (language := block.language or self._language):
            from voicebridge.text.spoken import speakable

            text = speakable(text, language, heading=block.kind == "heading")
        if len(text) > 1.5 * self._longest and len(written) > 40:  # digits that have become words
            for half in cut(written, -(-len(written) // 2)):
                yield from self._spoken(half, block)
        elif any(map(str.isalnum, text)):
            yield Piece(text if block.kind == "paragraph" else _closed(text), written, self._manner.pause)


def _is_tiny(text: str) -> bool:
    size = 0
    for letter in text:
        if letter.isalnum():
            size += 2 if _WIDE_SCRIPT.match(letter) else 1
            if size >= _TINY:
                return False
    return True


def _closed(text: str) -> str:
    """The text with a mark at its end: a model that finds none may go on, or break off."""
    return text if _FINISHED.search(text) else text + ("。" if _WIDE_SCRIPT.match(text[-1]) else ".")


def _passages(pieces: Iterable[Piece], longest: int) -> Iterator[Piece]:
    """Pieces joined up to a length, never across chapters."""
    passage: Piece | None = None
    for piece in pieces:
        if passage is None:
            passage = piece
        elif piece.chapter is None and len(passage.text) + 1 + len(piece.text) < longest:
            text = f"{_closed(passage.text)} {piece.text}"
            passage = replace(passage, text=text, written=f"{passage.written} {piece.written}", pause=piece.pause)
        else:
            yield passage
            passage = piece
    if passage is not None:
        yield passage
