"""Text as it is spoken, by the rules of its language."""

from __future__ import annotations

import re
from functools import cache

from voicebridge.text.spoken.characters import prepared
from voicebridge.text.spoken.numbers import Numbers
from voicebridge.text.spoken.scan import Rule, Scanner, rule
from voicebridge.text.spoken.words import Words

_PROSE = re.compile(r"[^\W\d_]+(?:[ ,;:!?…'’“”\"-]+[^\W\d_]+)*[.!?…'’”\")]*")
_NOT_PLAIN = re.compile(r"\.|\b[ap]m\b|\b[IVXLCDM]+(?:th|st|nd|rd)\b|\b(?!I\b)[IVXLCMivxlcm]+\b|\b[A-Za-z]\b[^'’]|[A-Z]\b")
_LATIN = re.compile("[\x00-\xa9\xab-\xb1\xb4-\xb8\xbb\xbf-\u024f\u1e00-\u1eff\u2010-\u2027]*")
_FIRST_ROMAN = re.compile(r"(?=[IVXLCDM])(?P<roman>M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(?=[.:)–-]|\s*$)")
_FIRST_NUMBER = re.compile(r"0+(?=\d)(?=\d{1,3}(?:\D|$))")
_SPACED = re.compile(r"(?<![\w.,-])(?<!\d )[1-9]\d{0,2}(?: \d{3}){1,6}(?![\w-]|[.,]?\d| \d)")
_MEASURED = re.compile(
    r"[ \u00a0]?(?:[€$£¥%°]|(?:[kcm]?m[²³]?|[km]?g|t|m?l|ft|mi|ha|[kM]?W|k?Wh|[kMGT]?B|mph|EUR|USD|CHF|Euro|euros|dollars)\b)"
)
_LAST_SHORT = re.compile(
    r"\b(?:[A-Z][a-z]{0,4}|etc|us[wf]|max|min|incl|excl|inkl|exkl|ca|bzw|ed|est|temp|avg|dept|ibid|al|MwSt|govt|misc|\w{2,30}str)\.\W*$"
)
"""What may be an abbreviation at a sentence's end."""


def speakable(text: str, language: str, *, heading: bool = False) -> str:
    """The text with everything in words that a plain reader of letters would stumble over.

    Args:
        text: a sentence or a few.
        language: ISO 639-1 code; a language without rules of its own has its numbers spelled out, and one without numbers nothing.
        heading: whether it is one, in which "IV." is a number, and "01" one without the nought.

    Returns:
        What is spoken, on one line.
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
    from voicebridge.text.spoken.roman import value_of

    roman, numbers = _FIRST_ROMAN.match(text), _numbers(language)
    if roman is None or numbers is None:
        return text
    return numbers.cardinal(value_of(roman["roman"])) + text[roman.end() :]


def _joined(match: re.Match[str]) -> str:
    """A number whose thousands are set off by blanks, with blanks that show it."""
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
    from voicebridge.text.spoken.abbreviations import Abbreviations
    from voicebridge.text.spoken.codes import Codes
    from voicebridge.text.spoken.quantities import Quantities
    from voicebridge.text.spoken.signs import Signs

    quantities = Quantities(words, numbers)
    codes = Codes(quantities)
    if language == "en":
        from voicebridge.text.spoken.english_rules import English

        own: English | German = English(quantities)
    else:
        from voicebridge.text.spoken.german_rules import German

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
        from voicebridge.text.spoken.english import WORDS as ENGLISH

        return ENGLISH
    if language == "de":
        from voicebridge.text.spoken.german import WORDS as GERMAN

        return GERMAN
    return None


@cache
def _numbers(language: str) -> Numbers | None:
    try:
        return Numbers(language)
    except ValueError:
        return None


def _number_alone(numbers: Numbers) -> Rule:
    """What is done for a language that we have no words of: whole numbers that stand by themselves."""
    return rule("0", r"(?<![\w.,:/-])\d{1,15}(?![\w:/%°-]|[.,]\d)", lambda match: numbers.cardinal(int(match[0])))
