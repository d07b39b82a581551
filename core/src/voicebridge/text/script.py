"""Scripts: text that says who speaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk, Line
from voicebridge.text.document import read_text
from voicebridge.text.pieces import Manner, Piece, pieces_of

_SPEAKER = re.compile(r"\s*(?:\[(?P<number>[^\]\n]{1,40})\]:?|(?P<name>[^\W_][^:\n]{0,39}?)\s*:)(?:\s+|$)(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says until the next one speaks."""

    speaker: str
    text: str


def read_script(text: str) -> list[Turn]:
    """Read ``Alice: …``, ``[1] …`` or ``Speaker 1: …``; a line without a speaker goes on with the one before.

    Raises:
        InputError: when the first line has no speaker; the message names it.
    """
    turns: list[Turn] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if found := _SPEAKER.fullmatch(line):
            turns.append(Turn(found["number"] or found["name"], found["text"].strip()))
        elif turns:
            turns[-1] = replace(turns[-1], text=f"{turns[-1].text}\n{line.strip()}".strip())
        else:
            raise InputError(f"Line {number} of the script has no speaker. Begin it with a name and a colon, as in 'Alice: Hello.'")
    return turns


def script_pieces(turns: Sequence[Turn], manner: Manner, casting: Mapping[str, tuple[str | None, AudioChunk | None]]) -> Iterator[Piece]:
    """Yield a script's pieces, whose lines know who speaks them; speakers are numbered in the order in which they appear.

    A model that reads longer passages at one go is given several turns at a time, so that its speakers answer each other.

    Args:
        turns: what :func:`read_script` gives.
        manner: how to read it.
        casting: each speaker's voice or sample; who is not in it has neither.
    """
    scene: Piece | None = None
    for piece in _lines(turns, manner, casting):
        if scene is None:
            scene = piece
        elif len(scene.text) + 1 + len(piece.text) < manner.passage:
            text, written = f"{scene.text} {piece.text}", f"{scene.written} {piece.written}"
            scene = Piece(text, written, piece.pause, lines=(*scene.lines, *piece.lines))
        else:
            yield scene
            scene = piece
    if scene is not None:
        yield scene


def _lines(turns: Sequence[Turn], manner: Manner, casting: Mapping[str, tuple[str | None, AudioChunk | None]]) -> Iterator[Piece]:
    numbers: dict[str, int] = {}
    for turn in turns:
        speaker = numbers.setdefault(turn.speaker, len(numbers))
        voice, sample = casting.get(turn.speaker, (None, None))
        for piece in pieces_of(read_text(turn.text), manner):
            yield replace(piece, chapter=None, lines=(Line(piece.text, speaker, voice, sample),))
