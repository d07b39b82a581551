"""Roman numerals: after names of rulers, in chapter titles, and others that can be distinguished from words and abbreviations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from voicebridge.tts.text.normalize.names import NAMES, TITLES
from voicebridge.tts.text.normalize.scan import Rule, rule, words_before
from voicebridge.tts.text.normalize.scan import after as after_match
from voicebridge.tts.text.normalize.words import Words, word_set

PATTERN = r"(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_WORDS = word_set("XX XXX XXL CD CV MD DC MC CC MM CM DM XL MIX CI DI MI CL LL DL MV MX LI LV CX IV")
"""Abbreviations, sizes and words, unless the context shows that they are numbers."""


class NumeralKind(Enum):
    """What a Roman numeral counts."""

    RULER = "ruler"
    """A ruler among several of the same name."""
    CENTURY = "century"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Roman:
    """A Roman numeral in a text."""

    value: int
    kind: NumeralKind
    name: tuple[str, ...] = ()
    """The words before it, nearest first."""
    begins: bool = False
    """Whether it is at the start of the text, before a full stop or a bracket."""
    goes_on: bool = False
    """Whether the sentence continues after the full stop that follows it, if any."""


def value_of(text: str) -> int:
    """The value of a Roman numeral in capital letters."""
    values = [_VALUES[letter] for letter in text]
    return sum(value if value >= following else -value for value, following in zip(values, [*values[1:], 0], strict=True))


class RomanNumbers:
    """Finds Roman numerals and determines what they count; each language defines how that is read."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def find(self, match: re.Match[str]) -> Roman | None:
        """Interpret a match of the pattern in its context; ``None`` if it is not a number."""
        text = match["roman"]
        value = value_of(text.upper())
        words = words_before(match)
        goes_on = self._goes_on(match)
        last = words[0].rstrip(".") if words and words[0] else ""
        if last.lower() in self._words.numbered and (len(text) > 1 or text in "IVXivx"):
            return Roman(value, NumeralKind.PLAIN, tuple(words))
        is_first = not match.string[: match.start()].strip(" (\u00a0") if match.start() < 3 else False
        if is_first and re.match(r"[.)](?:\s|$)", _following(match)) and (len(text) > 1 or text in ("i", "v", "x")):
            return Roman(value, NumeralKind.PLAIN, begins=True)
        if text.islower():
            return None
        if self._precedes_century(match):
            return Roman(value, NumeralKind.CENTURY, goes_on=True)
        if self._is_ruler(match, words, text):
            return Roman(value, NumeralKind.RULER, tuple(words), goes_on=goes_on)
        is_number = (len(text) >= 2 and set(text) <= set("IVX") and text not in _WORDS) or (
            len(text) >= 4) or (text == "IV" and last[:1].isupper())  # fmt: skip
        return Roman(value, NumeralKind.PLAIN, tuple(words)) if is_number else None

    def _goes_on(self, match: re.Match[str]) -> bool:
        word = re.match(r"\.(?:[,;:)]|\s+([^\W\d_]+))", _following(match))
        return word is not None and not (word[1] and word[1][0].isupper() and word[1].lower() in self._words.openers)

    def _precedes_century(self, match: re.Match[str]) -> bool:
        following = re.match(r"\.?(?:st|nd|rd|th)?[ \u00a0-]([^\W\d_]{2,20})", _following(match))
        return following is not None and following[1].lower() in self._words.century and match["roman"].isupper()

    def _is_ruler(self, match: re.Match[str], words: list[str], text: str) -> bool:
        if not words or not words[0].isalpha() or not words[0][0].isupper():
            return False
        named = [word for word in words if word[:1].isupper()]
        names = [word.removesuffix("s") if word.removesuffix("s") in NAMES else word for word in named]
        has_title = any(word.rstrip(".").lower() in TITLES for word in words[1:4])
        is_known = names[0] in NAMES
        if text in ("I", "V", "X"):
            if names[0] == "Malcolm" or not (has_title or is_known):
                return False
            following = _following(match)
            if text == "I" and not has_title:
                return (
                    re.match(
                        r"\.?[’']s|[),;:]|\.?$|\.? (?:of|and his|and her|died|ruled|reigned|became|von|der|starb|regierte)\b", following
                    )
                    is not None
                )
            return True
        is_heir = len(names) > 1 and names[1] in NAMES and text in ("II", "III", "IV")
        return has_title or is_known or is_heir


def rules(words: Words, say: Callable[[re.Match[str], Roman], str], *, pointed: bool = False) -> Iterator[Rule]:
    """Yield the rules for Roman numerals in capitals, and in lower case where only a number is possible.

    Args:
        words: of the language.
        say: reads a numeral.
        pointed: whether the language writes a full stop after ordinals, as German does.
    """
    numbers = RomanNumbers(words)

    def spoken(match: re.Match[str]) -> str | None:
        found = numbers.find(match)
        if found is None or found.value == 0:
            return None
        return say(match, found) + ("" if not match["point"] or (pointed and found.goes_on) or found.kind is NumeralKind.CENTURY else ".")

    point = r"(?P<point>\.(?=[,;:)]|\s+[^\W\d_]))?"
    yield rule("a", rf"(?<![\w.’'-])(?P<roman>{PATTERN})(?!\w|[’']\w{{2}}|\.\w|&){point}", spoken)
    yield rule("a", rf"(?<![\w.’'-])(?P<roman>{PATTERN})(?P<point>th|st|nd|rd)(?=[ \u00a0]\w)", spoken)
    yield rule("a", rf"(?<![\w.’'-])(?P<roman>{PATTERN.lower()})(?!\w|[’']|\.\w|&){point}", spoken)


def _following(match: re.Match[str]) -> str:
    """The text after the numeral itself."""
    return (match["point"] or "") + after_match(match)
