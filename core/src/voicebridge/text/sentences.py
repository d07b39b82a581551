"""Sentences, and where longer stretches may be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 300
"""Letters that an engine is given at one go, unless it reads longer passages best: small models drop words of what is much longer."""

_STRETCH = 8_000
"""Letters that are parted into sentences at one go: a quotation mark that is never closed takes no more than these."""
_INNER_END = re.compile(r"[.!?…。．！？｡؟۔।॥։።፧။។៕᠃‼‽⁇⁈⁉;](?=.*\w)", re.DOTALL)
_CUTS = (
    re.compile(r"(?:[.!?…][\"'”’»)\]]*(?=\s)|[。！？｡؟۔।])"),
    re.compile(r"[;:](?=\s)|[；：]|\s(?=[–—]\s)|—(?=\w)"),
    re.compile(r"[,)](?=\s)|[，、،]"),
    re.compile(r"(?=\s)"),
)
"""Where a long sentence may be cut, the best places first."""


def sentences(text: str, language: str | None) -> list[str]:
    """The sentences of a text, without surrounding space and none of them empty; together they hold all that is in it."""
    if not _INNER_END.search(text):  # which spares most short texts the library
        return [text.strip()] if text.strip() else []
    import sentencex

    found: list[str] = []
    for stretch in _stretches(text):
        for sentence in sentencex.segment(language or "en", stretch):
            sentence = sentence.strip()
            if found and not any(map(str.isalnum, sentence)):  # a closing mark, or dots by themselves
                found[-1] = f"{found[-1]} {sentence}".rstrip()
            elif sentence:
                found.append(sentence)
    return found


def cut(text: str, longest: int) -> Iterator[str]:
    """Yield a sentence in parts of at most ``longest`` letters, about as long as each other, cut where a clause or else a word ends."""
    text = text.strip()
    while len(text) > longest:
        parts = -(-len(text) // longest)
        place = _cut_place(text, -(-len(text) // parts), longest)
        yield text[:place].rstrip()
        text = text[place:].lstrip()
    if text:
        yield text


def _cut_place(text: str, ideal: int, longest: int) -> int:
    for marks in _CUTS:
        places = [match.end() for match in marks.finditer(text, ideal // 2, longest) if match.end() <= longest]
        if places:
            return min(places, key=lambda place: abs(place - ideal))
    return ideal


def _stretches(text: str) -> Iterator[str]:
    while len(text) > _STRETCH:
        ends = [match.end() for match in _CUTS[0].finditer(text, _STRETCH // 2, _STRETCH)]
        place = ends[-1] if ends else max(text.rfind(" ", _STRETCH // 2, _STRETCH), 0) or _STRETCH
        yield text[:place]
        text = text[place:]
    yield text
