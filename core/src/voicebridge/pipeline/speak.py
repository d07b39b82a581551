"""From pieces of text to their sound, one utterance after the other, each with the pause that was asked for before it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from voicebridge.audio.trim import Samples, Trim
from voicebridge.errors import ModelError
from voicebridge.iterators import closed_after
from voicebridge.ports import TextToSpeech
from voicebridge.speech import AudioChunk, TtsRequest
from voicebridge.text.pieces import Piece

if TYPE_CHECKING:
    from voicebridge.pipeline.verify import Checker, Finding, Spoken

MARGIN = 0.05
"""Seconds of quiet that stay at either end of an utterance, and count as part of the pause beside it."""

ATTEMPTS = 3
"""How often a piece is spoken at the most before what is wrong with it is only reported."""

Voicing = Callable[[Piece], Generator[AudioChunk, None, None]]
"""Gives the sound of one piece; closing it stops the work."""


def voicing(engine: TextToSpeech, request: TtsRequest) -> Voicing:
    """Pieces spoken as they come out of the engine."""

    def speak(piece: Piece) -> Generator[AudioChunk, None, None]:
        with closed_after(engine.synthesize(piece.parts, request)) as chunks:
            yield from chunks

    return speak


def verified(
    engine: TextToSpeech, request: TtsRequest, checker: Checker, *, seeds: bool, on_checked: Callable[[Piece, Spoken], None]
) -> Voicing:
    """Pieces spoken, heard back, and spoken again while something is wrong with them.

    Args:
        engine: speaks.
        request: what is asked of it.
        checker: listens.
        seeds: whether another seed makes the engine speak otherwise.
        on_checked: told what became of each piece.
    """
    from voicebridge.pipeline.verify import spoken_right  # what compares words is imported by those who compare them

    def speak(piece: Piece) -> Generator[AudioChunk, None, None]:
        rate = 0

        def once(seed: int | None) -> Samples:
            nonlocal rate
            with closed_after(engine.synthesize(piece.parts, replace(request, seed=seed))) as chunks:
                sound = list(chunks)
            rate = sound[0].sample_rate if sound else rate
            return np.concatenate([chunk.samples for chunk in sound]) if sound else np.zeros(0, np.float32)

        def check(sound: Samples) -> Finding:
            return checker.check(piece.written, sound, rate, spelled=piece.text)

        spoken = spoken_right(once, check, attempts=ATTEMPTS if seeds else 1, seed=request.seed)
        on_checked(piece, spoken)
        if len(spoken.sound):
            yield AudioChunk(spoken.sound, rate)

    return speak


@dataclass(frozen=True, slots=True)
class Gap:
    """What is to lie between an utterance and the next."""

    pause: float
    """Seconds of quiet that were asked for."""
    filled: int
    """Samples of quiet that the utterance has left at its end already."""

    @property
    def margin(self) -> float:
        """Seconds of quiet that may stay at either side."""
        return min(MARGIN, self.pause / 2)


def utterances(pieces: Iterable[Piece], speak: Voicing, gap: Gap | None = None) -> Iterator[Utterance]:
    """Each piece with its sound, ready to be played or written end to end.

    Args:
        pieces: what is to be spoken; read no further than is needed.
        speak: gives a piece's sound.
        gap: after what was spoken before, when a reading goes on.

    Raises:
        ModelError: when the engine changes its sample rate on the way.
        VoiceBridgeError: what the engine raises.
    """
    rate: int | None = None
    for piece in pieces:
        utterance = Utterance(piece, speak, gap, rate)
        yield utterance
        rate, gap = utterance.rate, utterance.gap


class Utterance:
    """A piece and its sound, placed after the utterance before."""

    def __init__(self, piece: Piece, speak: Voicing, gap: Gap | None, rate: int | None) -> None:
        """Nothing is spoken before :attr:`sound` is read."""
        self.piece = piece
        self.gap = gap
        """What lies before it; after it, once it has been heard."""
        self.rate = rate
        """Hertz, once something has been heard."""
        self.sound = self._sound(speak)
        """The pause before it and the piece itself; has to be taken to its end before the next utterance is asked for."""

    def _sound(self, speak: Voicing) -> Generator[AudioChunk, None, None]:
        trim: Trim | None = None
        before, after = self.gap, Gap(self.piece.pause, 0)
        begun = False
        with closing(speak(self.piece)) as chunks:
            for chunk in chunks:
                rate = self._same(chunk.sample_rate)
                trim = trim or Trim(rate, before.margin if before else MARGIN, after.margin)
                samples = trim.feed(chunk.samples)
                if len(samples) and not begun and before:  # what is silent altogether gets no pause of its own
                    yield from _chunk(np.zeros(max(0, round(before.pause * rate) - before.filled - trim.before), np.float32), rate)
                begun = begun or bool(len(samples))
                yield from _chunk(samples, rate)
        if trim is not None and begun:
            rest = trim.finish()
            yield from _chunk(rest, self._same(rate))
            self.gap = replace(after, filled=len(rest))

    def _same(self, rate: int) -> int:
        if self.rate not in (None, rate):
            raise ModelError(f"The model changed its sample rate from {self.rate} to {rate} Hz on the way. Report it to its makers.")
        self.rate = rate
        return rate


def _chunk(samples: Samples, rate: int) -> Iterator[AudioChunk]:
    if len(samples):
        yield AudioChunk(samples, rate)


def timed(chunks: Iterable[AudioChunk], start: float = 0.0) -> Iterator[AudioChunk]:
    """The same chunks, each with its place in the whole, which begins at ``start`` seconds."""
    for chunk in chunks:
        yield replace(chunk, start=start)
        start += chunk.duration


def no_sound() -> ModelError:
    """What to tell the user when a model had nothing to say to a whole text."""
    return ModelError("The model gave no sound for this text. Try another voice: voicebridge voices")
