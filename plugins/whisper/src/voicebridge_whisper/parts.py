"""Parts a piece: into halves, where its text doesn't fit into the decoder, and around speech in which no word was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from voicebridge import Word

from voicebridge_whisper.decoder import Decoded
from voicebridge_whisper.segmenter import Piece, Stretch
from voicebridge_whisper.vad import SAMPLE_RATE

Part = tuple[Piece, Decoded]
"""A piece, or a part of one, and what was made of it."""

SHORTEST = 2.0
"""Seconds: no half is shorter."""
WORDLESS = 2.4
"""Seconds of a piece without a word that are not believed. A piece holds speech, and shorter pauses with the margins around them."""
_LOOK = 0.05
"""Seconds over which loudness is taken."""


def can_be_halved(piece: Piece) -> bool:
    """Whether both halves would hold enough."""
    return piece.duration >= 3 * SHORTEST


def halves(piece: Piece) -> tuple[Piece, Piece]:
    """The piece, cut in its middle third where it is least loud."""
    step, total = round(_LOOK * SAMPLE_RATE), len(piece.samples)
    begin, end = total // 3, total - total // 3
    loudness = [float(np.square(piece.samples[at : at + step]).mean()) for at in range(begin, end - step, step)]
    return parted(piece, begin + step * int(np.argmin(loudness)) + step // 2)


def parted(piece: Piece, place: int) -> tuple[Piece, Piece]:
    """The piece before and from a sample on, each with its stretches of the recording."""
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
    """Yield where speech goes on for :data:`WORDLESS` seconds or longer without a word, given the words of a piece, if there are any."""
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


def within(decoded: Decoded, begin: float, end: float) -> Decoded:
    """What was decoded, with no more than the words that begin from ``begin`` up to ``end`` (s)."""
    words = tuple(word for word in decoded.words if begin <= word.start < end)
    return replace(decoded, words=words, text="".join(word.text for word in words).strip())
