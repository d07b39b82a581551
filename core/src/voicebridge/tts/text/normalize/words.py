"""The words that text normalisation needs for a language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Money:
    """A currency: one unit, the plural, and the same for its hundredths."""

    one: str
    many: str
    one_part: str = ""
    many_parts: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language."""

    minus: str
    mark: str
    """The decimal separator; the other one of full stop and comma separates thousands."""
    point: str
    """The word for the decimal separator."""
    to: str
    """Between the ends of a range."""
    and_: str
    slash: str
    per: str
    """As in "five dollars per hour"."""
    sharp: str
    """As in "C sharp"."""
    number: str
    """As in ``#5``."""
    hashtag: str
    web: Mapping[str, str]
    """Symbols in addresses."""
    signs: Mapping[str, str]
    """Symbols in other text; the longest match is used."""
    compared: Mapping[str, str]
    """Comparison operators before a number without a left operand: ">65"."""
    units: Mapping[str, tuple[str, str]]
    """One unit, including the number, and the plural, without a number."""
    winds: Mapping[str, str]
    """Compass directions, by the letter after the degrees."""
    money: Mapping[str, Money]
    """By symbol and code."""
    scales: Mapping[str, tuple[str, str]]
    """As in ``Mio.``: one million, and the plural."""
    abbreviations: Mapping[str, str]
    titles: Mapping[str, str]
    """Abbreviations before a name."""
    before_numbers: Mapping[str, str]
    """Abbreviations before a number."""
    days: Mapping[str, str]
    """Abbreviated days of the week, including the full stop."""
    months: Sequence[str]
    month_names: Mapping[str, int]
    """All spellings of the months, in lower case and without a full stop."""
    numbered: frozenset[str]
    """Words before a Roman numeral, in lower case: "chapter"."""
    century: frozenset[str]
    """Words after a Roman ordinal, in lower case."""
    openers: frozenset[str]
    """Words that often start a sentence, which shows that a full stop before them is not only an abbreviation's."""
    texts: Mapping[str, str]
    """What is spoken instead of words in another script, by the script's Unicode name."""
    adjectives: re.Pattern[str] | None = None
    """Context of an amount that is used as an adjective, as in "a five dollar bill"."""
    rates: Mapping[str, str] = field(default_factory=dict)
    """What an amount may be paid for, after a slash: "month"."""


def one_of(words: Mapping[str, object] | Sequence[str] | frozenset[str]) -> str:
    """A pattern that matches any of these, longest first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())
