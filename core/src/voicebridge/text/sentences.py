"""Sentences, and where longer stretches may be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 300
"""Letters that an engine is given at one go, unless it reads longer passages best: small models drop words of what is much longer."""

_STRETCH = 8_000
"""Letters that are parted into sentences at one go: a quotation mark that is never closed takes no more than these."""
_BACK = 80
"""Letters before a sentence's end that tell whether it is one."""
_INNER_END = re.compile(r"[.!?…。．！？｡؟۔।॥։።፧።៕᠃‼‽⁇⁈⁉;]")
_WORD = re.compile(r"\w")
_CUTS = (
    re.compile(r"(?:[.!?…][\"'”’»)\]]{0,9}(?=\s)|[。！？｡؟۔।])"),
    re.compile(r"[;:](?=\s)|[；：]|\s(?=[–—]\s)|—(?=\w)"),
    re.compile(r"[,)](?=\s)|[，、،]"),
    re.compile(r"(?=\s)"),
)
"""Where a long sentence may be cut, the best places first."""


def sentences(text: str, language: str | None) -> list[str]:
    """The sentences of a text, without surrounding space and none of them empty; together they hold all that is in it."""
    end = _INNER_END.search(text)
    if end is None or not _WORD.search(text, end.end()):  # which spares most short texts the library
        return [text.strip()] if text.strip() else []
    found: list[list[str]] = []
    last = ""
    for part in _parted(text, language or "en"):
        sentence = part.strip()
        if not sentence:
            continue
        if found and (not any(map(str.isalnum, sentence)) or _is_joined(last, sentence, language or "en")):
            found[-1].append(part)  # a closing mark, dots by themselves, or the rest of a sentence
        else:
            found.append([part])
        last = last[-_BACK:] + part
    return ["".join(parts).strip() for parts in found]


def cut(text: str, longest: int) -> Iterator[str]:
    """Yield a sentence in parts of at most ``longest`` letters, about as long as each other, cut where a clause or else a word ends."""
    text = text.strip()
    start, end = 0, len(text)
    while end - start > longest:
        parts = -(-(end - start) // longest)
        place = _cut_place(text, start, -(-(end - start) // parts), longest)
        yield text[start:place].rstrip()
        start = place
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield text[start:]


def _cut_place(text: str, start: int, ideal: int, longest: int) -> int:
    for marks in _CUTS:
        limit = start + longest
        places = [match.end() for match in marks.finditer(text, start + ideal // 2, limit) if start < match.end() <= limit]
        if places:
            return min(places, key=lambda place: abs(place - start - ideal))
    return start + ideal


def _parted(text: str, language: str) -> Iterator[str]:
    """What the library takes for sentences, each with the space after it."""
    import sentencex

    for stretch in _stretches(text):
        yield from sentencex.segment(language, stretch)


def _is_joined(text: str, following: str, language: str) -> bool:
    if not text.rstrip().endswith("."):
        return False
    if not text[-1].isspace():  # ".NET", "J.-C."
        is_in_capitals = text[-3:-1].isupper() and following[:2].isupper()  # "ASP.NET"
        return text[-2:-1].isspace() or following[0] == "-" or is_in_capitals
    from voicebridge.text.abbreviations import goes_on

    return goes_on(text.rstrip()[-_BACK:], following, language)


def _stretches(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _STRETCH:
        middle, limit = start + _STRETCH // 2, start + _STRETCH
        ends = [match.end() for match in _CUTS[0].finditer(text, middle, limit)]
        place = ends[-1] if ends else max(text.rfind(" ", middle, limit), start) or limit
        place = place if place > start else limit
        yield text[start:place]
        start = place
    yield text[start:]
