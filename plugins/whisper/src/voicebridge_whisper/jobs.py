"""A piece of speech that is being decoded, with what affects how."""

from __future__ import annotations

from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field

from voicebridge.recognition.segmenter import Piece, Samples

from voicebridge_whisper.decoder import Ask, Decoded
from voicebridge_whisper.window import frames_for, longest_in


@dataclass(order=True)
class Job:
    """A piece being decoded; sorts by priority."""

    turn: tuple[int, int]
    """(number of the recording, number of the piece in it)."""
    piece: Piece = field(compare=False)
    ask: Ask = field(compare=False)
    frames: int = field(compare=False)
    """Frames of 10 ms for the encoder."""
    done: Future[list[tuple[Piece, Decoded]]] = field(compare=False, default_factory=Future)
    """The piece, or the parts in which it had to be decoded, with their results."""
    ask_in_full: Future[Ask] = field(compare=False, default_factory=Future)
    """With the language, if it is to be detected; known as soon as the piece has been encoded, well before it is done."""
    heard: Samples | None = field(compare=False, default=None)
    """The audio for detecting the language, if it is not the piece itself."""
    whole_room: bool = field(compare=False, default=False)
    """Whether the text may use all of the decoder's tokens, instead of the usual limit for that much speech."""
    may_stutter: bool = field(compare=False, default=False)
    """Whether a repeated phrase is accepted: it was decoded before in a window with less silence."""

    def fail(self, error: BaseException) -> None:
        """Raise an error in the threads that wait for the results, unless they have them."""
        for future in (self.done, self.ask_in_full):
            if not future.done():
                future.set_exception(error)

    @property
    def batch(self) -> Hashable:
        """Jobs with the same value may be decoded together. While the language is being detected, a job is decoded alone.

        It contains everything that affects how a piece is decoded, so that its text doesn't depend on the rest of the batch.
        """
        return (self.frames, self.seconds, self.whole_room, self.may_stutter, self.ask, self.turn if self.ask.language is None else None)

    @property
    def seconds(self) -> float:
        """The duration of speech in the piece, rounded up to what its window holds."""
        return longest_in(frames_for(self.piece.duration, short=True))
