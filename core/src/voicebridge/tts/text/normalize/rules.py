"""Normalise text with the rules of its language."""

from __future__ import annotations

import re
from functools import cache

from voicebridge.patterns import pattern
from voicebridge.tts.text.normalize.characters import prepared
from voicebridge.tts.text.normalize.numbers import Numbers
from voicebridge.tts.text.normalize.scan import Rule, Scanner, rule
from voicebridge.tts.text.normalize.words import Words

_PROSE = pattern(r"[^\W\d_]+(?:[ ,;:!?…'’“”\"-]+[^\W\d_]+)*[.!?…'’”\")]*")
_NOT_PLAIN = pattern(r"\.|\b[ap]m\b|\b[IVXLCDM]+(?:th|st|nd|rd)\b|\b(?!I\b)[IVXLCMivxlcm]+\b|\b[A-Za-z]\b[^'’]|[A-Z]\b")
_LATIN = pattern("[\x00-\xa9\xab-\xb1\xb4-\xb8\xbb\xbf-\u024f\u1e00-\u1eff\u2010-\u2027]*")
_FIRST_ROMAN = pattern(r"(?=[IVXLCDM])(?P<roman>M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(?=[.:)–-]|\s*$)")
_FIRST_NUMBER = pattern(r"0+(?=\d)(?=\d{1,3}(?:\D|$))")
_SPACED = pattern(r"(?<![\w.,-])(?<!\d )[1-9]\d{0,2}(?: \d{3}){1,6}(?![\w-]|[.,]?\d| \d)")
_MEASURED = pattern(
    r"[ \u00a0]?(?:[€$£¥%°]|(?:[kcm]?m[²³]?|[km]?g|t|m?l|ft|mi|ha|[kM]?W|k?Wh|[kMGT]?B|mph|EUR|USD|CHF|Euro|euros|dollars)\b)"
)
_LAST_SHORT = pattern(
    r"\b(?:[A-Z][a-z]{0,4}|etc|us[wf]|max|min|incl|excl|inkl|exkl|ca|bzw|ed|est|temp|avg|dept|ibid|al|MwSt|govt|misc|\w{2,30}str)\.\W*$"
)
"""A possible abbreviation at the end of a sentence."""


def speakable(text: str, language: str, *, heading: bool = False) -> str:
    """Expand everything into words that would not be pronounced correctly as written.

    Args:
        text: one sentence or a few.
        language: ISO 639-1 code. For a language without rules, only numbers are expanded; if it has no number rules either, nothing is.
        heading: whether it is a heading, where "IV." is a number, and leading zeros as in "01" are dropped.

    Returns:
        The text to speak, on one line.
    """
    if (
        not heading
        and _LATIN.fullmatch(text)
        and _PROSE.fullmatch(text)
        and not _NOT_PLAIN.search(text.rstrip(".!?…"))
        and not _LAST_SHORT.search(text)
    ):
        return text
    scanner, words = _scanner(language), _words(language)
    text = prepared(text, words)
    if heading and words is not None:
        text = _FIRST_NUMBER.sub("", _with_first_number(text, language), count=1)
    if words is not None:
        text = _SPACED.sub(_joined, text)
    return _tidy(scanner.spoken(text) if scanner else text)


def _with_first_number(text: str, language: str) -> str:
    from voicebridge.tts.text.normalize.roman import value_of

    roman, numbers = _FIRST_ROMAN.match(text), _numbers(language)
    if roman is None or numbers is None:
        return text
    return numbers.cardinal(value_of(roman["roman"])) + text[roman.end() :]


def _joined(match: re.Match[str]) -> str:
    """Replace spaces by narrow no-break spaces where they separate thousands."""
    groups = match[0].split(" ")
    is_number = len(groups) > 2 or groups[-1] == "000" or _MEASURED.match(match.string[match.end() : match.end() + 8]) is not None
    return "\u202f".join(groups) if is_number else match[0]


def _tidy(text: str) -> str:
    text = re.sub(r"\s([,;:!?.…)\]}”’])", r"\1", " ".join(text.split()))
    return re.sub(r"(?<=[^\W\d_])([,:])(?=[^\W\d_])", r"\1 ", text).strip()


@cache
def _scanner(language: str) -> Scanner | None:
    numbers, words = _numbers(language), _words(language)
    if numbers is None:
        return None
    if words is None:
        return Scanner([_number_alone(numbers)])
    from voicebridge.tts.text.normalize.abbreviations import Abbreviations
    from voicebridge.tts.text.normalize.codes import Codes
    from voicebridge.tts.text.normalize.quantities import Quantities
    from voicebridge.tts.text.normalize.signs import Signs

    quantities = Quantities(words, numbers)
    codes = Codes(quantities)
    if language == "en":
        from voicebridge.tts.text.normalize.english_rules import English

        own: English | German = English(quantities)
    else:
        from voicebridge.tts.text.normalize.german_rules import German

        own = German(quantities)
    return Scanner(
        (
            *codes.addresses(), *own.dates(), *own.times(), *codes.numbers_in_groups(), *own.numbers(), *quantities.rules(), *own.years(),
            *Abbreviations(words).rules(), *quantities.plain(), *Signs(words).rules(),
        )
    )  # fmt: skip


@cache
def _words(language: str) -> Words | None:
    if language == "en":
        from voicebridge.tts.text.normalize.english import WORDS as ENGLISH

        return ENGLISH
    if language == "de":
        from voicebridge.tts.text.normalize.german import WORDS as GERMAN

        return GERMAN
    return None


@cache
def _numbers(language: str) -> Numbers | None:
    try:
        return Numbers(language)
    except ValueError:
        return None


def _number_alone(numbers: Numbers) -> Rule:
    """The rule for a language without words: integers that stand alone."""
    return rule("0", r"(?<![\w.,:/-])\d{1,15}(?![\w:/%°-]|[.,]\d)", lambda match: numbers.cardinal(int(match[0])))
