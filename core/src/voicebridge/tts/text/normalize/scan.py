"""Rewrite a text in one pass from left to right: the first matching rule replaces a span, and no rule sees another's output."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from voicebridge.patterns import pattern

Say = Callable[[re.Match[str]], str | None]
"""Returns the words for a match; ``None`` if the rule does not apply after all."""

_TOKEN = pattern(r"[^\W\d_]+|\d+|[^\w\s]|_")
_VISIBLE = pattern(r"\S")
_LOOK_BACK = 60
"""Characters before and after a span that a rule may examine; bounded to keep the time linear in the length of the text."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that replaces written text by its spoken form."""

    starts: str
    """First characters of a match: ``a`` for any letter, ``0`` for any digit, ``*`` for any symbol; others are literal."""
    pattern: re.Pattern[str]
    """Matched where a word, a number or a symbol starts. Lookbehind sees the text as written."""
    say: Say


def rule(starts: str, source: str, say: Say, flags: int = 0) -> Rule:
    """Create a rule from the source of its pattern."""
    return Rule(starts, pattern(source, flags), say)


class Scanner:
    """The rules of a language, indexed by first character."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._letters: list[Rule] = []
        self._digits: list[Rule] = []
        self._any_sign: list[Rule] = []
        self._signs: dict[str, list[Rule]] = {}
        rules = list(rules)
        signs = {start for each in rules for start in each.starts if start not in "a0*"}
        for each in rules:
            if "a" in each.starts:
                self._letters.append(each)
            if "0" in each.starts:
                self._digits.append(each)
            if "*" in each.starts:
                self._any_sign.append(each)
            for sign in signs:
                if sign in each.starts or "*" in each.starts:
                    self._signs.setdefault(sign, []).append(each)

    def spoken(self, text: str) -> str:
        """Replace every span that a rule matches by words, separated by spaces from adjacent letters."""
        return "".join(self._parts(text))

    def _parts(self, text: str) -> Iterator[str]:
        done = place = 0
        last = ""
        while start := _VISIBLE.search(text, place):
            place = start.start()
            found = self._found(text, place)
            if found is None:
                token = _TOKEN.match(text, place)
                place = token.end() if token else place + 1
                continue
            words, end = found
            raw = text[done:place]
            last = raw[-1:] or last
            if raw:
                yield raw
            if words:
                yield _joint(last, words[0]) + words
                last = words[-1]
            done = place = end
            if end < len(text) and last and words:
                joint = _joint(last, text[end])
                if joint:
                    yield joint
                    last = joint
        yield text[done:]

    def _found(self, text: str, place: int) -> tuple[str, int] | None:
        first = text[place]
        if first.isalpha():
            rules = self._letters
        elif first.isdecimal():
            rules = self._digits
        else:
            rules = self._signs.get(first, self._any_sign)
        for each in rules:
            match = each.pattern.match(text, place)
            if match is not None and match.end() > place and (words := each.say(match)) is not None:
                return words, match.end()
        return None


def before(match: re.Match[str]) -> str:
    """The text before a match, as far as a rule may examine it."""
    return match.string[max(0, match.start() - _LOOK_BACK) : match.start()]


def after(match: re.Match[str]) -> str:
    """The text after a match, as far as a rule may examine it."""
    return match.string[match.end() : match.end() + _LOOK_BACK]


def words_before(match: re.Match[str]) -> list[str]:
    """The words before a match, nearest first, as far as they are separated by spaces only."""
    words: list[str] = []
    for word in reversed(before(match).rstrip(" \u00a0").split(" ")):
        words.append(word)
        if not word or not word[-1].isalnum():
            break
    return words


def _joint(left: str, right: str) -> str:
    return " " if left.isalnum() and right.isalnum() else ""
