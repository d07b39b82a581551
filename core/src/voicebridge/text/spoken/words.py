"""What a language brings along so that text in it can be spelled out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Say = Callable[[re.Match[str]], str]
"""Gives the words for what a rule has found."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is written otherwise than it is spoken."""

    pattern: re.Pattern[str]
    say: Say
    needs: str = ""
    """Letters one of which a text must have for the rule to be worth trying; "0" stands for any digit, nothing for no condition."""

    def applied(self, text: str, letters: frozenset[str]) -> str:
        """The text with all that the rule finds in words, given the letters that it is made of."""
        return self.pattern.sub(self.say, text) if not self.needs or not letters.isdisjoint(self.needs) else text


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
    number: str
    """Of ``#5``."""
    hashtag: str
    web: Mapping[str, str]
    """Signs in addresses."""
    signs: Mapping[str, str]
    """Signs in other text; longer ones are looked for first."""
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
    months: Sequence[str]
    month_names: Mapping[str, int]
    """Every way to write a month, in lower case and without a point."""
    numbered: Sequence[str]
    """Words before a Roman number: "Chapter"."""


def one_of(words: Mapping[str, object] | Sequence[str]) -> str:
    """A pattern for any of these, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
