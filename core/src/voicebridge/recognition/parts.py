"""Split pieces: into halves if the text doesn't fit into the decoder, and around speech for which no word was decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from voicebridge.recognition.loops import has_words
from voicebridge.recognition.segmenter import SAMPLE_RATE, Piece, Stretch
from voicebridge.speech import Word

SHORTEST = 2.0
"""Minimum duration in seconds of a half."""
WORDLESS = 2.4
"""Seconds without a word in a piece that are implausible: a piece contains only speech, shorter pauses and the margins around them."""
_LOOK = 0.05
"""Seconds over which loudness is measured."""


def can_be_halved(piece: Piece) -> bool:
    """Whether both halves would be long enough."""
    return piece.duration >= 3 * SHORTEST


def halves(piece: Piece) -> tuple[Piece, Piece]:
    """Split a piece at the quietest point of its middle third."""
    step, total = round(_LOOK * SAMPLE_RATE), len(piece.samples)
    begin, end = total // 3, total - total // 3
    loudness = [float(np.square(piece.samples[at : at + step]).mean()) for at in range(begin, end - step, step)]
    return parted(piece, begin + step * int(np.argmin(loudness)) + step // 2)


def parted(piece: Piece, place: int) -> tuple[Piece, Piece]:
    """Split a piece at a sample; each part keeps its stretches of the recording."""
    before: list[Stretch] = []
    after: list[Stretch] = []
    seam = 0
    for stretch in piece.stretches:
        middle = stretch.start + min(max(place - seam, 0), stretch.end - stretch.start)
        if middle > stretch.start:
            before.append(replace(stretch, end=middle))
        if middle < stretch.end:
            after.append(replace(stretch, start=middle))
        seam += stretch.end - stretch.start
    return Piece(piece.samples[:place], before), Piece(piece.samples[place:], after)


def wordless(words: Sequence[Word], duration: float) -> Iterator[tuple[float, float]]:
    """Yield the intervals (s) of a piece in which speech continues for at least :data:`WORDLESS` seconds without a word."""
    # If all words are punctuation, they count: decoding the whole piece again would give the same result.
    words = [word for word in words if has_words(word.text)] or words
    if not words:
        return
    places = [0.0, *(place for word in words for place in (word.start, word.end)), duration]
    for begin, end in list(pairwise(places))[::2]:
        if end - begin >= WORDLESS:
            yield begin, end


def between(piece: Piece, begin: float, end: float) -> Piece:
    """The part of the piece from ``begin`` to ``end`` (s)."""
    first, last = round(begin * SAMPLE_RATE), round(end * SAMPLE_RATE)
    return parted(parted(piece, last)[0], first)[1]
