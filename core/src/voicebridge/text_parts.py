"""Split long text into parts, at the ends of sentences, clauses or words; :func:`stretches` is for plugins."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge.patterns import pattern

ENDS = pattern(
    r"(?:[!?…][\"'”’»)\]]{0,9}(?=\s)|(?<=\w{3})\.[\"'”’»)\]]{0,9}(?=\s+[\"'“‘„«(]?[^\W\da-zß-öø-ÿ])|[。！？｡؟۔।])"
)  # and not after "Dr.", nor before the number of "6 ft. 2 in."
"""The ends of sentences, as far as they are certain."""
_CUTS = (
    ENDS,
    pattern(r"[;:](?=\s)|[；：]|\s(?=[–—]\s)|—(?=\w)"),
    pattern(r"[,)](?=\s)|[，、،]"),
    pattern(r"(?=\s)"),
)
"""Where a long sentence may be split, best places first."""
_SENTENCE_END = pattern("[.!?…]['\")\\]»\u201d\u2019]*\\s|[\u3002\uff01\uff1f][\u300d\u300f\u201d\uff09]*")
_SPACE = pattern(r"\s")


def cut(text: str, longest: int) -> Iterator[str]:
    """Yield a text in parts of at most ``longest`` characters and similar length, split at sentences, clauses or else words."""
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


def stretches(text: str, limit: int) -> Iterator[str]:
    """Yield the text in stretches of at most ``limit`` characters, leaving out those without anything to speak.

    They end at the end of a sentence if there is one nearby, otherwise at a space, otherwise anywhere.
    """
    at = 0
    while at < len(text):
        end = len(text) if len(text) - at <= limit else at + _stretch_end(text[at : at + limit])
        if any(map(str.isalnum, stretch := text[at:end])):
            yield stretch
        at = end


def _stretch_end(window: str) -> int:
    for ends_of in (_SENTENCE_END, _SPACE):
        ends = [match.end() for match in ends_of.finditer(window)]
        if ends and ends[-1] > len(window) // 4:
            return ends[-1]
    return len(window)
