"""Speak passages one after another, each preceded by the requested pause."""

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
from voicebridge.tts.text.pieces import Piece

if TYPE_CHECKING:
    from voicebridge.tts.verify.check import Checker, Deviation, Spoken

MARGIN = 0.05
"""Seconds of silence kept at both ends of an utterance, which count as part of the adjacent pause."""

ATTEMPTS = 3
"""Maximum attempts for a passage before its errors are only reported."""

Voicing = Callable[[Piece], Generator[AudioChunk, None, None]]
"""Returns the audio of one passage; closing it stops the work."""


def voicing(engine: TextToSpeech, request: TtsRequest) -> Voicing:
    """Passages as spoken by the engine."""

    def speak(piece: Piece) -> Generator[AudioChunk, None, None]:
        with closed_after(engine.synthesize(piece.parts, request)) as chunks:
            yield from chunks

    return speak


def verified(
    engine: TextToSpeech, request: TtsRequest, checker: Checker, *, seeds: bool, on_checked: Callable[[Piece, Spoken], None]
) -> Voicing:
    """Passages verified, and spoken again while they have errors.

    Args:
        engine: the text-to-speech engine.
        request: the request for it.
        checker: verifies the audio.
        seeds: whether the engine supports seeds.
        on_checked: called with the result of each passage.
    """
    from voicebridge.tts.verify.check import spoken_right  # not imported without verification

    def speak(piece: Piece) -> Generator[AudioChunk, None, None]:
        rate = 0

        def once(seed: int | None) -> Samples:
            nonlocal rate
            with closed_after(engine.synthesize(piece.parts, replace(request, seed=seed))) as chunks:
                sound = list(chunks)
            rate = sound[0].sample_rate if sound else rate
            return np.concatenate([chunk.samples for chunk in sound]) if sound else np.zeros(0, np.float32)

        def check(sound: Samples) -> Deviation:
            return checker.check(piece.written, sound, rate, spelled=piece.text)

        spoken = spoken_right(once, check, attempts=ATTEMPTS if seeds else 1, seed=request.seed)
        on_checked(piece, spoken)
        if len(spoken.sound):
            yield AudioChunk(spoken.sound, rate)

    return speak


@dataclass(frozen=True, slots=True)
class Pause:
    """The silence between an utterance and the next."""

    pause: float
    """Requested seconds of silence."""
    filled: int
    """Samples of silence already at the end of the utterance."""

    @property
    def margin(self) -> float:
        """Seconds of silence that may be kept at both sides."""
        return min(MARGIN, self.pause / 2)


def utterances(pieces: Iterable[Piece], speak: Voicing, gap: Pause | None = None) -> Iterator[Utterance]:
    """Each passage with its audio, ready to be concatenated.

    Args:
        pieces: the passages; read no further than needed.
        speak: returns a passage's audio.
        gap: after what was spoken before, if a reading is resumed.

    Raises:
        ModelError: if the engine changes its sample rate.
        VoiceBridgeError: errors of the engine.
    """
    rate: int | None = None
    for piece in pieces:
        utterance = Utterance(piece, speak, gap, rate)
        yield utterance
        rate, gap = utterance.rate, utterance.gap


class Utterance:
    """A passage and its audio, after the previous utterance."""

    def __init__(self, piece: Piece, speak: Voicing, gap: Pause | None, rate: int | None) -> None:
        """Nothing is spoken before :attr:`sound` is read."""
        self.piece = piece
        self.gap = gap
        """The gap before it; after the audio has been read, the gap after it."""
        self.rate = rate
        """Hertz, known after the first audio."""
        self.sound = self._sound(speak)
        """The pause and the passage; must be read to the end before the next utterance is requested."""

    def _sound(self, speak: Voicing) -> Generator[AudioChunk, None, None]:
        trim: Trim | None = None
        before, after = self.gap, Pause(self.piece.pause, 0)
        begun = False
        with closing(speak(self.piece)) as chunks:
            for chunk in chunks:
                rate = self._same(chunk.sample_rate)
                trim = trim or Trim(rate, before.margin if before else MARGIN, after.margin)
                samples = trim.feed(chunk.samples)
                if len(samples) and not begun and before:  # a silent passage gets no pause of its own
                    yield from _chunk(np.zeros(max(0, round(before.pause * rate) - before.filled - trim.before), np.float32), rate)
                begun = begun or bool(len(samples))
                yield from _chunk(samples, rate)
        if trim is not None and begun:
            rest = trim.finish()
            yield from _chunk(rest, self._same(rate))
            self.gap = replace(after, filled=len(rest))

    def _same(self, rate: int) -> int:
        if self.rate not in (None, rate):
            raise ModelError(
                f"The model changed its sample rate from {self.rate} to {rate} Hz while speaking. Report it to its maintainers."
            )
        self.rate = rate
        return rate


def _chunk(samples: Samples, rate: int) -> Iterator[AudioChunk]:
    if len(samples):
        yield AudioChunk(samples, rate)


def timed(chunks: Iterable[AudioChunk], start: float = 0.0) -> Iterator[AudioChunk]:
    """The same chunks, with their times in the whole, which starts at ``start`` seconds."""
    for chunk in chunks:
        yield replace(chunk, start=start)
        start += chunk.duration


def no_sound() -> ModelError:
    """The error if a model produced no audio for a whole text."""
    return ModelError("The model produced no audio for this text. Try another voice: voicebridge voices")
