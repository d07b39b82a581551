"""Speaks a text some way ahead of what is heard, and keeps what has not been heard yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from threading import Condition, Lock, Thread

from voicebridge.errors import ModelError, VoiceBridgeError, brief
from voicebridge.pipeline.speak import Utterance, utterances, voicing
from voicebridge.ports import TextToSpeech
from voicebridge.speech import AudioChunk, TtsRequest
from voicebridge.text.pieces import Piece

AHEAD = 20.0
"""Seconds of sound that may wait, besides the piece that is being spoken."""
_LOOK = 0.25
"""Seconds after which it is looked how much has been heard."""


class Pieces:
    """The pieces of a text by their number, read no further than is needed, and kept from one of them on; safe for several threads."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        self._pieces = pieces
        self._kept: dict[int, Piece] = {}
        self._read = 0
        self._lock = Lock()

    def get(self, number: int) -> Piece | None:
        """A piece that is not forgotten, ``None`` behind the last."""
        with self._lock:
            while self._read <= number:
                piece = next(self._pieces, None)
                if piece is None:
                    return None
                self._kept[self._read] = piece
                self._read += 1
            return self._kept[number]

    def starting(self, number: int) -> Iterator[Piece]:
        """One after the other, from one of them on."""
        while (piece := self.get(number)) is not None:
            yield piece
            number += 1

    def forget(self, before: int) -> None:
        """Let go of those before a number."""
        with self._lock:
            for number in [each for each in self._kept if each < before]:
                del self._kept[number]


@dataclass
class Sound:
    """What one piece sounds like, as far as it has been spoken."""

    chunks: list[AudioChunk] = field(default_factory=list)
    pause: float = 0.0
    """Seconds of silence that it begins with: the pause after the piece before."""
    is_whole: bool = False

    @property
    def seconds(self) -> float:
        """How long it is so far."""
        return sum(chunk.duration for chunk in self.chunks)


class Ahead:
    """One run of speaking, in a thread of its own, from one piece on, in one manner."""

    def __init__(
        self,
        pieces: Pieces,
        first: int,
        engine: Callable[[], TextToSpeech],
        request: TtsRequest,
        heard: Callable[[], int],
        change: Condition,
    ) -> None:
        """Begin to speak.

        Args:
            pieces: the text.
            first: number of the piece to begin with.
            engine: gives what speaks; may take its time.
            request: what is asked of it.
            heard: number of the piece that is being heard; called under ``change``.
            change: guards all that is kept here, and is notified of it.
        """
        self._pieces, self._engine, self._request = pieces, engine, request
        self._heard, self._change = heard, change
        self._first = first
        self._sounds: dict[int, Sound] = {}
        self._end: int | None = None
        self._failure: VoiceBridgeError | None = None
        self._cancelled = False
        Thread(target=self._run, name="aloud-ahead", daemon=True).start()

    def cancel(self) -> None:
        """Speak no further; what the engine is at is given up as soon as it gives something. Under ``change``."""
        self._cancelled = True
        self._change.notify_all()

    def has_begun(self, number: int) -> bool:
        """Whether a piece is being spoken, or has been. Under ``change``."""
        return number in self._sounds

    def sound(self, number: int, given_up: Callable[[], bool]) -> Sound | None:
        """The sound of a piece once it has begun, ``None`` behind the last and once it is given up.

        Raises:
            VoiceBridgeError: what the engine has raised, after all that came before it.
        """
        with self._change:
            while not (given_up() or self._cancelled):
                sound = self._sounds.get(number)
                if sound is not None and (sound.chunks or sound.is_whole):
                    return sound
                if self._failure is not None:
                    raise self._failure
                if self._end is not None and number >= self._end:
                    return None
                self._change.wait()
        return None

    def chunks(self, sound: Sound, start: float, given_up: Callable[[], bool]) -> Iterator[AudioChunk]:
        """What it is made of from ``start`` seconds on, as it is spoken, until it is given up.

        Raises:
            VoiceBridgeError: as :meth:`sound` does.
        """
        number = 0
        while (chunk := self._chunk(sound, number, given_up)) is not None:
            number += 1
            skipped = min(len(chunk.samples), round(start * chunk.sample_rate))
            start -= skipped / chunk.sample_rate
            if skipped < len(chunk.samples):
                yield AudioChunk(chunk.samples[skipped:], chunk.sample_rate)

    def _chunk(self, sound: Sound, number: int, given_up: Callable[[], bool]) -> AudioChunk | None:
        with self._change:
            while not (given_up() or self._cancelled):
                if number < len(sound.chunks):
                    return sound.chunks[number]
                if sound.is_whole:
                    return None
                if self._failure is not None:
                    raise self._failure
                self._change.wait()
        return None

    def _run(self) -> None:
        number = self._first
        try:
            with closing(self._engine()) as engine:
                for utterance in utterances(self._pieces.starting(number), voicing(engine, self._request)):
                    if not self._speak(number, utterance):
                        return
                    number += 1
            with self._change:
                self._end = number
                self._change.notify_all()
        except VoiceBridgeError as error:
            self._fail(error)
        except Exception as error:  # an engine is anybody's code
            self._fail(ModelError(f"The model failed: {brief(error)}. Try another: voicebridge models"))

    def _speak(self, number: int, utterance: Utterance) -> bool:
        """Speak one piece once it is near; says whether to go on."""
        if not self._is_near():
            return False
        sound = Sound()
        with closing(utterance.sound) as chunks:
            for chunk in chunks:
                with self._change:
                    if self._cancelled:
                        return False
                    if not sound.chunks and not chunk.samples.any():
                        sound.pause = chunk.duration
                    sound.chunks.append(chunk)
                    self._sounds[number] = sound
                    self._change.notify_all()
        with self._change:
            sound.is_whole = True
            self._sounds[number] = sound
            self._change.notify_all()
        return True

    def _is_near(self) -> bool:
        """Wait until little enough waits to be heard; says whether to go on. What has been heard is forgotten on the way."""
        with self._change:
            while not self._cancelled:
                heard = self._heard()
                self._pieces.forget(heard)
                self._sounds = {number: sound for number, sound in self._sounds.items() if number >= heard}
                if sum(sound.seconds for sound in self._sounds.values()) < AHEAD:
                    return True
                self._change.wait(_LOOK)
        return False

    def _fail(self, error: VoiceBridgeError) -> None:
        with self._change:
            self._failure = error
            self._change.notify_all()
