"""Rules for symbols: those with a name are read, those that only arrange text are removed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebridge.tts.text.normalize.scan import Rule, before, rule
from voicebridge.tts.text.normalize.words import Words, one_of


class Signs:
    """The rules for symbols, with the words of a language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def rules(self) -> Iterator[Rule]:
        """Yield the rules in order of precedence, after those for numbers."""
        words = self._words
        yield rule("<", r"</?[a-zA-Z][a-zA-Z\d-]{0,20}(?:\s+[\w-]{1,30}=\"[^\"<>]{0,100}\"){0,9}\s?/?>", lambda _: " ")
        yield rule("-", r"(?<!\S)--?(?=[A-Za-z])", lambda m: f"{words.web['-']} " * len(m[0]))
        yield rule("*", r"\*+(?:\s*\*+)*", self._say_star)
        yield rule("^", r"\^(?=[\w(-])", lambda _: f" {words.signs['^']} ")
        yield rule("/", rf"/(?:{one_of(words.rates)})(?!\w)", self._say_rate)
        yield rule("&", r"(?<=\w)&(?=\w)|&&?", lambda _: f" {words.signs['&']} ")
        named = {sign: text for sign, text in words.signs.items() if sign not in "^<>*"}
        yield rule("*", one_of(named), lambda m: f" {named[m[0]]} ")
        yield rule("/", r"/", self._say_slash)
        yield rule("*", r"[_`|{}\[\]*~^\\/#]+|[<>=]+", lambda _: " ")

    def _say_star(self, match: re.Match[str]) -> str:
        text = match.string
        left, right = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
        is_tight = left[-1:].isalnum() and right[:1].isalnum()
        is_between = left[-1:].isspace() and right[:1].isspace() and left[:1].strip() != "" and right[1:].strip() != ""
        joins_numbers = left[-1:].isdigit() or left[-1:] == ")"
        is_product = match[0] == "*" and (
            (is_tight and (joins_numbers or right[:1].isdigit() or _is_lone(text, match))) or (is_between and bool(left.strip()))
        )
        return f" {self._words.signs['*']} " if is_product else " " if left[-1:].isalnum() and right[:1].isalnum() else ""

    def _say_rate(self, match: re.Match[str]) -> str | None:
        rate = self._words.rates.get(match[0][1:])
        is_paid = rate is not None and re.search(r"[$€£¥]\s?[\d.,]{1,20}(?:\s?\w{1,9})?$|\d\s?[€$£]$", before(match))
        return f" {self._words.per} {rate}" if is_paid else None

    def _say_slash(self, match: re.Match[str]) -> str | None:
        left, right = before(match)[-1:], match.string[match.end() : match.end() + 1]
        is_joint = (left.isalnum() and right.isalnum()) or (left.isspace() and right.isspace()) or right.isalnum()
        return f" {self._words.slash} " if is_joint else None


def _is_lone(text: str, match: re.Match[str]) -> bool:
    """Whether the operands of a multiplication are single letters: "a*b"."""
    left, right = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
    return not (left[:-1].isalnum() or right[1:].isalnum())
