"""Abbreviations, disambiguated by context: "Dr." as a doctor or a street."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebridge.patterns import pattern
from voicebridge.tts.text.normalize.scan import Rule, after, before, rule, words_before
from voicebridge.tts.text.normalize.words import Words, one_of

_STREET = pattern(r"\d[\w-]{0,5} (?:[A-Z][\w'’-]{1,20} ){1,3}$")
_SMALL_ENDS = pattern(r"(?:\b(?:is|was|said|says?|answer|answered|replied|means?|meant|be|no)[ \u00a0]|,[ \u00a0])$", re.IGNORECASE)
"""Text before "no." as a word rather than "number"."""
_POSSESSED = pattern(r"\b(?:a|an|my|your|his|her|our|their|one)[ \u00a0]$", re.IGNORECASE)
"""Text before "sec." and "fig." as words."""
_GOES_ON = pattern(
    r"\s?\d[\d.,]*\s+(?:(?:in|on|at|and|or|for|to|is|was|are|were|from|with|by)\b|of (?!us\b|them\b|you\b))|\s?\d[\d.,:]*\s*(?:[^\w\s]|$)"
)
"""A number after which the sentence continues."""


class Abbreviations:
    """The rules for abbreviations, with the words of a language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def rules(self) -> Iterator[Rule]:
        """Yield the rules in order of precedence."""
        words = self._words
        yield rule("a", rf"(?<![\w.])({one_of(words.before_numbers)})[ \u00a0]?(?=\d|{_ROMAN_AFTER})", self._before_number)
        yield rule("a", rf"(?<![\w.])({one_of(words.titles)})(?=\s+[^\W\d_])", self._title)
        yield rule("a", rf"(?<![\w.])({one_of(words.days)})(?=\s|[,;:)–—-]|$)", self._day)
        yield rule("a", rf"(?<![\w.])({one_of(words.abbreviations)})(?!\w)", self._abbreviation)

    def _before_number(self, match: re.Match[str]) -> str | None:
        written, following = before(match), after(match)
        name = match[1]
        if name == "no." and _SMALL_ENDS.search(written) and not _GOES_ON.match(following):
            return None
        if name in ("sec.", "fig.", "ch.", "eq.") and _POSSESSED.search(written):
            return None
        return f"{self._words.before_numbers[name]} "

    def _title(self, match: re.Match[str]) -> str | None:
        title, written, following = match[1], before(match), after(match)
        if title not in self._words.abbreviations:
            return self._words.titles[title]
        is_capital = re.match(r"\s+[^\W\d_a-zß-ÿ]", following) is not None
        word = words_before(match)[0]
        is_street = not is_capital or _STREET.search(written) is not None
        if title == "St." and not is_street:
            opener = re.match(r"\s+([^\W\d_]+)", following)
            is_street = bool(word[:1].isupper()) and word.lower() not in self._words.openers and (
                opener is not None and opener[1].lower() in self._words.openers)  # fmt: skip
        return None if is_street else self._words.titles[title]

    def _day(self, match: re.Match[str]) -> str | None:
        if re.match(r"\s+[A-Z]", after(match)) and match[1] in ("Sun.", "Sat."):
            return f"{self._words.days[match[1]]}."
        return self._words.days[match[1]]

    def _abbreviation(self, match: re.Match[str]) -> str:
        words = self._words.abbreviations[match[1]]
        return words + ("." if match[1].endswith(".") and self._ends_sentence(match) else "")

    def _ends_sentence(self, match: re.Match[str]) -> bool:
        following = after(match)
        if not any(map(str.isalnum, following)):
            return not following[:1] or following[:1] not in ".!?…,;:"
        opener = re.match(r"[)\"”’]?\s+[“\"‘(]?([^\W\d_]+)", following)
        if opener is None or not opener[1][0].isupper():
            return False
        return match[1] == "etc." or opener[1].lower() in self._words.openers


_ROMAN_AFTER = r"[IVXLCivxlc]{1,7}\b"
