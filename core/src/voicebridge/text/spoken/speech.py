"""Text as it is spoken, by the rules of its language."""

from __future__ import annotations

import re
from functools import cache

from voicebridge.text.spoken.general import ROMAN, General, in_ascii_digits
from voicebridge.text.spoken.numbers import Numbers
from voicebridge.text.spoken.words import Rule

_ROUNDS = 3
"""How often the rules are gone through: what one leaves out may bring together what another one knows."""
_PROSE = re.compile(r"[^\W\d_]+(?:[ ,;:!?…'’“”\"-]+[^\W\d_]+)*[.!?…'’”\")]*")
_PICTURES = re.compile(
    "[\u200d\ufe00-\ufe0f\u20e3\U000e0020-\U000e007f\U0001f000-\U0001faff\u2600-\u27bf\u2300-\u23ff\u2500-\u25ff\u2b00-\u2bff\u2022\u2023\u2043]"
)
_NOT_PLAIN = re.compile(
    r"\b(?:etc|usw|vs|Jr|Sr|Inc|Ltd|Corp|Ave|Blvd|Rd|Dr|St|dept|Dept|max)\.|\b(?!I\b)[IVXLC]+\b"
    r"|\b(?:Chapter|Part|Book|Volume|Act|Scene|Section|Appendix|War|Kapitel|Teil|Buch|Band|Akt|Szene|Abschnitt|Anhang|Weltkrieg)\s+I\b"
)
_LONE_ROMAN = re.compile(rf"(?=[IVX]+\b)({ROMAN})(?=[.:)]|$)")


def speakable(text: str, language: str, *, heading: bool = False) -> str:
    """The text with everything in words that a plain reader of letters would stumble over.

    Args:
        text: a sentence or a few.
        language: ISO 639-1 code; a language without rules of its own has its numbers spelled out, and one without numbers nothing.
        heading: whether it is one, in which "IV." is a number.

    Returns:
        What is spoken; on one line, and itself when it is given again.
    """
    if not heading and _PROSE.fullmatch(text) and not _NOT_PLAIN.search(text) and not any(map(str.isdigit, text)):
        return text
    rules = _rules(language)
    numbers = _numbers(language) if heading else None
    for _ in range(_ROUNDS):
        before = text
        if numbers is not None and (roman := _LONE_ROMAN.match(text)):
            text = numbers.cardinal(General.roman(roman[1])) + text[roman.end() :]
        text = _once(text, rules)
        if text == before:
            break
    return text


def _once(text: str, rules: tuple[Rule, ...]) -> str:
    text = _PICTURES.sub(" ", text)
    if rules:
        text = in_ascii_digits(text)
    letters = _letters(text)
    for rule in rules:
        before, text = text, rule.applied(text, letters)
        if text != before:
            letters = _letters(text)
    return _tidy(text)


def _tidy(text: str) -> str:
    text = re.sub(r"\s+([,;:!?.…)\]}”’])", r"\1", re.sub(r"\s+", " ", text))
    return re.sub(r"(?<=[^\W\d_])([,:])(?=[^\W\d_])", r"\1 ", text).strip()


def _letters(text: str) -> frozenset[str]:
    letters = frozenset(text)
    return letters | {"0"} if any(map(str.isdecimal, letters)) else letters


@cache
def _rules(language: str) -> tuple[Rule, ...]:
    numbers = _numbers(language)
    if numbers is None:
        return ()
    if language == "en":
        from voicebridge.text.spoken.english import WORDS as ENGLISH
        from voicebridge.text.spoken.english import English

        general = General(ENGLISH, numbers)
        own: English | German = English(general)
    elif language == "de":
        from voicebridge.text.spoken.german import WORDS as GERMAN
        from voicebridge.text.spoken.german import German

        general = General(GERMAN, numbers)
        own = German(general)
    else:
        return _numbers_alone(numbers)
    return (
        *general.addresses(), *own.rules(), *general.amounts(), *own.years(), *general.codes(), *general.abbreviations(),
        *general.plain_numbers(), *general.signs(),
    )  # fmt: skip


@cache
def _numbers(language: str) -> Numbers | None:
    try:
        return Numbers(language)
    except ValueError:
        return None


def _numbers_alone(numbers: Numbers) -> tuple[Rule, ...]:
    """What is done for a language that we have no words of: whole numbers that stand by themselves."""
    pattern = re.compile(r"(?<![\w.,:/-])\d{1,15}(?![\w:/%°-]|[.,]\d)")
    return (Rule(pattern, lambda match: numbers.cardinal(int(match[0])), "0"),)
