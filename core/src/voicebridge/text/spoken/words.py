"""What a language brings along so that text in it can be spelled out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Money:
    """A currency: one of it, several, and the same of its hundredths."""

    one: str
    many: str
    one_part: str = ""
    many_parts: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language."""

    minus: str
    mark: str
    """Before the decimals of a number; thousands are marked by the other one of point and comma."""
    point: str
    """How that is called."""
    to: str
    """Between the ends of a range."""
    and_: str
    slash: str
    per: str
    """In "five dollars per hour"."""
    sharp: str
    """In "C sharp"."""
    number: str
    """Of ``#5``."""
    hashtag: str
    web: Mapping[str, str]
    """Signs in addresses."""
    signs: Mapping[str, str]
    """Signs in other text; longer ones are looked for first."""
    compared: Mapping[str, str]
    """Signs that compare a number that follows them with nothing that stands before: ">65"."""
    units: Mapping[str, tuple[str, str]]
    """One of it, with the number, and several, without."""
    money: Mapping[str, Money]
    """By sign and code."""
    scales: Mapping[str, tuple[str, str]]
    """``Mio.``: one million, and several."""
    abbreviations: Mapping[str, str]
    titles: Mapping[str, str]
    """Abbreviations that stand before a name."""
    before_numbers: Mapping[str, str]
    """Abbreviations that stand before a number."""
    days: Mapping[str, str]
    """Abbreviated days of the week, with their point."""
    months: Sequence[str]
    month_names: Mapping[str, int]
    """Every way to write a month, in lower case and without a point."""
    numbered: frozenset[str]
    """Words before a Roman number, in lower case: "chapter"."""
    century: frozenset[str]
    """Words that a Roman ordinal stands before, in lower case."""
    openers: frozenset[str]
    """Words that often open a sentence: what tells a full stop from an abbreviation's."""
    texts: Mapping[str, str]
    """What is said in the place of words in another script, by the script's name in Unicode."""
    adjectives: re.Pattern[str] | None = None
    """What is written before an amount that describes what follows, as in "a five dollar bill"."""
    rates: Mapping[str, str] = field(default_factory=dict)
    """What an amount may be paid for, after a slash: "month"."""


def one_of(words: Mapping[str, object] | Sequence[str] | frozenset[str]) -> str:
    """A pattern for any of these, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())
