"""Synthesise a text ahead of playback, and keep the audio until it is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from threading import Condition, Lock, Thread

from voicebridge.errors import ModelError, VoiceBridgeError, brief
from voicebridge.ports import TextToSpeech
from voicebridge.speech import AudioChunk, TtsRequest
from voicebridge.tts.text.pieces import Piece
from voicebridge.tts.utterances import Utterance, utterances, voicing

AHEAD = 20.0
"""Seconds of audio to buffer beyond the passage that is being synthesised."""
_LOOK = 0.25
"""Seconds between two checks of the playback position."""


class Pieces:
    """The passages of a text by index, read only as far as needed, and kept from a given one on; thread-safe."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        self._pieces = pieces
        self._kept: dict[int, Piece] = {}
        self._read = 0
        self._lock = Lock()

    def get(self, number: int) -> Piece | None:
        """A passage that has not been discarded, ``None`` after the last one."""
        with self._lock:
            while self._read <= number:
                piece = next(self._pieces, None)
                if piece is None:
                    return None
                self._kept[self._read] = piece
                self._read += 1
            return self._kept[number]

    def starting(self, number: int) -> Iterator[Piece]:
        """All passages from a given one on."""
        while (piece := self.get(number)) is not None:
            yield piece
            number += 1

    def forget(self, before: int) -> None:
        """Discard the passages before an index."""
        with self._lock:
            for number in [each for each in self._kept if each < before]:
                del self._kept[number]


@dataclass
class SpokenPiece:
    """The audio of a passage, as far as it is synthesised."""

    chunks: list[AudioChunk] = field(default_factory=list)
    pause: float = 0.0
    """Seconds of silence at its start: the pause after the previous passage."""
    is_whole: bool = False

    @property
    def seconds(self) -> float:
        """Its duration so far."""
        return sum(chunk.duration for chunk in self.chunks)


class ReadAhead:
    """A run of the engine from a passage on, with one request, in its own thread."""

    def __init__(
        self,
        pieces: Pieces,
        first: int,
        engine: Callable[[], TextToSpeech],
        request: TtsRequest,
        heard: Callable[[], int],
        change: Condition,
    ) -> None:
        """Start synthesising.

        Args:
            pieces: the text.
            first: index of the first passage.
            engine: returns the engine; may block.
            request: the request for the engine.
            heard: returns the index of the passage that is being played; called while holding ``change``.
            change: protects all data of this object, and is notified of changes.
        """
        self._pieces, self._engine, self._request = pieces, engine, request
        self._heard, self._change = heard, change
        self._first = first
        self._sounds: dict[int, SpokenPiece] = {}
        self._end: int | None = None
        self._failure: VoiceBridgeError | None = None
        self._cancelled = False
        Thread(target=self._run, name="aloud-ahead", daemon=True).start()

    def cancel(self) -> None:
        """Stop; the engine is closed when it yields next. Call while holding ``change``."""
        self._cancelled = True
        self._change.notify_all()

    def has_begun(self, number: int) -> bool:
        """Whether a passage is being or has been synthesised. Call while holding ``change``."""
        return number in self._sounds

    def sound(self, number: int, given_up: Callable[[], bool]) -> SpokenPiece | None:
        """The audio of a passage once it has started, ``None`` after the last one and once stopped.

        Raises:
            VoiceBridgeError: the engine's error, after everything that came before it.
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

    def chunks(self, sound: SpokenPiece, start: float, given_up: Callable[[], bool]) -> Iterator[AudioChunk]:
        """The audio of a passage from ``start`` seconds on, as it is synthesised, until stopped.

        Raises:
            VoiceBridgeError: like :meth:`sound`.
        """
        number = 0
        while (chunk := self._chunk(sound, number, given_up)) is not None:
            number += 1
            skipped = min(len(chunk.samples), round(start * chunk.sample_rate))
            start -= skipped / chunk.sample_rate
            if skipped < len(chunk.samples):
                yield AudioChunk(chunk.samples[skipped:], chunk.sample_rate)

    def _chunk(self, sound: SpokenPiece, number: int, given_up: Callable[[], bool]) -> AudioChunk | None:
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
        except Exception as error:  # engines are third-party code
            self._fail(ModelError(f"The model failed: {brief(error)}. Try another: voicebridge models"))

    def _speak(self, number: int, utterance: Utterance) -> bool:
        """Synthesise one passage when it is needed soon; return whether to continue."""
        if not self._is_near():
            return False
        sound = SpokenPiece()
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
        """Wait until little audio is buffered; return whether to continue. Played audio is discarded."""
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
