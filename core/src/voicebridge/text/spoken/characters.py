"""The characters of a text as the rules know them: one form for each letter and digit, and nothing that only decorates."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from voicebridge.text.scripts import foreign_runs, script_of
from voicebridge.text.spoken.words import Words

_MOST_MARKS = 8
"""Accents that one letter may carry: more are decoration, and Unicode's own ordering of them takes time that grows with their square."""
_MARKS = re.compile(rf"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]{{{_MOST_MARKS}}})"
                    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]+")  # fmt: skip
_PICTURES = re.compile(
    "[\ufe00-\ufe0f\u20e3\U000e0020-\U000e007f\U0001f000-\U0001faff\u2600-\u27bf\u2300-\u23ff\u2500-\u25ff\u2b00-\u2bff\u2022\u2023\u2043]"
)
_JOINING = "[^\x00-\u058f\u1e00-\u2fff\U0001f000-\U0001faff]"
_JOINERS = re.compile(f"(?<=({_JOINING}))[\u200c\u200d](?={_JOINING})|[\u200c\u200d]")
"""Joiners of letters: between letters of scripts that use them, where they stay, and elsewhere."""
_COMPATIBLE = re.compile(
    "[\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a\u1d78\u1d9b-\u1dbf\u2071\u207f\u2080-\u209c\u2100-\u2121\u2123-\u214f\u2150-\u2188\u2460-\u249b"
    "\u24b6-\u24ea\u2776-\u277e\u3250-\u33ff\ufb00-\ufb4f\ufb50-\ufdfb\ufe69-\ufe6b\ufe70-\ufefc\uff04-\uff05\uff0b\uff10-\uff19\uff1c-\uff1e"
    "\uff20-\uff3a\uff41-\uff5a\uff66-\uff9f\uffe0-\uffe6\U0001d400-\U0001d7ff\U0001f100-\U0001f10a]+"
)
"""Characters that stand for others; raised digits, fractions and signs with a name of their own are no part of these."""
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[\da-fA-F]{2,5});")
_ROMAN = re.compile("[\u2160-\u217f]+")
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
_POWER = re.compile("[⁺⁻]?[⁰¹²³⁴-⁹]+")
_FUNCTIONS = frozenset({"sin", "cos", "tan", "log", "exp", "rad"})
_NOTE_WORD = re.compile(r"(?:[^\W\d_]{3,}|[.,;:!?…)\]”’\"'»])$")
"""What a raised number after it is a note's mark and no power."""
_CITED = re.compile(r"(?<=[^\W\d_]{2})\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,9}\]|(?<=[.,;:!?)”’\"])\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,9}\]")
_DAGGER = re.compile(r"(?<=[\w.,;:!?)”’])[†‡]+|(?<=[.!?])\*{1,3}(?=\s|$)")
_NOTE_AT_END = re.compile(r"(?:(?<=[^\W\d_]{2}[.!?])|(?<=[.!?][”’\"»]))\d{1,3}(?=\s+[“\"‘(]?[^\W\d_a-zà-ÿ])")
_GLUED = re.compile(r"(?<=[^\W\d_A-Z]{2})([.!?])(?=[A-ZÄÖÜ][^\W\d_A-Z]+(?![.\w(]))")
"""The end of a sentence after which a blank was forgotten."""


def prepared(text: str, words: Words | None) -> str:
    """The text in characters that the rules know.

    Args:
        text: as it is written.
        words: those of the language; without them only what any voice would stumble over is changed.
    """
    if words is not None and "&" in text:
        text = _ENTITY.sub(lambda m: unescape(m[0]), text)
    if text.isascii():
        return _without_marks(text) if words else text
    text = unicodedata.normalize("NFC", _MARKS.sub(r"\1", text))
    text = _JOINERS.sub(lambda m: m[0] if m[1] else "", text)
    text = _ROMAN.sub(lambda m: unicodedata.normalize("NFKC", m[0]).upper(), text)
    text = _PICTURES.sub(" ", text)
    if words is None:
        return _COMPATIBLE.sub(_compatible, text)
    text = _COMPATIBLE.sub(_compatible, text.translate(_SIMPLE))
    text = _without_marks(_POWER.sub(_power, text))
    text = "".join(letter if letter.isascii() else _digit(letter) for letter in text)
    return foreign_runs(text, lambda run: f" {words.texts.get(script_of(run) or '', words.texts[''])} ")


def _without_marks(text: str) -> str:
    """Without the marks of notes, and with the blank that was forgotten after a sentence."""
    text = _DAGGER.sub("", _CITED.sub("", text))
    return _GLUED.sub(r"\1 ", _NOTE_AT_END.sub("", text))


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
