"""Parts a piece whose text doesn't fit into the decoder, and joins what was made of its halves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from voicebridge_whisper.decoder import Decoded
from voicebridge_whisper.segmenter import Piece, Stretch
from voicebridge_whisper.vad import SAMPLE_RATE

SHORTEST = 2.0
"""Seconds: no half is shorter."""
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
        inside = min(max(place - seam, 0), stretch.end - stretch.start)
        if inside > 0:
            before.append(Stretch(stretch.start, stretch.start + inside))
        if stretch.start + inside < stretch.end:
            after.append(Stretch(stretch.start + inside, stretch.end))
        seam += stretch.end - stretch.start
    return Piece(piece.samples[:place], before), Piece(piece.samples[place:], after)


def joined(first: Decoded, second: Decoded, begin: float) -> Decoded:
    """What was made of two parts of a piece as one, the second of which begins at ``begin`` (s)."""
    words = (*first.words, *(replace(word, start=word.start + begin, end=word.end + begin) for word in second.words))
    tokens = first.tokens + second.tokens
    return Decoded(
        text="".join(word.text for word in words).strip() or f"{first.text} {second.text}".strip(),
        tokens=tokens,
        avg_logprob=(first.avg_logprob * first.tokens + second.avg_logprob * second.tokens) / max(1, tokens),
        no_speech_prob=min(first.no_speech_prob, second.no_speech_prob),
        words=words,
        language=first.language,
        cut_off=first.cut_off or second.cut_off,
    )
