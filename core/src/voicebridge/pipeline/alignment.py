"""Which written words were heard, which were not, and which were heard and not written.

Words are aligned by how they sound rather than how they are spelled: a transcript writes names as it thinks fit, joins and parts
compounds, and takes one word for another that sounds the same. None of that is a fault of the voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product, takewhile

from rapidfuzz.distance import Indel

from voicebridge.pipeline.wording import Spelled
from voicebridge.text.sounds import sound_of

ALIKE = 0.5
"""Likeness (0 to 1) from which words count as the same word, written in another way."""
ALIKE_SPAN = 0.7
"""Likeness from which several words count as one that is written in another way; higher, as they have more ways to be alike by chance."""
_LONGEST_SPAN = 3
"""How many words may be written as one, or one as many."""
_GAP = 1.0
"""Cost of a word that the other side lacks."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the alignment: words of one side, and those of the other that they go with, where there are any."""

    written: tuple[int, int]
    """From and up to which written word."""
    heard: tuple[int, int]
    """From and up to which heard word."""
    likeness: float
    """0 to 1; 0 where one side is empty."""

    @property
    def fits(self) -> bool:
        """Whether the words are the same, whatever the spelling."""
        return self.likeness >= ALIKE


def align(written: Sequence[Spelled], heard: Sequence[Spelled]) -> list[Step]:
    """The cheapest way to go through both at once, in order."""
    # Most pieces are heard word for word, or nearly so; only what lies between the first difference and the last has to be searched.
    head = _equal(zip(written, heard, strict=False))
    tail = _equal(zip(reversed(written[head:]), reversed(heard[head:]), strict=False))
    before = [Step((place, place + 1), (place, place + 1), 1.0) for place in range(head)]
    steps = _cheapest(written[head : len(written) - tail], heard[head : len(heard) - tail])
    middle = [Step(_moved(step.written, head), _moved(step.heard, head), step.likeness) for step in steps]
    ends = zip(range(len(written) - tail, len(written)), range(len(heard) - tail, len(heard)), strict=True)
    return [*before, *middle, *(Step((row, row + 1), (column, column + 1), 1.0) for row, column in ends)]


def _equal(pairs: Iterable[tuple[Spelled, Spelled]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0].letters == pair[1].letters, pairs))


def _moved(span: tuple[int, int], by: int) -> tuple[int, int]:
    return span[0] + by, span[1] + by


def _cheapest(written: Sequence[Spelled], heard: Sequence[Spelled]) -> list[Step]:
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
        steps.append(Step((row - back, row), (column - over, column), likeness))
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
        # A word in another's place is less than one missing and one invented, and still more than one of them.
        yield cost[row - 1][column - 1] + (1 - same if same >= ALIKE else 1.6 - 0.2 * same), (1, 1, same)
        if same == 1:
            return
        for back, over in _SPANS:
            if back <= row and over <= column:
                left, right = written[row - back : row], heard[column - over : column]
                same = likeness("".join(each.letters for each in left), "".join(each.letters for each in right))
                # Where a word by itself is rather the other, its neighbours are no part of a compound: they are missing or invented.
                alone = max(likeness(one.letters, other.letters) for one, other in product(left, right))
                if same >= max(ALIKE_SPAN, alone):
                    yield cost[row - back][column - over] + (1 - same) * max(back, over) + 0.05, (back, over, same)


_SPANS = [(back, over) for back, over in product(range(1, _LONGEST_SPAN + 1), repeat=2) if back + over in (3, 4)]


@lru_cache(maxsize=65536)
def likeness(one: str, other: str) -> float:
    """How alike two words are, by their letters or by their sound: 0 to 1."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < _SHORTEST * max(len(one), len(other)):
        return 0.0  # part of a word at the most
    by_letters = Indel.normalized_similarity(one, other)
    return max(float(by_letters), 0.95 * float(Indel.normalized_similarity(sound_of(one), sound_of(other))))


_SHORTEST = 0.55
"""What share of the other's letters a word must have to be that word."""
