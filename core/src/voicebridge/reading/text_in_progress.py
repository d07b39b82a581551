"""A text that is being read aloud: its position, and the audio from there on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Condition

from voicebridge.playback import Playing
from voicebridge.ports import TextToSpeech
from voicebridge.reading.ahead import Pieces, ReadAhead
from voicebridge.speech import AudioChunk
from voicebridge.tts.choose import SpeechSetup
from voicebridge.tts.text.pieces import Piece


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a text."""

    piece: int
    """Index of a passage."""
    seconds: float | None = None
    """Position in its audio; ``None`` is its first word, after the pause before it."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a passage starts in the current playback."""

    at: float
    """Seconds."""
    piece: int
    start: float
    """Seconds of its audio that were skipped."""
    pause: float
    """Seconds of silence at the start of its audio."""


class TextInProgress:
    """A text and the engine's work for it. Its methods are called while holding ``change``."""

    def __init__(
        self, text: str | None, pieces: Iterator[Piece], reader: SpeechSetup, engine: Callable[[], TextToSpeech], change: Condition
    ) -> None:
        """Nothing is spoken before :meth:`begin`.

        Args:
            text: the original text, if it was not a document.
            pieces: the passages of the text.
            reader: the reading parameters.
            engine: returns the engine.
            change: protects this object, and is notified of changes.
        """
        self.text, self.reader = text, reader
        self.playing: Playing | None = None
        """Its current playback."""
        self._request = reader.request
        self._pieces, self._engine, self._change = Pieces(pieces), engine, change
        self._ahead: ReadAhead | None = None
        self._place = Position(0)
        self._marks: list[_Mark] = []
        self.has_sounded = False
        """Whether any audio was played or skipped."""

    @property
    def speed(self) -> float:
        """1 is the voice's natural rate."""
        return self._request.speed

    @property
    def place(self) -> Position:
        """The position of the playback."""
        if self.playing is None or not self._marks:
            return self._place
        heard = self.playing.heard
        mark = next((each for each in reversed(self._marks) if each.at <= heard), self._marks[0])
        return Position(mark.piece, mark.start + max(0.0, heard - mark.at))

    @property
    def piece(self) -> int:
        """Index of the current passage, or of the last one during a pause."""
        place = self.place
        mark = next((each for each in self._marks if each.piece == place.piece), None)
        is_in_pause = mark is not None and place.seconds is not None and place.seconds < mark.pause
        return place.piece - is_in_pause

    def begin(self, playing: Playing) -> Iterator[AudioChunk]:
        """The audio from the current position on, as it is synthesised, until ``playing`` is stopped; raises the engine's errors."""
        self.playing, self._marks = playing, []
        if self._ahead is None:
            self._ahead = ReadAhead(self._pieces, self._place.piece, self._engine, self._request, lambda: self.piece, self._change)
        return self._sound(self._ahead, playing, self._place)

    def _sound(self, ahead: ReadAhead, playing: Playing, place: Position) -> Iterator[AudioChunk]:
        number, start, at = place.piece, place.seconds, 0.0
        while (sound := ahead.sound(number, lambda: playing.stopped)) is not None:
            begin = sound.pause if start is None else start
            with self._change:
                if self.playing is playing:
                    self._marks.append(_Mark(at, number, begin, sound.pause))
                self.has_sounded = self.has_sounded or bool(sound.chunks)
            for chunk in ahead.chunks(sound, begin, lambda: playing.stopped):
                at += chunk.duration
                yield chunk
            number, start = number + 1, 0.0

    def rest(self) -> None:
        """Save the position where playback was stopped, to continue from there."""
        self._place, self.playing = self.place, None

    def go_to(self, place: Position) -> None:
        """Stop the playback; the next one starts at the given position."""
        self._place, self._marks = place, []
        if self.playing is not None:
            self.playing.stop()
            self.playing = None
        self._change.notify_all()

    def pace(self, speed: float) -> None:
        """Continue at another rate, from the start of the current passage, or of the next one during a pause."""
        self._request = replace(self._request, speed=speed)
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None
        self.go_to(Position(self.place.piece))

    def skip(self) -> None:
        """Continue with the next passage."""
        self.has_sounded = True
        number = self.piece + 1
        if self._ahead is not None and not self._ahead.has_begun(number):  # skipped passages need not be synthesised
            self._ahead.cancel()
            self._ahead = None
        self.go_to(Position(number))

    def close(self) -> None:
        """Stop reading."""
        if self.playing is not None:
            self.playing.stop()
        if self._ahead is not None:
            self._ahead.cancel()
