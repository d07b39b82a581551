"""Split a transcript into words with their punctuation, so that it can be put together again without loss."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from voicebridge.patterns import pattern

_UNWANTED = pattern(r"[\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f\ufeff\ud800-\udfff\ufffe\uffff]")
_OPENING = "([{<¿¡“„«‹‘‚「『（《〈【"
_CLOSING = ")]}>”“»«›’」』）》〉】"
_TRAILING = ".,;:!?…–—。，、；：？！．・" + _CLOSING
_EDGE = pattern(rf"(?P<lead>[{re.escape(_OPENING)}\"'*_]*)(?P<core>.*?)(?P<tail>[{re.escape(_TRAILING)}\"*_-]*)", re.DOTALL)
_NARROW = "\u202f\u00a0"


class Gap(IntEnum):
    """The separation between two words."""

    NONE = 0
    COMMA = 1
    """A comma or another mark within a sentence."""
    STOP = 2
    """The end of a sentence."""
    PAUSE = 3
    """The end of an utterance, or of the dictation."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word with adjacent punctuation."""

    space: str
    """What precedes it: a single space character of any kind, or nothing at the start of an utterance."""
    lead: str
    core: str
    """The word itself."""
    tail: str
    utterance: int
    """Index of its utterance."""

    @property
    def written(self) -> str:
        """Everything but the preceding space."""
        return self.lead + self.core + self.tail


def tokens_of(utterances: Iterable[str]) -> list[Token]:
    """The words of all utterances, in order."""
    return [token for number, text in enumerate(utterances) for token in _of_utterance(text, number)]


def _of_utterance(text: str, number: int) -> list[Token]:
    found: list[Token] = []
    lead = ""
    for match in re.finditer(r"(\s*)(\S+)", _UNWANTED.sub("", text)):
        space = next((each for each in match[1] if each in _NARROW), " " if match[1] else "") if found or lead else ""
        parts = _EDGE.fullmatch(match[2])
        assert parts is not None  # noqa: S101 - every text fits it
        token = Token(space, parts["lead"], parts["core"], parts["tail"], number)
        if not token.core and found and not lead:  # a separate mark, as in French, belongs to the previous word
            found[-1] = replace(found[-1], tail=found[-1].tail + token.space + token.written)
        elif not token.core:
            lead += token.space + token.written
        else:
            found.append(
                replace(token, space="" if lead and not found else token.space, lead=f"{lead}{space}{token.lead}" if lead else token.lead)
            )
            lead = ""
    if lead:  # only marks
        found.append(Token("", "", lead, "", number))
    return found


def text_of(tokens: Sequence[Token]) -> str:
    """The tokens as they were written."""
    return "".join((token.space if place else "") + token.written for place, token in enumerate(tokens))


def gap(left: Token | None, right: Token | None) -> Gap:
    """The separation between two adjacent tokens; ``None`` is the start or the end of the dictation."""
    if left is None or right is None or left.utterance != right.utterance:
        return Gap.PAUSE
    if re.search(r"[.!?…。！？;:；：]", left.tail):
        return Gap.STOP
    return Gap.COMMA if left.tail or right.lead else Gap.NONE


def plain(text: str) -> str:
    """A word or phrase normalised for lookup: lower case without accents, hyphens as spaces."""
    text = re.sub(r"[-\u2010-\u2012]", " ", text.replace("\u2019", "'"))
    return " ".join("".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each)).split())
