"""The shape of a language's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

DELETE = "⌫"
"""The sign for taking back what was said last."""
MARKS = frozenset(",.;:?!…")
"""The signs that stand after a word and part sentences."""
BULLET, TAB = "•", "\t"
CAPITALS, CAPITALS_ON, CAPITALS_OFF = "⇪", "⇧", "⇩"
"""The signs for writing the next word in capitals, and all words from here on, or up to here."""
SYMBOLS = frozenset("@_/\\#$€£§%°&+=*<>|~")
"""The signs that stand for themselves and part no sentences."""
OPENING, CLOSING = "([“", ")]”"
"""The signs that open, and those that close, in the same order."""


class Needs(Enum):
    """What must stand around a spoken command for it to be one."""

    NOTHING = "nothing"
    """Hardly anybody says it for anything else: it counts in running text, save next to words that speak about it ("the comma key")."""
    APART = "apart"
    """It must be parted from the words on both sides, by a pause, a mark or another command."""
    ALONE = "alone"
    """On one of the sides it must be more than a comma: "We saw the stomach, colon, and liver." is a list."""


def words(text: str) -> frozenset[str]:
    """The words of a line of data."""
    return frozenset(text.split())


@dataclass(frozen=True)
class Language:
    """What dictation knows of a language; all words are in small letters."""

    anywhere: Mapping[str, str] = field(default_factory=dict)
    """Signs, and the phrases that stand for them wherever they are said; phrases are parted by ``|``.

    A sign is one character; ``“`` and ``”`` are an opening and a closing quotation mark, whatever is written for them.
    """
    apart: Mapping[str, str] = field(default_factory=dict)
    """The same for phrases that must be parted from other words."""
    alone: Mapping[str, str] = field(default_factory=dict)
    """The same for phrases that are common words as well."""
    before: frozenset[str] = frozenset()
    """Words after which a command's name is just that: articles and their like."""
    adjectives: frozenset[str] = frozenset()
    """Words that may stand between those and the name: "a big question mark"."""
    after: frozenset[str] = frozenset()
    """Words before which a mark's name is just that: "comma key"."""
    after_break: frozenset[str] = frozenset()
    """The same for the names of line breaks: "new line of products"."""
    after_apart: frozenset[str] = frozenset()
    """Words before which a phrase that must be parted from others is none: "dash to the shop"."""
    settled: frozenset[str] = frozenset()
    """Words that belong to no noun behind them: what stands after one of them at the end of a sentence is no part of it."""
    numbers: frozenset[str] = frozenset()
    """Between two of these, or digits, a comma or point is part of a number."""
    states: frozenset[str] = frozenset()
    """Forms of "be" and their like: what stands before one at the start of a sentence is spoken about ("open brackets are")."""
    introducing: frozenset[str] = frozenset()
    """Words after which a colon that is named in running text is one: "here is the list colon"."""
    conjunctions: frozenset[str] = frozenset()
    """Words that join names in a list: "comma and colon"."""
    lower: frozenset[str] = frozenset()
    """Words that have a capital only where a sentence begins with them: no names, no nouns, no forms of address."""
    common: frozenset[str] = frozenset()
    """More such words, which are looked up only where the word before shows that the sentence goes on: "It was the. | Best day."."""
    unfinished: frozenset[str] = frozenset()
    """Words that no sentence ends with."""
    continuing: frozenset[str] = frozenset()
    """Words that go on with a sentence where they have no capital."""
    interjections: frozenset[str] = frozenset()
    """Words that may stand by themselves before a comma: "well", "no"."""
    fillers: frozenset[str] = frozenset()
    """Sounds of hesitation."""
    abbreviations: frozenset[str] = frozenset()
    """Those whose full stop ends no sentence, without it."""
    capitals: frozenset[str] = frozenset()
    """Words that always have a capital."""
    wide_marks: str = ""
    """Marks that have a narrow space before them."""
    capital_nouns: bool = False
    """Whether every noun has a capital, so that a second word with one makes no name of both."""
    small_after_salutation: bool = False
    """Whether the line after "Dear Anna," goes on with a small letter."""

    @cached_property
    def phrases(self) -> Mapping[str, tuple[str, Needs]]:
        """Every spoken command, with its signs and what it needs."""
        tables = ((self.anywhere, Needs.NOTHING), (self.apart, Needs.APART), (self.alone, Needs.ALONE))
        return {
            phrase.strip(): (signs, needs)
            for table, needs in tables
            for signs, all_of_it in table.items()
            for phrase in all_of_it.split("|")
        }
