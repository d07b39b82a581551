"""Split a transcript into readable cues while it is being transcribed.

At most two lines of 42 characters, at most 20 characters per second, on screen for 5/6 s to 7 s, two frames apart: these are the figures of
Netflix's Timed Text Style Guide (General Requirements, and English for adults; its Chinese and Korean lines have 16 characters, see
:data:`voicebridge.stt.formats.text.WIDE`). Lines break at the ends of sentences, then of clauses, then before rather than after function
words, as in it and in the BBC's Subtitle Guidelines. Their lists for single languages are not used: function words are recognised by being
short.

If someone speaks faster than people read, nothing is omitted, and the cue stays until the next one starts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice, pairwise
from math import inf

from voicebridge.speech import Segment
from voicebridge.stt.formats.text import named_line, width
from voicebridge.stt.formats.tokens import TranscriptToken, tokens

LINE = 42
"""Characters per line."""
SPEED = 20.0
"""Characters per second."""
SHORTEST, LONGEST = 5 / 6, 7.0
"""Seconds."""
GAP = 2 / 24
"""Seconds between two cues: two frames of film."""
_BRIDGE = 0.5
"""Seconds: a shorter gap is filled, because a cue that vanishes briefly is distracting."""
_FLASH = 0.02
"""Minimum seconds of a cue in any case; still more than zero in formats with hundredths."""

_SENTENCE_ENDS = frozenset(".?!…。！？؟۔।｡")  # noqa: RUF001
_CLAUSE_ENDS = frozenset(",;:،؛、，；：–—")  # noqa: RUF001
_CLOSING = "\"'”’»›)]}」』）】〉》"  # noqa: RUF001
_OPENING = frozenset("\"'“‘«‹([{「『（【〈《¿¡-–—")  # noqa: RUF001

# The costs of breaks by position, relative to _CUE, the cost of an additional cue.
_AT_SENTENCE, _AT_CLAUSE, _BEFORE_LITTLE_WORD, _ELSEWHERE, _AFTER_LITTLE_WORD, _TORN = 0.0, 2.0, 5.0, 8.0, 14.0, 50.0
_WITHIN_WORDS = 24.0  # without a space, where a word may be split: more than the cost of a cue
_CUE = 10.0
_UNLIKELY = 1000.0


@dataclass(frozen=True, slots=True)
class Cue:
    """Text that is shown at the same time."""

    start: float
    """Seconds."""
    end: float
    """Seconds; after ``start``, and not after the start of the same speaker's next cue."""
    lines: tuple[tuple[TranscriptToken, ...], ...]
    """One or two."""
    speaker: str | None = None

    @property
    def text(self) -> str:
        """The lines, joined by line breaks."""
        return "\n".join(join(line) for line in self.lines)


def join(line: Sequence[TranscriptToken]) -> str:
    """The tokens in one line."""
    return "".join(f" {token.text}" if token.spaced and index else token.text for index, token in enumerate(line))


class CueMaker:
    """Creates cues as segments arrive. A cue is held back until later segments can't change its end.

    Each speaker has their own cues. Those of different speakers overlap only where they speak at the same time.
    """

    def __init__(self, *, named: bool = False) -> None:
        """Prepare; ``named`` is whether each cue will start with its speaker's name, which takes space in its first line."""
        self._named = named
        self._speakers: dict[str | None, _Speaker] = {}
        self._known = 0.0  # seconds up to which all cues that start there are known

    def add(self, segment: Segment) -> Iterator[Cue]:
        """Process the next segment and yield the cues that are final."""
        found = tokens(segment)
        if not found:
            return
        if segment.speaker not in self._speakers:
            self._speakers[segment.speaker] = _Speaker(segment.speaker, named=self._named)
        self._known = max(self._known, found[0].start)
        self._speakers[segment.speaker].add(found)
        yield from self._settled()

    def close(self, end: float = inf) -> Iterator[Cue]:
        """Yield the last cues, if any, which end at the recording's ``end`` (s) at the latest."""
        self._known = inf
        for cue in self._settled():
            yield replace(cue, end=min(cue.end, end)) if end > cue.start else cue

    def _settled(self) -> Iterator[Cue]:
        while waiting := [speaker for speaker in self._speakers.values() if speaker.cues]:
            first = min(waiting, key=lambda speaker: speaker.start)
            following = self._following(first)
            latest = first.start + LONGEST + _BRIDGE
            if self._known < max(first.start, min(latest, inf if following is None else following)):
                return
            yield first.settle(following)

    def _following(self, first: _Speaker) -> float | None:
        """Seconds at which the first cue of a speaker has to end, as far as known; for other speakers' cues only after it was spoken."""
        heard = max(first.start + SHORTEST, first.cues[0][-1].end - _BRIDGE)
        begins = [first.cues[1][0].start] if len(first.cues) > 1 else []
        for other in self._speakers.values():
            if other is not first:
                begins += islice((start for cue in other.cues if (start := cue[0].start) >= heard), 1)
        return min(begins, default=None)


class _Speaker:
    """The speech of one speaker: cues that are not final, the last of which may still grow."""

    def __init__(self, name: str | None, *, named: bool) -> None:
        self.cues: deque[list[TranscriptToken]] = deque()
        self._name = name
        self._lead = width(named_line(name, "")) if named else 0.0
        self._shown_until = 0.0

    @property
    def start(self) -> float:
        """Seconds at which the first of the cues starts."""
        return max(self.cues[0][0].start, self._shown_until)

    def add(self, found: list[TranscriptToken]) -> None:
        """Process the next text."""
        # A cue too brief to be read is better merged with the next one.
        if self.cues and found[0].start - GAP - self.cues[-1][0].start < SHORTEST:
            found = [*self.cues.pop(), *found]
        self.cues.extend(_split(found, self._lead))

    def settle(self, following: float | None) -> Cue:
        """Remove the first cue, which has to end at ``following`` (s)."""
        start, cue = self.start, self.cues.popleft()
        end = max(cue[-1].end, start + SHORTEST, start + sum(width(token.text) + token.spaced for token in cue) / SPEED)
        if following is not None:
            close = following - GAP - start >= _FLASH
            latest = following - GAP if close else following
            end = latest if following - end < _BRIDGE else end
        end = max(min(end, start + LONGEST), start + _FLASH)
        self._shown_until = end
        return Cue(start, end, _lines(cue, self._lead), self._name)


def _split(found: Sequence[TranscriptToken], lead: float) -> list[list[TranscriptToken]]:
    """Split tokens into cues with minimal cost; ``lead`` is the space for a name at the start of each."""
    count = len(found)
    widths = [width(token.text) for token in found]
    breaks = [*(_break(before, after) for before, after in pairwise(found)), 0.0]
    cheapest = [0.0] + [float("inf")] * count
    since = [0] * (count + 1)
    for begin in range(count):
        for end, filled in _ends(found, widths, begin, lead):
            cost = cheapest[begin] + _cost(found, begin, end, filled) + breaks[end - 1]
            if cost < cheapest[end]:
                cheapest[end], since[end] = cost, begin
    cues: list[list[TranscriptToken]] = []
    at = count
    while at:
        cues.append(list(found[since[at] : at]))
        at = since[at]
    return cues[::-1]


def _ends(found: Sequence[TranscriptToken], widths: Sequence[float], begin: int, lead: float) -> Iterator[tuple[int, float]]:
    """Where a cue that starts here can end, and its width; a single token is always allowed."""
    line, lines, filled = lead, 1, 0.0
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


def _cost(found: Sequence[TranscriptToken], begin: int, end: int, filled: float) -> float:
    cost = _CUE + 10 * (1 - min(filled / (2 * LINE), 1.0)) ** 2  # prefer cues of similar length over a full and a tiny one
    if end == len(found):
        return cost  # it can stay until someone speaks
    seconds = found[end].start - found[begin].start
    return cost + _CUE * (1 - max(seconds, 0.0) / SHORTEST) if seconds < SHORTEST else cost


def _break(before: TranscriptToken, after: TranscriptToken) -> float:
    """The cost of splitting between two tokens."""
    bare = before.text.rstrip(_CLOSING)
    pause = after.start - before.end
    if not any(each.isalnum() for each in after.text) and after.text[0] not in _OPENING:
        return _TORN  # French has a space before some punctuation
    if bare[-1:] in _SENTENCE_ENDS or pause >= 1.0:
        return _AT_SENTENCE
    if bare[-1:] in _CLAUSE_ENDS or pause >= 0.4:
        return _AT_CLAUSE
    if all(each in _OPENING for each in before.text):
        return _TORN
    if not after.spaced:
        return _WITHIN_WORDS
    return _AFTER_LITTLE_WORD if _is_little(before) else _BEFORE_LITTLE_WORD if _is_little(after) else _ELSEWHERE


def _is_little(token: TranscriptToken) -> bool:
    """Whether this is probably an article, a preposition or a conjunction, which belongs to the next word."""
    return len(token.text) <= 3 and token.text.isalpha()


def _lines(cue: Sequence[TranscriptToken], lead: float) -> tuple[tuple[TranscriptToken, ...], ...]:
    """One line if it fits; else two of similar length, split at minimal cost."""
    before = list(accumulate((token.spaced + width(token.text) for token in cue), initial=lead))
    if before[-1] - cue[0].spaced <= LINE or len(cue) == 1:
        return (tuple(cue),)

    def cost(at: int) -> float:
        upper, lower = before[at] - cue[0].spaced, before[-1] - before[at] - cue[at].spaced
        too_wide = max(upper - LINE, 0) + max(lower - LINE, 0)
        return too_wide * _UNLIKELY + abs(upper - lower) / 2 + (upper > lower) / 4 + _break(cue[at - 1], cue[at])

    at = min(range(1, len(cue)), key=cost)
    return tuple(cue[:at]), tuple(cue[at:])
