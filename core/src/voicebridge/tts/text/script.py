"""Scripts: texts that name the speaker of each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from voicebridge.documents.read import read_text
from voicebridge.errors import InputError
from voicebridge.patterns import pattern
from voicebridge.speech import AudioChunk, Line
from voicebridge.tts.text.pieces import Manner, Piece, pieces_of

_SPEAKER = pattern(r"\s*(?:\[(?P<number>[^\]\n]{1,40})\]:?|(?P<name>[^\W_][^:\n]{0,39}?)\s*:)(?:\s+|$)(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Turn:
    """A speaker's text until the next speaker."""

    speaker: str
    text: str


def read_script(text: str) -> list[Turn]:
    """Read ``Alice: …``, ``[1] …`` or ``Speaker 1: …``; a line without a speaker continues the previous one.

    Raises:
        InputError: if the first line has no speaker; the message names the line.
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
            raise InputError(f"Line {number} of the script has no speaker. Start it with a name and a colon, as in 'Alice: Hello.'")
    return turns


def script_pieces(turns: Sequence[Turn], manner: Manner, casting: Mapping[str, tuple[str | None, AudioChunk | None]]) -> Iterator[Piece]:
    """Yield a script's passages, whose lines have speakers; speakers are numbered in order of appearance.

    A model for longer passages receives several turns at once, so that its speakers respond to each other.

    Args:
        turns: from :func:`read_script`.
        manner: how to read it.
        casting: each speaker's voice or sample; optional for each speaker.
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
