"""One text that is being read aloud: where it is, and what is to be heard from there on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Condition

from voicebridge.aloud.ahead import Ahead, Pieces
from voicebridge.playback import Playing
from voicebridge.ports import TextToSpeech
from voicebridge.speaking import Reader
from voicebridge.speech import AudioChunk
from voicebridge.text.pieces import Piece


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text."""

    piece: int
    """Number of a piece."""
    seconds: float | None = None
    """Within its sound; ``None`` is its first word, after the pause before it."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where in what is being played a piece begins."""

    at: float
    """Seconds."""
    piece: int
    start: float
    """Seconds of its sound that were left out."""
    pause: float
    """Seconds of silence that its sound begins with."""


class Reading:
    """A text, and the engine's work for it. Its methods are called under ``change``."""

    def __init__(
        self, text: str | None, pieces: Iterator[Piece], reader: Reader, engine: Callable[[], TextToSpeech], change: Condition
    ) -> None:
        """Nothing is spoken before :meth:`begin`.

        Args:
            text: as it was given, where it was given as text.
            pieces: of the text.
            reader: how it is read.
            engine: gives what speaks.
            change: guards this, and is notified of changes.
        """
        self.text, self.reader = text, reader
        self.playing: Playing | None = None
        """What is under way of it."""
        self._request = reader.request
        self._pieces, self._engine, self._change = Pieces(pieces), engine, change
        self._ahead: Ahead | None = None
        self._place = Place(0)
        self._marks: list[_Mark] = []
        self.has_sounded = False
        """Whether there has been any sound, or some was skipped."""

    @property
    def speed(self) -> float:
        """1 is the voice's natural pace."""
        return self._request.speed

    @property
    def place(self) -> Place:
        """What is being heard."""
        if self.playing is None or not self._marks:
            return self._place
        heard = self.playing.heard
        mark = next((each for each in reversed(self._marks) if each.at <= heard), self._marks[0])
        return Place(mark.piece, mark.start + max(0.0, heard - mark.at))

    @property
    def piece(self) -> int:
        """Number of the piece that is being heard, or has been while there is a pause."""
        place = self.place
        mark = next((each for each in self._marks if each.piece == place.piece), None)
        is_in_pause = mark is not None and place.seconds is not None and place.seconds < mark.pause
        return place.piece - is_in_pause

    def begin(self, playing: Playing) -> Iterator[AudioChunk]:
        """What is to be heard from its place on, as it is spoken, until ``playing`` is stopped; raises what the engine raises."""
        self.playing, self._marks = playing, []
        if self._ahead is None:
            self._ahead = Ahead(self._pieces, self._place.piece, self._engine, self._request, lambda: self.piece, self._change)
        return self._sound(self._ahead, playing, self._place)

    def _sound(self, ahead: Ahead, playing: Playing, place: Place) -> Iterator[AudioChunk]:
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
        """Keep the place where playing has been stopped, for the next to begin there."""
        self._place, self.playing = self.place, None

    def go_to(self, place: Place) -> None:
        """Stop what is under way; what is played next begins there."""
        self._place, self._marks = place, []
        if self.playing is not None:
            self.playing.stop()
            self.playing = None
        self._change.notify_all()

    def pace(self, speed: float) -> None:
        """Read on at another pace, from the beginning of the piece that is being heard, or of the next while there is a pause."""
        self._request = replace(self._request, speed=speed)
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None
        self.go_to(Place(self.place.piece))

    def skip(self) -> None:
        """Go on with the piece after that which is being heard."""
        self.has_sounded = True
        number = self.piece + 1
        if self._ahead is not None and not self._ahead.has_begun(number):  # what is skipped need not be spoken first
            self._ahead.cancel()
            self._ahead = None
        self.go_to(Place(number))

    def close(self) -> None:
        """End it."""
        if self.playing is not None:
            self.playing.stop()
        if self._ahead is not None:
            self._ahead.cancel()
