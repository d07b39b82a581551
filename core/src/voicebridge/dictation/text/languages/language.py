"""The structure of a language's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

DELETE = "⌫"
"""The sign for deleting what was said last."""
MARKS = frozenset(",.;:?!…")
"""The signs that follow a word and separate sentences or clauses."""
BULLET, TAB = "•", "\t"
CAPITALS, CAPITALS_ON, CAPITALS_OFF = "⇪", "⇧", "⇩"
"""The signs for writing the next word in capitals, and for starting and ending capitals."""
SYMBOLS = frozenset("@_/\\#$€£§%°&+=*<>|~")
"""The signs that are written as themselves and don't separate sentences."""
OPENING, CLOSING = "([“", ")]”"
"""The opening and closing signs, in the same order."""


class Needs(Enum):
    """The separation that a spoken command needs."""

    NOTHING = "nothing"
    """Rarely used otherwise: a command in running text, except next to words that refer to it ("the comma key")."""
    APART = "apart"
    """It must be separated from the words on both sides, by a pause, punctuation or another command."""
    ALONE = "alone"
    """On one of the sides, a comma is not enough: "We saw the stomach, colon, and liver." is a list."""


def words(text: str) -> frozenset[str]:
    """The words of a line of data."""
    return frozenset(text.split())


@dataclass(frozen=True)
class Language:
    """Dictation data of a language; all words are in lower case."""

    anywhere: Mapping[str, str] = field(default_factory=dict)
    """Signs, with their phrases that are commands in any context; phrases are separated by ``|``.

    A sign is one character; ``“`` and ``”`` are an opening and a closing quotation mark, however they are written.
    """
    apart: Mapping[str, str] = field(default_factory=dict)
    """The same for phrases that must be separated from other words."""
    alone: Mapping[str, str] = field(default_factory=dict)
    """The same for phrases that are also common words."""
    before: frozenset[str] = frozenset()
    """Words after which a command's name is a word: articles and similar words."""
    adjectives: frozenset[str] = frozenset()
    """Words that may be between these and the name: "a big question mark"."""
    after: frozenset[str] = frozenset()
    """Words before which a mark's name is a word: "comma key"."""
    after_break: frozenset[str] = frozenset()
    """The same for the names of line breaks: "new line of products"."""
    after_apart: frozenset[str] = frozenset()
    """Words before which a phrase that must be separated is a word: "dash to the shop"."""
    settled: frozenset[str] = frozenset()
    """Words that belong to no following noun: what follows one of them at the end of a sentence is not part of it."""
    numbers: frozenset[str] = frozenset()
    """Between two of these, or digits, a comma or point is part of a number."""
    states: frozenset[str] = frozenset()
    """Forms of "be" and similar words: a name before one at the start of a sentence is a word ("open brackets are")."""
    introducing: frozenset[str] = frozenset()
    """Words after which a colon named in running text is a command: "here is the list colon"."""
    conjunctions: frozenset[str] = frozenset()
    """Words that join names in a list: "comma and colon"."""
    lower: frozenset[str] = frozenset()
    """Words that are capitalised only at the start of a sentence: no names, nouns or forms of address."""
    common: frozenset[str] = frozenset()
    """More such words, used only if the previous word shows that the sentence continues: "It was the. | Best day."."""
    unfinished: frozenset[str] = frozenset()
    """Words that can't end a sentence."""
    continuing: frozenset[str] = frozenset()
    """Words that continue a sentence if they are in lower case."""
    interjections: frozenset[str] = frozenset()
    """Words that can be alone before a comma: "well", "no"."""
    fillers: frozenset[str] = frozenset()
    """Fillers."""
    abbreviations: frozenset[str] = frozenset()
    """Abbreviations whose full stop doesn't end a sentence, without it."""
    capitals: frozenset[str] = frozenset()
    """Words that are always capitalised."""
    wide_marks: str = ""
    """Marks that are preceded by a narrow space."""
    capital_nouns: bool = False
    """Whether all nouns are capitalised, so that two capitalised words are not necessarily a name."""
    small_after_salutation: bool = False
    """Whether the line after "Dear Anna," starts in lower case."""

    @cached_property
    def phrases(self) -> Mapping[str, tuple[str, Needs]]:
        """All spoken commands, with their signs and requirements."""
        tables = ((self.anywhere, Needs.NOTHING), (self.apart, Needs.APART), (self.alone, Needs.ALONE))
        return {
            phrase.strip(): (signs, needs)
            for table, needs in tables
            for signs, all_of_it in table.items()
            for phrase in all_of_it.split("|")
        }
