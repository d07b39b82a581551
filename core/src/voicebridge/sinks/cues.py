"""Cuts a transcript into cues that can be read while somebody speaks.

At most two lines of 42 letters, at most 20 letters a second, on the screen for 5/6 s to 7 s, two frames apart: the figures of
Netflix's Timed Text Style Guide (General Requirements, and English for adults; its Chinese and Korean lines have 16 characters, see
:data:`voicebridge.sinks.text.WIDE`). Lines break at the ends of sentences, then of clauses, then before rather than after little words:
so say it and the BBC's Subtitle Guidelines. Neither guide's lists for single languages are used: a little word is a short one.

Where somebody speaks faster than can be read, nothing is left out, and the cue stays for as long as the next one leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import inf

from voicebridge.sinks.text import width
from voicebridge.sinks.tokens import Token, tokens
from voicebridge.speech import Segment

LINE = 42
"""Letters in a line."""
SPEED = 20.0
"""Letters a second."""
SHORTEST, LONGEST = 5 / 6, 7.0
"""Seconds."""
GAP = 2 / 24
"""Seconds between two cues: two frames of film."""
_BRIDGE = 0.5
"""Seconds: a pause shorter than this is filled, since a cue that vanishes for a blink disturbs."""
_FLASH = 0.02
"""Seconds that a cue gets whatever the times are; still more than nothing in formats that count hundredths."""

_SENTENCE_ENDS = frozenset(".?!…。！？؟۔।｡")  # noqa: RUF001
_CLAUSE_ENDS = frozenset(",;:،؛、，；：–—")  # noqa: RUF001
_CLOSING = "\"'”’»›)]}」』）】〉》"  # noqa: RUF001
_OPENING = frozenset("\"'“‘«‹([{「『（【〈《¿¡-–—")  # noqa: RUF001

# What a break costs by where it falls, in the measure of _CUE, which is what one more cue costs.
_AT_SENTENCE, _AT_CLAUSE, _BEFORE_LITTLE_WORD, _ELSEWHERE, _AFTER_LITTLE_WORD, _TORN = 0.0, 2.0, 5.0, 8.0, 14.0, 50.0
_WITHIN_WORDS = 24.0  # where no space stands, and a word may be torn: more than the cue that is saved by it
_CUE = 10.0
_UNLIKELY = 1000.0


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown at one time."""

    start: float
    """Seconds."""
    end: float
    """Seconds; after ``start``, and not after the next cue's start."""
    lines: tuple[tuple[Token, ...], ...]
    """One or two."""
    speaker: str | None = None

    @property
    def text(self) -> str:
        """The lines, joined by line ends."""
        return "\n".join(join(line) for line in self.lines)


def join(line: Sequence[Token]) -> str:
    """The tokens as they are written in one line."""
    return "".join(f" {token.text}" if token.spaced and index else token.text for index, token in enumerate(line))


class CueMaker:
    """Makes cues as segments come; only the last cue is held back, since how long it may stay depends on what follows."""

    def __init__(self) -> None:
        self._held: list[Token] = []
        self._speaker: str | None = None
        self._shown_until = 0.0

    def add(self, segment: Segment) -> Iterator[Cue]:
        """Take the next segment and yield the cues that are settled by it."""
        found = tokens(segment)
        if not found:
            return
        if self._held and self._is_brief(found[0], segment.speaker):
            found = [*self._held, *found]
        elif self._held:
            yield self._settle(self._held, found[0].start)
        self._speaker = segment.speaker
        cues = _split(found)
        for cue, following in pairwise(cues):
            yield self._settle(cue, following[0].start)
        self._held = cues[-1]

    def close(self, end: float = inf) -> Iterator[Cue]:
        """Yield the last cue, if any, which the recording's ``end`` (s) ends too."""
        if self._held:
            cue = self._settle(self._held, None)
            yield replace(cue, end=min(cue.end, end)) if end > cue.start else cue
            self._held = []

    def _is_brief(self, following: Token, speaker: str | None) -> bool:
        """Whether the held cue would be gone before it was read, so that it had better share the screen with what follows."""
        return speaker == self._speaker and following.start - GAP - self._held[0].start < SHORTEST

    def _settle(self, cue: Sequence[Token], following: float | None) -> Cue:
        start = max(cue[0].start, self._shown_until)
        end = max(cue[-1].end, start + SHORTEST, start + sum(width(token.text) + token.spaced for token in cue) / SPEED)
        if following is not None:
            close = following - GAP - start >= _FLASH
            latest = following - GAP if close else following
            end = latest if following - end < _BRIDGE else end
        end = max(min(end, start + LONGEST), start + _FLASH)
        self._shown_until = end
        return Cue(start, end, _lines(cue), self._speaker)


def _split(found: Sequence[Token]) -> list[list[Token]]:
    """Part tokens into cues in the cheapest way there is."""
    count = len(found)
    widths = [width(token.text) for token in found]
    breaks = [*(_break(before, after) for before, after in pairwise(found)), 0.0]
    cheapest = [0.0] + [float("inf")] * count
    since = [0] * (count + 1)
    for begin in range(count):
        for end, filled in _ends(found, widths, begin):
            cost = cheapest[begin] + _cost(found, begin, end, filled) + breaks[end - 1]
            if cost < cheapest[end]:
                cheapest[end], since[end] = cost, begin
    cues: list[list[Token]] = []
    at = count
    while at:
        cues.append(list(found[since[at] : at]))
        at = since[at]
    return cues[::-1]


def _ends(found: Sequence[Token], widths: Sequence[float], begin: int) -> Iterator[tuple[int, float]]:
    """Where a cue that begins here may end, and how much room it then takes; a single token always may."""
    line, lines, filled = 0.0, 1, 0.0
    for index in range(begin, len(found)):
        room = widths[index]
        space = found[index].spaced
        if line and line + space + room > LINE:
            line, lines = 0.0, lines + 1
        too_long = found[index].end - found[begin].start > LONGEST
        if index > begin and (lines > 2 or too_long):
            return
        line += (space if line else 0) + room
        filled += space + room
        yield index + 1, filled


def _cost(found: Sequence[Token], begin: int, end: int, filled: float) -> float:
    cost = _CUE + 10 * (1 - min(filled / (2 * LINE), 1.0)) ** 2  # cues of like length rather than a full one and a scrap
    if end == len(found):
        return cost  # it may stay for as long as nobody speaks
    seconds = found[end].start - found[begin].start
    return cost + _CUE * (1 - max(seconds, 0.0) / SHORTEST) if seconds < SHORTEST else cost


def _break(before: Token, after: Token) -> float:
    """What it costs to part two tokens."""
    bare = before.text.rstrip(_CLOSING)
    pause = after.start - before.end
    if not any(each.isalnum() for each in after.text) and after.text[0] not in _OPENING:
        return _TORN  # French writes a space before some of its punctuation
    if bare[-1:] in _SENTENCE_ENDS or pause >= 1.0:
        return _AT_SENTENCE
    if bare[-1:] in _CLAUSE_ENDS or pause >= 0.4:
        return _AT_CLAUSE
    if all(each in _OPENING for each in before.text):
        return _TORN
    if not after.spaced:
        return _WITHIN_WORDS
    return _AFTER_LITTLE_WORD if _is_little(before) else _BEFORE_LITTLE_WORD if _is_little(after) else _ELSEWHERE


def _is_little(token: Token) -> bool:
    """Whether this may be an article, a preposition or a conjunction, which belongs to what follows."""
    return len(token.text) <= 3 and token.text.isalpha()


def _lines(cue: Sequence[Token]) -> tuple[tuple[Token, ...], ...]:
    """One line where it fits; else two of about the same length, parted where it disturbs least."""
    before = list(accumulate((token.spaced + width(token.text) for token in cue), initial=0.0))
    if before[-1] - cue[0].spaced <= LINE or len(cue) == 1:
        return (tuple(cue),)

    def cost(at: int) -> float:
        upper, lower = before[at] - cue[0].spaced, before[-1] - before[at] - cue[at].spaced
        too_wide = max(upper - LINE, 0) + max(lower - LINE, 0)
        return too_wide * _UNLIKELY + abs(upper - lower) / 2 + (upper > lower) / 4 + _break(cue[at - 1], cue[at])

    at = min(range(1, len(cue)), key=cost)
    return tuple(cue[:at]), tuple(cue[at:])
