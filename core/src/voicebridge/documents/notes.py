"""Marks that refer to notes and printed pages. They are not part of the text, so they are not read aloud."""

from __future__ import annotations

import re
from collections.abc import Mapping

from voicebridge.patterns import pattern

_MARK = pattern(
    r"[\[({]?(?:\d{1,4}|\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){1,5}|[a-z]|[ivx]{1,5}|[*†‡§¶]{1,4})[\])}]?|[↑↩↵⤴⏎^\ufe0e\ufe0f]+", re.IGNORECASE
)
_PAGE = pattern(r"[\[({]?\s{0,3}(?:(?:pg|page|pag|p|seite|s)\b\.?\s{0,3})?(?:\d{1,4}|[ivxlcdm]{1,8})\s{0,3}[\])}]?", re.IGNORECASE)
_REFERS = pattern(r"\b(?:doc-)?(?:(?:foot|end|rear)?note-?_?ref|biblioref|fn-?_?ref|(?:foot|end)?note|fnote|reference|fn)s?\b")
_RETURNS = pattern(r"\b(?:(?:doc-)?backlink|(?:footnote|fn|note|reverse)-?_?(?:back-?(?:ref|link)?|backlink)|referrer)\b")
_PAGE_CLASS = pattern(r"\b(?:page(?:-?_?(?:num(?:ber)?|no|break))?|pgno|x-ebookmaker-pageno|newpage)\b")
_NOTE_PLACE = pattern(r"(?:foot|end|rear)?note|fn|ftn|edn|cite", re.IGNORECASE)
_RAISED_STYLE = pattern(r"vertical-align\s*:\s*(?:super|top|[1-9])")
_RAISED_CLASS = pattern(r"\b(?:super(?:script)?|sup)\b")

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
RAISED = str.maketrans("0123456789+-−n()", f"{_SUPERSCRIPTS}⁺⁻⁻ⁿ⁽⁾")
"""Maps characters that markup raises to Unicode superscripts."""

_SHORT_WORDS = frozenset({
    "am", "an", "as", "be", "by", "do", "go", "he", "if", "is", "it", "me", "my", "no", "of", "on", "or", "so", "to", "up", "us",
    "we", "da", "du", "er", "es", "ja", "ob", "um", "wo", "zu", "ce", "de", "et", "il", "je", "la", "le", "ne", "ou", "se", "tu",
    "un", "al", "di", "el", "ha", "lo", "mi", "si", "su", "te", "va", "ya",
})  # fmt: skip
"""Two-letter words of English, German, French, Italian and Spanish that are not units."""
_MEASURED = frozenset({
    "inch", "inches", "foot", "feet", "yard", "yards", "mile", "miles", "meter", "meters", "metre", "metres", "kilometer",
    "kilometers", "kilometre", "kilometres", "centimeter", "centimeters", "centimetre", "centimetres", "mol", "bar", "rad", "deg",
    "sec", "sin", "cos", "tan", "cot", "csc", "exp", "log", "det", "sinh", "cosh", "tanh",
})  # fmt: skip
"""Words of three or more letters that can have an exponent."""
_ABBREVIATED = frozenset({
    "fig", "figs", "vol", "vols", "nos", "chap", "sec", "art", "ref", "tab", "abb", "abs", "kap", "anm", "ver", "version", "app",
    "col", "eqn", "ext", "cap", "pag", "num",
})  # fmt: skip

_NUMBERS = r"\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,5}"
_BRACKETED = pattern(rf"(?<=[^\W\d_]{{2}})\[(?!0\])(?:{_NUMBERS}|[a-z])\]|(?<=[.,;:!?…”“’\"»)\]])\s?\[(?:{_NUMBERS}|[a-z])\](?!\()")
_PRINTED_PAGE = pattern(r"(\s?)(?:[\[{](?:pg|page|p)\.?\s?(?:\d{1,4}|[ivxlc]{1,7})[\]}]|\{\d{1,4}\})(\s?)", re.IGNORECASE)
_PAUSE = pattern(r"[ \t]?\[pause(?:\s?:\s?|\s)\d{1,5}(?:\.\d{1,3})?\s?(?:ms|s)\]", re.IGNORECASE)
"""A mark that other text-to-speech programs interpret as a pause."""
_SUPERSCRIPT = pattern(rf"[{_SUPERSCRIPTS}]{{1,4}}(?:[,⁻–-][{_SUPERSCRIPTS}]{{1,3}}){{0,5}}")
_DAGGER = pattern(r"(?<=[^\W\d_][^\W\d_])[†‡]+|(?<=[.,;:!?”“’\"»])[†‡]+")
_STARS = pattern(r"(?<=[.!?])\*{1,3}(?=\s|$)")
_EMPHASIS = pattern(r"(?<![\w*])\*{1,3}(?=[^\s*])([^*\n]{1,400}[.!?])\*{1,3}(?=\s|$)")
"""Emphasis that ends with a sentence, as written in plain text."""
_AFTER_END = pattern(r"(?<![^\W\d_])([^\W\d_]{3,40})([.!?][”“’\"»)]?)(\d{1,3})(?=\s+[^\W\d_a-zß-öø-ÿ]|$)")
_COPYRIGHT = pattern(r"\b(copyright)\s?(?:©|\(c\))|(?:©|\(c\))\s?(copyright)\b", re.IGNORECASE)
_ISOTOPE = pattern(r"(?!(?:In|As|At|He|I|No|Be)\b)[A-Z][a-z]?(?![a-z])")
_WORD = pattern(r"[^\W\d_]{1,40}\Z")
_YEAR = pattern(r"(?<!\d)(?:1[5-9]|20)\d\d\Z")
NEAR = 40
"""Characters before a mark that are examined."""


def _kinds(attributes: Mapping[str, str]) -> str:
    return " ".join(filter(None, (attributes.get(name) for name in ("class", "role", "epub:type", "rel", "type")))).lower()


def is_page_number(attributes: Mapping[str, str], text: str) -> bool:
    """Whether an element with this text is a printed page number."""
    return bool(_PAGE_CLASS.search(_kinds(attributes)) and _PAGE.fullmatch(text))


class Span:
    """An inline element whose text may be a note mark or a page number."""

    __slots__ = ("attributes", "raised", "start", "tag")

    def __init__(self, tag: str, attributes: Mapping[str, str], start: int) -> None:
        """``start`` is the position of its text."""
        self.tag, self.attributes, self.start = tag, attributes, start
        self.raised = tag == "sup" or is_raised(attributes)
        """Whether its text is superscript, as far as the element itself shows."""

    def is_mark(self, before: str, text: str) -> bool:
        """Whether its text, which follows ``before`` in the same paragraph, is a mark rather than part of the text."""
        if is_page_number(self.attributes, text):
            return True
        kinds = _kinds(self.attributes)
        if self.tag == "a":
            return self._links_note(kinds, before, text)
        if not _MARK.fullmatch(text):
            return False
        if _REFERS.search(kinds):
            return True
        if not self.raised or text.isdigit():
            return False
        word = _WORD.search(before[-NEAR:])
        return not text.isalpha() or (word is not None and len(word[0]) > 2 and word[0][-1].islower())

    def _links_note(self, kinds: str, before: str, text: str) -> bool:
        _, has_place, place = self.attributes.get("href", "").partition("#")
        if not _MARK.fullmatch(text):
            return bool(_RETURNS.search(kinds)) or (bool(has_place) and not any(map(str.isalnum, text)))
        if _REFERS.search(kinds) or _RETURNS.search(kinds) or self.raised or not text.isalnum():
            return True
        return bool(has_place) and text.isdigit() and (bool(_NOTE_PLACE.match(place)) or not before[-1:].isspace()) and bool(before)


def is_raised(attributes: Mapping[str, str]) -> bool:
    """Whether the style or class of an element makes its text superscript."""
    return bool(_RAISED_STYLE.search(attributes.get("style", "")) or _RAISED_CLASS.search(attributes.get("class", "").lower()))


def without_marks(text: str) -> str:
    """Remove marks from prose: ``[1]``, ``[Pg 14]``, ``[pause:500ms]``, superscripts that are not exponents, a second "copyright"."""
    if "[" in text or "{" in text:
        text = _BRACKETED.sub("", _PRINTED_PAGE.sub(lambda m: m[1] or m[2], _PAUSE.sub("", text)))
    if "*" in text:
        text = _STARS.sub("", _EMPHASIS.sub(r"\1", text))
    if not text.isascii():
        text = _DAGGER.sub("", _SUPERSCRIPT.sub(_kept, text))
    text = _COPYRIGHT.sub(lambda m: m[1] or m[2], text)
    return _AFTER_END.sub(lambda m: m[0] if m[1].lower() in _ABBREVIATED else m[1] + m[2], text)


def _kept(match: re.Match[str]) -> str:
    text, start = match.string, match.start()
    before = text[max(start - NEAR, 0) : start]
    return "" if _is_after_prose(before, text[match.end() : match.end() + 3]) else match[0]


def _is_after_prose(before: str, after: str) -> bool:
    """Whether a superscript number between the two cannot be an exponent."""
    if not before or before[-1].isspace():  # there is no base for an exponent
        return not _ISOTOPE.match(after)
    if word := _WORD.search(before):
        letters = word[0].lower()
        return letters not in _MEASURED if len(letters) > 2 else letters in _SHORT_WORDS and not word[0].isupper()
    if before[-1] == ")":
        return re.search(r"[^\W\d_]{3}", before[before.rfind("(") + 1 :]) is not None
    return before[-1] in '.,;:!?…”“’"»%' or _YEAR.search(before) is not None
