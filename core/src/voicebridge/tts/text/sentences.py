"""Split text into sentences."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge.patterns import pattern
from voicebridge.text_parts import ENDS

LONGEST = 300
"""Maximum characters per engine call, unless the model reads longer passages best: small models drop words of longer text."""

_STRETCH = 8_000
"""Characters that are split into sentences at once: an unclosed quotation mark takes at most these."""
_BACK = 80
"""Characters before the end of a sentence that decide whether it is one."""
_INNER_END = pattern(r"[.!?…。．！？｡؟۔।॥։።፧።៕᠃‼‽⁇⁈⁉;]")
_WORD = pattern(r"\w")


def sentences(text: str, language: str | None) -> list[str]:
    """The sentences of a text, stripped and not empty; together they contain the whole text."""
    end = _INNER_END.search(text)
    if end is None or not _WORD.search(text, end.end()):  # most short texts don't need the library
        return [text.strip()] if text.strip() else []
    found: list[list[str]] = []
    last = ""
    for part in _parted(text, language or "en"):
        sentence = part.strip()
        if not sentence:
            continue
        if found and (not any(map(str.isalnum, sentence)) or _is_joined(last, sentence, language or "en")):
            found[-1].append(part)  # a closing mark, an ellipsis, or the rest of a sentence
        else:
            found.append([part])
        last = last[-_BACK:] + part
    return ["".join(parts).strip() for parts in found]


def _parted(text: str, language: str) -> Iterator[str]:
    """The library's sentences, each with the space after it."""
    import sentencex

    for stretch in _stretches(text):
        yield from sentencex.segment(language, stretch)


def _is_joined(text: str, following: str, language: str) -> bool:
    if not text.rstrip().endswith("."):
        return False
    if not text[-1].isspace():  # ".NET", "J.-C."
        is_in_capitals = text[-3:-1].isupper() and following[:2].isupper()  # "ASP.NET"
        return text[-2:-1].isspace() or following[0] == "-" or is_in_capitals
    from voicebridge.tts.text.abbreviations import goes_on

    return goes_on(text.rstrip()[-_BACK:], following, language)


def _stretches(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _STRETCH:
        middle, limit = start + _STRETCH // 2, start + _STRETCH
        ends = [match.end() for match in ENDS.finditer(text, middle, limit)]
        place = ends[-1] if ends else max(text.rfind(" ", middle, limit), start) or limit
        place = place if place > start else limit
        yield text[start:place]
        start = place
    yield text[start:]
