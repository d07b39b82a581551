"""The smallest parts of a segment between which lines can be broken, with their times."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicebridge.speech import Segment
from voicebridge.stt.formats.text import one_line, width
from voicebridge.stt.formats.unspaced import COMPLEX, breaks, may_part

# Scripts without spaces between words, which can be broken almost anywhere. Korean is as wide, but has spaces.
_UNSPACED = re.compile("[\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\uff01-\uff9f\U00020000-\U0003ffff]")
# Characters that Japanese typesetting doesn't allow at the start of a line, besides closing punctuation.
_NO_START = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ")
_NO_START_CATEGORIES = frozenset(["Pe", "Pf", "Po", "Pd", "Lm", "Mn", "Mc", "Me", "Cf", "Sk"])
_NO_END_CATEGORIES = frozenset(["Ps", "Pi", "Cf"])
_SHORTEST_WORD = 2.5
"""Minimum average characters per word in Thai, Lao, Burmese and Khmer."""
LONGEST_RUN = 42
"""Maximum characters kept together if word boundaries are unknown: a line."""
_LONGEST_WORD = 16
"""Maximum characters of a word in a script without spaces; a longer run is not a word, whatever an engine returns."""


@dataclass(frozen=True, slots=True)
class TranscriptToken:
    """A word with its punctuation; in scripts without spaces, a word or a character."""

    text: str
    start: float
    """Seconds."""
    end: float
    """Seconds; never before ``start``."""
    spaced: bool
    """Whether a space precedes it."""
    timed: bool
    """Whether the times come from the engine, or are estimated from the segment's."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The position and times of a part of the text."""

    begin: int
    end: int
    start: float
    stop: float


def tokens(segment: Segment) -> list[TranscriptToken]:
    """Split the segment's text into tokens.

    Times come from the segment's words. If it has none, or they don't match its text, times are interpolated by characters over the
    segment.
    """
    text = one_line(segment.text)
    spans = _words_in(text, segment)
    timed = bool(spans)
    clock = _Clock(spans or [_Span(0, len(text), segment.start, max(segment.start, segment.end))])
    found = []
    for begin, end in _pieces(text, clock):
        start = clock.begin(begin)
        spaced = begin == 0 or text[begin - 1] == " "
        found.append(TranscriptToken(text[begin:end], start, max(start, clock.end(end)), spaced, timed))
    return found


def _words_in(text: str, segment: Segment) -> list[_Span]:
    """The position of each of the segment's words in the text; empty if they don't match it."""
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
    """Maps positions in the text to times."""

    def __init__(self, spans: Sequence[_Span]) -> None:
        self._spans = spans
        self._begins = [span.begin for span in spans]

    def begin(self, at: int) -> float:
        """The start time of the character at this position."""
        index = max(bisect_right(self._begins, at) - 1, 0)
        if at >= self._spans[index].end and index + 1 < len(self._spans):
            index += 1  # between two words, it belongs to the next one
        return _interpolate(self._spans[index], at)

    def end(self, at: int) -> float:
        """The end time of the character before this position."""
        return _interpolate(self._spans[max(bisect_right(self._begins, at - 1) - 1, 0)], at)

    def is_word_start(self, at: int) -> bool:
        """Whether a word starts here, or the text here is too long to be one word."""
        span = self._spans[max(bisect_right(self._begins, at) - 1, 0)]
        return span.begin == at or (span.end > at and span.end - span.begin > _LONGEST_WORD)

    def knows_words(self, begin: int, end: int) -> bool:
        """Whether the engine's words in this range are plausible, instead of single characters."""
        first, last = bisect_right(self._begins, begin) - 1, bisect_right(self._begins, end - 1)
        count = last - max(first, 0)
        return count > 1 and end - begin >= _SHORTEST_WORD * count

    def is_known_start(self, at: int) -> bool:
        """Whether a word of the engine starts here."""
        return self._spans[max(bisect_right(self._begins, at) - 1, 0)].begin == at


def _interpolate(span: _Span, at: int) -> float:
    share = (at - span.begin) / max(span.end - span.begin, 1)
    return span.start + (span.stop - span.start) * min(max(share, 0.0), 1.0)


def _pieces(text: str, clock: _Clock) -> Iterator[tuple[int, int]]:
    for run in re.finditer(r"[^ ]+", text):
        begin = run.start()
        if not run[0].isascii():
            words = _word_starts(run, clock)
            for at in range(run.start() + 1, run.end()):
                if _may_break(text, at, clock, words):
                    yield begin, at
                    begin = at
        yield begin, run.end()


def _word_starts(run: re.Match[str], clock: _Clock) -> frozenset[int] | None:
    """The word boundaries in a run of Thai, Lao, Burmese or Khmer; ``None`` if the engine provides them."""
    if not COMPLEX.search(run[0]) or clock.knows_words(*run.span()):
        return None
    return frozenset(run.start() + at for at in breaks(run[0])) if width(run[0]) > LONGEST_RUN else frozenset()


def _may_break(text: str, at: int, clock: _Clock, words: frozenset[int] | None) -> bool:
    before, after = text[at - 1], text[at]
    if after in _NO_START or unicodedata.category(after) in _NO_START_CATEGORIES or unicodedata.category(before) in _NO_END_CATEGORIES:
        return False
    if _UNSPACED.match(before) or _UNSPACED.match(after):
        return clock.is_word_start(at)
    if after.isascii() or not after.isalnum() or unicodedata.category(before)[0] not in "LMN":
        return False
    if words is None or not COMPLEX.match(after):
        return clock.is_known_start(at) and may_part(text, at)
    return at in words


def _has_letters(text: str) -> bool:
    return any(each.isalnum() for each in text)
