"""Split a document into passages for an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from voicebridge.blocks import Block, Document
from voicebridge.patterns import pattern
from voicebridge.speech import Line
from voicebridge.text_parts import cut
from voicebridge.tts.text.pronunciations import pronouncer
from voicebridge.tts.text.sentences import LONGEST, sentences

_TINY = 10
"""Characters: a model speaks shorter passages better together with adjacent ones."""
_MANY_DIGITS = 75
"""Digits that would become too many words for one engine call."""
_AFTER_HEADING = 1.5
"""Paragraph pauses after a heading, and before one that starts no chapter."""
_BEFORE_CHAPTER = 2.0
"""Paragraph pauses before a chapter, and at a break."""
_LONGEST_TITLE = 200
"""Characters."""
_CHAPTER_LEVEL = 2

_INVISIBLE = pattern("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffd\ud800-\udfff\ufff9-\ufffb]")
_CONTROLS = pattern("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_FINISHED = pattern(r"[.!?…:;,。！？؟۔।][\"'”’»)\]]*$|[–—-]$")
_WIDE_SCRIPT = pattern(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WORD = pattern(r"[^\W\d_]{2}|[\u2e80-\u9fff]")
_IN_ROWS = ("item", "table")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage for an engine."""

    text: str
    """The text to speak."""
    written: str
    """The same in the document's original words."""
    pause: float
    """Seconds of silence after it."""
    chapter: str | None = None
    """The title of the chapter that starts with it."""
    lines: tuple[Line, ...] = ()
    """In a script: the lines of ``text`` by speaker, in order."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The engine's input."""
        return self.lines or (self.text,)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is read."""

    language: str | None
    """ISO 639-1 code of the text; ``None`` uses the document's."""
    passage: int
    """Sentences are joined up to this many characters; with 0, each is a passage."""
    normalize: bool
    """Expand numbers, dates, currency, abbreviations and addresses into words, if the language is known."""
    pronunciations: Mapping[str, str]
    """Words and their pronunciations."""
    pause: float
    """Seconds of silence between two sentences, items of a list, or lines."""
    paragraph_pause: float
    """Seconds of silence between two paragraphs; 1.5 times as much after a heading, and twice as much before a chapter."""
    change: Callable[[str, str | None], str] | None = None
    """Returns what is spoken instead of the text of a block, which is given with its language; called in the order of the document."""


def pieces_of(document: Document, manner: Manner) -> Iterator[Piece]:
    """Yield a document's passages, which are the same for the same document and parameters.

    A heading starts a chapter if its level is 1 or 2, or the highest so far. Consecutive headings start one chapter, named by both: "Part
    One: The Shire". Text without anything to speak, such as a line of asterisks, is skipped.
    """
    reader = _Reader(manner, document.language)
    pieces = reader.pieces(_sections(document))
    return _passages(pieces, manner.passage) if manner.passage > 0 else pieces


@dataclass(frozen=True, slots=True)
class _Section:
    """A block, what starts with it, and the silence after it in paragraph pauses; 0 for a sentence pause."""

    block: Block
    chapter: str | None
    silence: float


@dataclass(frozen=True, slots=True)
class _Group:
    """A block, or several consecutive headings."""

    blocks: list[Block]
    names: list[str]
    """The headings that start a chapter."""
    is_apart: bool
    """Whether a break precedes it."""


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
    if len(names) > 1 and names[0] == title:  # the title of a book is not the name of its first chapter
        names = names[1:]
    return ": ".join(dict.fromkeys(names))[:_LONGEST_TITLE] or None


def _silence(block: Block, following: Block, begins: bool) -> float:
    if begins:
        return _BEFORE_CHAPTER
    if "heading" in (block.kind, following.kind):
        return _AFTER_HEADING
    return 0.0 if block.kind == following.kind and block.kind in _IN_ROWS else 1.0


class _Reader:
    """Converts blocks to passages."""

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
        text = _clean(block.text)
        if self._manner.change is not None and text.strip():
            text = _clean(self._manner.change(text, block.language or self._language))
        for line in text.split("\n"):
            parts = (part for each in sentences(" ".join(line.split()), self._language) for part in cut(each, self._longest))
            for written in self._merged(parts):
                yield from self._spoken(written, block)

    def _merged(self, parts: Iterable[str]) -> Iterator[str]:
        """Join very short passages with adjacent ones, without delaying the first words of a text."""
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
            from voicebridge.tts.text.normalize import speakable

            text = speakable(text, language, heading=block.kind == "heading")
        if len(text) > 1.5 * self._longest and len(written) > 40:  # digits expanded into words
            for half in cut(written, -(-len(written) // 2)):
                yield from self._spoken(half, block)
        elif any(map(str.isalnum, text)):
            yield Piece(text if block.kind == "paragraph" else _closed(text), written, self._manner.pause)


def _clean(text: str) -> str:
    return _CONTROLS.sub(" ", _INVISIBLE.sub("", text))


def _is_tiny(text: str) -> bool:
    size = 0
    for letter in text:
        if letter.isalnum():
            size += 2 if _is_wide(letter) else 1
            if size >= _TINY:
                return False
    return True


def _is_wide(letter: str) -> bool:
    """Whether a character belongs to a script whose characters correspond to two of others."""
    return letter >= "\u2e80" and _WIDE_SCRIPT.match(letter) is not None  # compared first: the pattern takes long to compile


def _closed(text: str) -> str:
    """The text with punctuation at its end: without it, a model may continue or break off."""
    return text if _FINISHED.search(text) else text + ("。" if _is_wide(text[-1]) else ".")


def _passages(pieces: Iterable[Piece], longest: int) -> Iterator[Piece]:
    """Join passages up to a length, never across chapters."""
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
