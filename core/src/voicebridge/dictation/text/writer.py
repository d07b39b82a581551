"""Join pieces of text like a person who types: spaces, capitals and punctuation."""

from __future__ import annotations

import re
import unicodedata

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, SYMBOLS, TAB, Language
from voicebridge.dictation.text.tokens import plain
from voicebridge.patterns import pattern

_OPENING = frozenset("([{¿¡“„«‹‘‚「『（《〈【")
_NO_SPACE_BEFORE = frozenset(".,;:!?…)]}”»›。，、；：？！）」』》〉】")
_ENDS = pattern(r"[.!?。！？]['\"’”“»«›)\]」』）]*$")
_UNCLEAR_END = pattern(r"(?:(?<!\.)\.\.+|…|\b[^\W\d_]\.)['\"’”»›)\]]*$")
_ELISION = pattern(r"\b(?:[cdjlmnst]|qu|all|dell|dall|nell|sull|un)['’]$", re.IGNORECASE)
_SPACELESS = pattern(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]"
)
"""Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese."""
_MODEL_MARKS = " \u00a0\u202f,.;:!?…–-"
_NARROW_SPACE = "\u202f"
_PREFIX, _SUFFIX, _WORDS = "#$€£§", "%°", "&+=*<>|~"
"""Symbols before a word, after a word, and as separate words; the others join two words without spaces."""
_WRITTEN = {"“": '"', "”": '"'}
"""The keyboard characters of signs with a different meaning."""
_REACH = 200
"""How many characters before the cursor are considered."""


class Writer:
    """The text so far, and how the next piece is to be joined."""

    def __init__(self, before: str, language: Language) -> None:
        """Start after ``before``, which is never changed."""
        self._before, self._language = before[-_REACH:], language
        self._text = ""
        self._said = 0
        """The end of the last spoken command's text, which later punctuation doesn't replace."""
        self._case = ""
        self._is_glued = False
        self._starts: list[int] = []
        self._capitals = ""
        """The sign that turned on capitals."""

    @property
    def text(self) -> str:
        """The text to insert."""
        return self._text

    def begin(self) -> None:
        """Start an utterance."""
        self._starts.append(len(self._text))

    def words(self, text: str, *, follows_pause: bool = False) -> None:
        """Write words of the transcript; they are not empty."""
        left = self._left()
        if self._capitals:
            text = self._in_capitals(text)
        if follows_pause and self._text and not self._case and not self._is_glued:
            left, text = self._over_pause(left, text)
        else:
            text = self._cased(left, text)
        self._append(left, text)

    def own(self, text: str) -> None:
        """Write a text of the user literally."""
        if not text:
            return
        if text[0] in _NO_SPACE_BEFORE:
            self._strip(_MODEL_MARKS)
        elif text[0] == "\n":
            self._strip(" ,")
        self._append(self._left(), text)
        self._said = len(self._text)
        self._is_glued = text[-1] in _OPENING

    def sign(self, sign: str) -> None:
        """Write a spoken sign."""
        if sign == DELETE:
            self._delete()
        elif sign in (CAPITALS, CAPITALS_ON, CAPITALS_OFF):
            self._capitals = "" if sign == CAPITALS_OFF else sign
        elif sign in (BULLET, TAB) or sign in SYMBOLS:
            self._symbol(sign)
        elif sign == "\n":
            self._break()
        elif sign in "([“¿¡":
            self._open(sign)
        elif sign in ")]”":
            self._strip(" ,")
            self._put(_WRITTEN.get(sign, sign), "")
        elif sign in "-–—":
            self._strip(" ,.;:")
            self._put(sign if sign == "-" else f" {sign}", "lower", is_glued=sign == "-")
        else:
            self._strip(_MODEL_MARKS)
            space = _NARROW_SPACE if sign in self._language.wide_marks and self._left() else ""
            self._put(space + sign, "upper" if sign in ".?!" else "lower")

    def keep_end(self, mark: str) -> None:
        """Write the model's punctuation at the end of a sentence, after a spoken command."""
        self._text += mark
        self._said = len(self._text)

    def _left(self) -> str:
        return (self._before + self._text)[-_REACH:] if len(self._text) < _REACH else self._text[-_REACH:]

    def _put(self, text: str, case: str, *, is_glued: bool = False) -> None:
        self._text += text.lstrip(" ") if not self._left() or self._left()[-1].isspace() else text
        self._said, self._case, self._is_glued = len(self._text), case, is_glued

    def _append(self, left: str, text: str) -> None:
        self._text += text if self._is_glued else separator(left, text) + text
        self._case, self._is_glued = "", False

    def _strip(self, marks: str) -> None:
        """Remove the model's punctuation at the end, except a full stop of an abbreviation."""
        kept = self._text.rstrip(marks)
        if self._text[len(kept) :].startswith(".") and re.search(r"(?:^|\s)(?:\w\.)+\w$", kept):  # "p.m."
            kept += "."
        self._text = self._text[: max(len(kept), self._said)].rstrip(" ")

    def _open(self, sign: str) -> None:
        if sign == "(" or sign == "[":
            self._strip(" ,")
        left = self._left()
        case = "upper" if sign in "¿¡" and _ends_sentence(left, self._language) else self._case
        self._append(left, _WRITTEN.get(sign, sign))
        self._said, self._case, self._is_glued = len(self._text), case, True

    def _symbol(self, sign: str) -> None:
        if sign == BULLET:
            if self._left() and not self._left().endswith("\n"):
                self._break()
            self._text += f"{BULLET} "
            self._case = "upper"
        elif sign in _PREFIX + _WORDS:
            self._append(self._left(), sign)
        else:
            self._strip(_MODEL_MARKS)
            self._text += sign
        self._said, self._is_glued = len(self._text), sign not in _SUFFIX + _WORDS

    def _in_capitals(self, text: str) -> str:
        """The text with its next word, or all of it, in capitals."""
        if self._capitals == CAPITALS_ON:
            return text.upper()
        self._capitals = ""
        word, space, rest = text.partition(" ")
        return word.upper() + space + rest

    def _break(self) -> None:
        self._strip(" \u00a0\u202f,")
        after_comma = self._left().rstrip("\n").endswith(",")
        self._text = self._text.rstrip(" \u00a0\u202f") + "\n"
        self._said, self._is_glued = len(self._text), False
        self._case = "lower" if after_comma and self._language.small_after_salutation else "upper"

    def _delete(self) -> None:
        start = self._starts.pop() if self._starts else 0
        if len(self._text) == start and self._starts:  # nothing of this utterance is written: the previous one is meant
            start = self._starts.pop()
        cut = max(start, _last_sentence(self._text))
        if self._is_lead_in(self._text[cut:]):
            cut = _last_sentence(self._text[:cut])
        was_capital = self._text[cut:].lstrip("\"'“‘«¿¡( ")[:1].isupper()
        self._text = self._text[:cut].rstrip(" ")
        case = "upper" if was_capital and not self._left() else ""
        self._said, self._case, self._is_glued = min(self._said, len(self._text)), case, False
        self._starts = [each for each in self._starts if each < cut] or [0]

    def _is_lead_in(self, text: str) -> bool:
        found = re.findall(r"\w+", text)
        return bool(found) and all(word.casefold() in self._language.interjections for word in found)

    def _cased(self, left: str, text: str) -> str:
        if self._case == "upper":
            return _capital(text)
        if self._case == "lower":
            return _small(text, self._language)
        if not left:
            return text
        if left[-1] == "\n" or _ends_sentence(left, self._language):
            return _capital(text)
        bare = left.rstrip().rstrip("([").rstrip()
        if not self._text and (bare[-1:].isalnum() or bare[-1:] == ","):  # in the middle of an existing sentence
            return _small(text, self._language)
        return text

    def _over_pause(self, left: str, text: str) -> tuple[str, str]:
        """Join two utterances; the full stop between them is removed if the sentence certainly continues."""
        last = re.split(r"\s", left.rstrip(".,"))[-1].casefold()
        first = re.match(r"[^\W\d_]*", text)
        opens = first[0] if first else ""
        is_article = left.endswith(f" {last}.") and last in self._language.unfinished - self._language.conjunctions
        stops = left.endswith(".") and not left.endswith("..") and (is_article or not _UNCLEAR_END.search(left))
        goes_on = opens in self._language.continuing
        if stops and len(self._text) > self._said and (last in self._language.unfinished or goes_on):
            self._text = self._text[:-1]
            return self._left(), _small(text, self._language, goes_on=True)
        if last in self._language.unfinished:
            return left, _small(text, self._language, goes_on=not left.endswith("."))
        if left.endswith(","):
            return left, _small(text, self._language)
        return left, self._cased(left, text)


def separator(left: str, text: str) -> str:
    """The space between the text on the left and the next text, or nothing."""
    if not left or left[-1].isspace() or _opens(left) or text[0] in _NO_SPACE_BEFORE or text[0].isspace():
        return ""
    if unicodedata.category(text[0]) in ("Mn", "Me", "Mc"):
        return " "
    if left[-1] in "-/\u2010\u2011" and left[-2:-1].isalnum():
        return ""
    if left[-1] == '"' and left.rpartition("\n")[2].count('"') % 2:
        return ""
    if _ELISION.search(left) or _SPACELESS.match(left[-1]) or _SPACELESS.match(text[0]):
        return ""
    return " "


def _opens(left: str) -> bool:
    """Whether a bracket or quotation mark was just opened; German closes with the mark that others open with."""
    partner = {"“": "„", "«": "»", "‘": "‚"}.get(left[-1])
    line = left[:-1].rpartition("\n")[2]
    return left[-1] in _OPENING and not (partner and line.count(partner) > line.count(left[-1]))


def _ends_sentence(left: str, language: Language) -> bool:
    left = left.rstrip(" \u00a0\u202f")
    if not _ENDS.search(left) or _UNCLEAR_END.search(left):
        return False
    word = re.search(r"(\w+)\.$", left)
    return word is None or plain(word[1]) not in language.abbreviations


def _last_sentence(text: str) -> int:
    """Where the last sentence or line starts."""
    ends = [match.end() for match in re.finditer(r"[.!?…。！？]['\"’”»)\]]*(?:\s+|(?=[\u2e80-\u9fff]))|\n+", text.rstrip())]
    return ends[-1] if ends else 0


_FIRST_WORD = pattern(r"[^\w]*([^\W_]+)", re.UNICODE)


def _capital(text: str) -> str:
    match = _FIRST_WORD.match(text)
    if match is None or any(each.isupper() for each in match[1]):  # iPhone
        return text
    place = match.start(1)
    upper = text[place].upper()
    return text[:place] + upper + text[place + 1 :] if len(upper) == 1 else text


def _small(text: str, language: Language, *, goes_on: bool = False) -> str:
    """The text in lower case, if its first word is capitalised only as the start of a sentence; ``goes_on`` if none can start here."""
    is_name = not language.capital_nouns and re.match(r"\w+ [^\W\d_a-z]", text)  # "White House"
    words = language.lower | language.common if goes_on and not is_name else language.lower
    match = re.match(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text)
    if match is None or match[0].casefold() not in words or not (match[0].istitle() or len(match[0]) == 1):
        return text
    return text[0].lower() + text[1:]
