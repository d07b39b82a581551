"""Normalise a text's characters for the rules: one form of each letter and digit, without decoration."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from voicebridge.patterns import pattern
from voicebridge.scripts import foreign_runs, script_of
from voicebridge.tts.text.normalize.words import Words

_MOST_MARKS = 8
"""Maximum combining marks per letter: more are decoration, and canonical ordering takes time quadratic in their number."""
_MARKS = pattern(rf"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]{{{_MOST_MARKS}}})"
                    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]+")  # fmt: skip
_PICTURES = pattern(
    "[\ufe00-\ufe0f\u20e3\U000e0020-\U000e007f\U0001f000-\U0001faff\u2600-\u27bf\u2300-\u23ff\u2500-\u25ff\u2b00-\u2bff\u2022\u2023\u2043]"
)
_JOINING = "[^\x00-\u058f\u1e00-\u2fff\U0001f000-\U0001faff]"
_JOINERS = pattern(f"(?<=({_JOINING}))[\u200c\u200d](?={_JOINING})|[\u200c\u200d]")
"""Zero-width joiners: kept between letters of scripts that use them, removed elsewhere."""
_COMPATIBLE = pattern(
    "[\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a\u1d78\u1d9b-\u1dbf\u2071\u207f\u2080-\u209c\u2100-\u2121\u2123-\u214f\u2150-\u2188\u2460-\u249b"
    "\u24b6-\u24ea\u2776-\u277e\u3250-\u33ff\ufb00-\ufb4f\ufb50-\ufdfb\ufe69-\ufe6b\ufe70-\ufefc\uff04-\uff05\uff0b\uff10-\uff19\uff1c-\uff1e"
    "\uff20-\uff3a\uff41-\uff5a\uff66-\uff9f\uffe0-\uffe6\U0001d400-\U0001d7ff\U0001f100-\U0001f10a]+"
)
"""Compatibility characters, except superscript digits, fractions and symbols with a name of their own."""
_ENTITY = pattern(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[\da-fA-F]{2,5});")
_ROMAN = pattern("[\u2160-\u217f]+")
_OWN_FORM = frozenset("⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅐⅑⅒™℠")
_SIMPLE = str.maketrans(
    {
        "º": "°",
        "№": "No. ",
        "℡": "Tel. ",
        "⁄": "/",
        "μ": "µ",
        "\u2126": "Ω",
        "℃": "°C",
        "℉": "°F",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "–",
    }
)
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
_POWER = pattern("[⁺⁻]?[⁰¹²³⁴-⁹]+")
_FUNCTIONS = frozenset({"sin", "cos", "tan", "log", "exp", "rad"})
_NOTE_WORD = pattern(r"(?:[^\W\d_]{3,}|[.,;:!?…)\]”’\"'»])$")
"""Text after which a superscript number is a note mark rather than an exponent."""
_FORMULA = pattern(r"(?<![\w$])\$([A-Za-z\\](?:[^$\n]{0,200}[^$\s])?)\$(?![\w$])")
"""An inline TeX formula. Not matched: an amount of money, which starts with a digit, and a variable name, which has only one ``$``."""
_GLUED = pattern(r"(?<=[^\W\d_A-Z]{2})([.!?])(?=[A-ZÄÖÜ][^\W\d_A-Z]+(?![.\w(]))")
"""The end of a sentence without the space after it."""


def prepared(text: str, words: Words | None) -> str:
    """Normalise the characters of a text for the rules.

    Args:
        text: the written text.
        words: of its language; without them, only characters that would confuse any voice are changed.
    """
    if words is not None and "&" in text:
        text = _ENTITY.sub(lambda m: unescape(m[0]), text)
    if words is not None and "$" in text:
        text = _FORMULA.sub(r"\1", text)
    if text.isascii():
        return _GLUED.sub(r"\1 ", text) if words else text
    text = unicodedata.normalize("NFC", _MARKS.sub(r"\1", text))
    text = _JOINERS.sub(lambda m: m[0] if m[1] else "", text)
    text = _ROMAN.sub(lambda m: unicodedata.normalize("NFKC", m[0]).upper(), text)
    text = _PICTURES.sub(" ", text)
    if words is None:
        return _COMPATIBLE.sub(_compatible, text)
    text = _COMPATIBLE.sub(_compatible, text.translate(_SIMPLE))
    text = _GLUED.sub(r"\1 ", _POWER.sub(_power, text))
    text = "".join(letter if letter.isascii() else _digit(letter) for letter in text)
    return foreign_runs(text, lambda run: f" {words.texts.get(script_of(run) or '', words.texts[''])} ")


def _compatible(match: re.Match[str]) -> str:
    return "".join(each if each in _OWN_FORM else _one(each) for each in match[0])


def _one(letter: str) -> str:
    plain = unicodedata.normalize("NFKC", letter)
    return f" {plain} " if "\u2460" <= letter <= "\u249b" or "\u2776" <= letter <= "\u277e" or letter >= "\U0001f100" else plain


def _power(match: re.Match[str]) -> str:
    number = "".join(_RAISED[letter] for letter in match[0])
    before = match.string[max(0, match.start() - 12) : match.start()]
    note = _NOTE_WORD.search(before)
    if note and note[0].lower() not in _FUNCTIONS and not (note[0] in ")]" and len(number) == 1):
        return ""
    return f"^{number}" if before[-1:].strip() else number


def _digit(letter: str) -> str:
    if (value := unicodedata.decimal(letter, None)) is not None:
        return str(value)
    if (value := unicodedata.digit(letter, None)) is not None:
        return f" {value} "
    return letter
