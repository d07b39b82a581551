"""The smallest parts of a segment that a line may be broken between, each with its time."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicebridge.sinks.text import one_line, width
from voicebridge.speech import Segment

# Scripts that write no spaces between words and may be broken nearly everywhere. Korean is as wide, but has spaces.
_UNSPACED = re.compile("[\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\uff01-\uff9f\U00020000-\U0003ffff]")
# What Japanese typesetting keeps off the start of a line beside closing punctuation.
_NO_START = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ")
_NO_START_CATEGORIES = frozenset(["Pe", "Pf", "Po", "Pd", "Lm", "Mn", "Mc", "Me", "Cf", "Sk"])
_NO_END_CATEGORIES = frozenset(["Ps", "Pi", "Cf"])
# Thai, Lao, Burmese and Khmer, which write no spaces between words either; their breaks are in no character's properties.
_COMPLEX = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]")
_THAI_OR_LAO = re.compile("[\u0e00-\u0eff]")
_LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")
_STACKERS = frozenset("\u1039\u17d2")
_ASAT = "\u103a"
_SHORTEST_WORD = 2.5
"""Characters that words of these scripts have on average at least."""
LONGEST_RUN = 42
"""Letters that stay together where nobody knows the words: a line."""
_LONGEST_WORD = 16
"""Characters: a longer run in a script without spaces is no word, whatever an engine says."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is written, with its punctuation; in scripts without spaces a word or a character."""

    text: str
    start: float
    """Seconds."""
    end: float
    """Seconds; never before ``start``."""
    spaced: bool
    """Whether a space stands before it."""
    timed: bool
    """Whether the times are the engine's, or estimated from the segment's."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a stretch of the text stands, and when it was spoken."""

    begin: int
    end: int
    start: float
    stop: float


def tokens(segment: Segment) -> list[Token]:
    """The segment's text in tokens.

    Times come from the segment's words. Where it has none, or they are not the words of its text, they are in proportion to the
    characters over the length of the segment.
    """
    text = one_line(segment.text)
    spans = _words_in(text, segment)
    timed = bool(spans)
    clock = _Clock(spans or [_Span(0, len(text), segment.start, max(segment.start, segment.end))])
    found = []
    for begin, end in _pieces(text, clock):
        start = clock.begin(begin)
        spaced = begin == 0 or text[begin - 1] == " "
        found.append(Token(text[begin:end], start, max(start, clock.end(end)), spaced, timed))
    return found


def _words_in(text: str, segment: Segment) -> list[_Span]:
    """Where in the text each of the segment's words stands; nothing when they don't match it."""
    spans: list[_Span] = []
    at, now = 0, segment.start
    for word in segment.words:
        written = one_line(word.text)
        begin = text.find(written, at)
        if begin < 0 or _has_letters(text[at:begin]):
            return []
        start = max(now, word.start)
        now = max(start, word.end)
        at = begin + len(written)
        if written:
            spans.append(_Span(begin, at, start, now))
    return [] if _has_letters(text[at:]) else spans


class _Clock:
    """Tells when a place in the text is spoken."""

    def __init__(self, spans: Sequence[_Span]) -> None:
        self._spans = spans
        self._begins = [span.begin for span in spans]

    def begin(self, at: int) -> float:
        """When the character at this place begins."""
        index = max(bisect_right(self._begins, at) - 1, 0)
        if at >= self._spans[index].end and index + 1 < len(self._spans):
            index += 1  # between two words: it belongs to the one that follows
        return _interpolate(self._spans[index], at)

    def end(self, at: int) -> float:
        """When the character before this place ends."""
        return _interpolate(self._spans[max(bisect_right(self._begins, at - 1) - 1, 0)], at)

    def is_word_start(self, at: int) -> bool:
        """Whether a word begins here, or what is here is too long to be one word."""
        span = self._spans[max(bisect_right(self._begins, at) - 1, 0)]
        return span.begin == at or (span.end > at and span.end - span.begin > _LONGEST_WORD)

    def knows_words(self, begin: int, end: int) -> bool:
        """Whether what the engine gives for words from one place to another may be words, and not single characters."""
        first, last = bisect_right(self._begins, begin) - 1, bisect_right(self._begins, end - 1)
        count = last - max(first, 0)
        return count > 1 and end - begin >= _SHORTEST_WORD * count

    def is_known_start(self, at: int) -> bool:
        """Whether the engine says that a word begins here."""
        return self._spans[max(bisect_right(self._begins, at) - 1, 0)].begin == at


def _interpolate(span: _Span, at: int) -> float:
    share = (at - span.begin) / max(span.end - span.begin, 1)
    return span.start + (span.stop - span.start) * min(max(share, 0.0), 1.0)


def _pieces(text: str, clock: _Clock) -> Iterator[tuple[int, int]]:
    for run in re.finditer(r"[^ ]+", text):
        begin = run.start()
        if not run[0].isascii():
            is_known = clock.knows_words(*run.span())
            fits = width(run[0]) <= LONGEST_RUN
            for at in range(run.start() + 1, run.end()):
                if _may_break(text, at, clock, is_known=is_known, fits=fits):
                    yield begin, at
                    begin = at
        yield begin, run.end()


def _may_break(text: str, at: int, clock: _Clock, *, is_known: bool, fits: bool) -> bool:
    before, after = text[at - 1], text[at]
    if after in _NO_START or unicodedata.category(after) in _NO_START_CATEGORIES or unicodedata.category(before) in _NO_END_CATEGORIES:
        return False
    if _UNSPACED.match(before) or _UNSPACED.match(after):
        return clock.is_word_start(at)
    if after.isascii() or not after.isalnum() or unicodedata.category(before)[0] not in "LMN":
        return False
    if is_known or not _COMPLEX.match(after):
        return clock.is_known_start(at)
    return not fits and _begins_syllable(text, at)


def _begins_syllable(text: str, at: int) -> bool:
    """Whether a syllable begins here for sure, in a script whose words only a dictionary knows."""
    before, after, following = text[at - 1], text[at], text[at + 1 : at + 2]
    if _THAI_OR_LAO.match(after):
        return after in _LEADING_VOWELS and before not in _LEADING_VOWELS
    return before not in _STACKERS and following not in _STACKERS | {_ASAT}


def _has_letters(text: str) -> bool:
    return any(each.isalnum() for each in text)
