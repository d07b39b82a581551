"""Align written words with transcribed words, to find missing and added ones.

Words are compared by sound rather than by spelling: a transcript may spell names differently, join or split compounds, and confuse
homophones. None of these is an error of the voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product, takewhile

from rapidfuzz.distance import Indel

from voicebridge.phonetics import sound_of
from voicebridge.tts.verify.wording import Spelled

ALIKE = 0.5
"""Minimum similarity (0 to 1) of words that count as the same word in different spellings."""
ALIKE_SPAN = 0.7
"""Minimum similarity for several words that count as one in a different spelling; higher, because chance similarity is more likely."""
_LONGEST_SPAN = 3
"""Maximum number of words that may correspond to one, or to which one may correspond."""
_GAP = 1.0
"""Cost of a word without a counterpart."""


@dataclass(frozen=True, slots=True)
class AlignmentStep:
    """A step of the alignment: words of one side, and the corresponding words of the other, if any."""

    written: tuple[int, int]
    """Start and end index of the written words."""
    heard: tuple[int, int]
    """Start and end index of the transcribed words."""
    likeness: float
    """0 to 1; 0 if one side is empty."""

    @property
    def fits(self) -> bool:
        """Whether the words are the same, regardless of spelling."""
        return self.likeness >= ALIKE


def align(written: Sequence[Spelled], heard: Sequence[Spelled]) -> list[AlignmentStep]:
    """Find the alignment with the lowest cost, in order."""
    # Most passages match almost word for word; only the part between the first and the last difference needs a search.
    head = _equal(zip(written, heard, strict=False))
    tail = _equal(zip(reversed(written[head:]), reversed(heard[head:]), strict=False))
    before = [AlignmentStep((place, place + 1), (place, place + 1), 1.0) for place in range(head)]
    steps = _cheapest(written[head : len(written) - tail], heard[head : len(heard) - tail])
    middle = [AlignmentStep(_moved(step.written, head), _moved(step.heard, head), step.likeness) for step in steps]
    ends = zip(range(len(written) - tail, len(written)), range(len(heard) - tail, len(heard)), strict=True)
    return [*before, *middle, *(AlignmentStep((row, row + 1), (column, column + 1), 1.0) for row, column in ends)]


def _equal(pairs: Iterable[tuple[Spelled, Spelled]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0].letters == pair[1].letters, pairs))


def _moved(span: tuple[int, int], by: int) -> tuple[int, int]:
    return span[0] + by, span[1] + by


def _cheapest(written: Sequence[Spelled], heard: Sequence[Spelled]) -> list[AlignmentStep]:
    rows, columns = len(written) + 1, len(heard) + 1
    cost = [[0.0] * columns for _ in range(rows)]
    came: list[list[tuple[int, int, float]]] = [[(0, 0, 0.0)] * columns for _ in range(rows)]
    for row, column in product(range(rows), range(columns)):
        if row or column:
            cost[row][column], came[row][column] = min(_ways(written, heard, cost, row, column), key=lambda way: way[0])
    steps = []
    row, column = rows - 1, columns - 1
    while row or column:
        back, over, likeness = came[row][column]
        steps.append(AlignmentStep((row - back, row), (column - over, column), likeness))
        row, column = row - back, column - over
    return steps[::-1]


def _ways(
    written: Sequence[Spelled], heard: Sequence[Spelled], cost: list[list[float]], row: int, column: int
) -> Iterator[tuple[float, tuple[int, int, float]]]:
    if row:
        yield cost[row - 1][column] + _GAP, (1, 0, 0.0)
    if column:
        yield cost[row][column - 1] + _GAP, (0, 1, 0.0)
    if row and column:
        same = likeness(written[row - 1].letters, heard[column - 1].letters)
        # A replaced word costs less than one missing and one added word, but more than either of them.
        yield cost[row - 1][column - 1] + (1 - same if same >= ALIKE else 1.6 - 0.2 * same), (1, 1, same)
        if same == 1:
            return
        for back, over in _SPANS:
            if back <= row and over <= column:
                left, right = written[row - back : row], heard[column - over : column]
                same = likeness("".join(each.letters for each in left), "".join(each.letters for each in right))
                # If a single word matches better by itself, its neighbours are not part of a compound: they are missing or added.
                alone = max(likeness(one.letters, other.letters) for one, other in product(left, right))
                if same >= max(ALIKE_SPAN, alone):
                    yield cost[row - back][column - over] + (1 - same) * max(back, over) + 0.05, (back, over, same)


_SPANS = [(back, over) for back, over in product(range(1, _LONGEST_SPAN + 1), repeat=2) if back + over in (3, 4)]


@lru_cache(maxsize=65536)
def likeness(one: str, other: str) -> float:
    """The similarity of two words by letters or by sound: 0 to 1."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < _SHORTEST * max(len(one), len(other)):
        return 0.0  # at most a part of the word
    by_letters = Indel.normalized_similarity(one, other)
    return max(float(by_letters), 0.95 * float(Indel.normalized_similarity(sound_of(one), sound_of(other))))


_SHORTEST = 0.55
"""Minimum ratio of the lengths of two words that can be the same."""
