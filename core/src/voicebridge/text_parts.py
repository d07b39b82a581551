"""Split long text into parts, at the ends of sentences, clauses or words."""

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
