"""From a microphone to the words of one dictation: what has been said is transcribed at every pause, while the user goes on talking."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from voicebridge.audio.endpoint import Endpointer, Stretch
from voicebridge.errors import Unavailable
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.ports import SpeechToText
from voicebridge.speech import AudioChunk, SttRequest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TAIL_SILENCE = 0.15
"""Seconds of silence at which a recording ends that was told to stop: people let go of a key while they say the last syllable."""
TAIL = 0.4
"""Seconds that are heard at most after a recording was told to stop."""
UNHEARD = 10.0
"""Seconds after which a recording that ends by silence ends, when nobody has said a word."""
SURE = 3.0
"""Seconds of speech after which its language counts as known, so that a later "Okay" is not taken for another."""
_KEPT = 2.0  # seconds of silence that are kept in case that speech begins in them


@dataclass(frozen=True, slots=True)
class Ear:
    """What listens: a model that may still be loading, and what is asked of it."""

    engine: Future[SpeechToText]
    model: str
    """Its full name."""
    sample_rate: int
    """Hertz."""
    request: SttRequest


@dataclass(frozen=True, slots=True)
class Limits:
    """When a recording ends by itself."""

    stop_after: float | None
    """Seconds of silence; ``None`` when no silence ends it."""
    longest: float
    """Seconds of recording."""


@dataclass(frozen=True, slots=True)
class Events:
    """Whom a dictation tells what happens; called in threads of its own, and expected to return soon."""

    listening: Callable[[], None]
    """The first sample has arrived."""
    words: Callable[[Sequence[str]], None]
    """Another stretch of speech has been transcribed; the text of all of them."""
    ended: Callable[[], None]
    """The recording has ended, by whatever cause; its last words are still being transcribed."""


class Dictation:
    """One recording and its transcription, each in a thread of its own."""

    def __init__(self, audio: Iterator[AudioChunk], ear: Ear, limits: Limits, events: Events) -> None:
        """Begin to record.

        Args:
            audio: sound as it is heard, at the model's rate; it is closed at the end.
            ear: what listens.
            limits: when it ends by itself.
            events: whom to tell.
        """
        self._audio, self._ear, self._limits, self._events = audio, ear, limits, events
        self._pieces: SimpleQueue[npt.NDArray[np.float32] | None] = SimpleQueue()
        self._stop_asked: float | None = None
        self._cancelled = Event()
        self._lost: Unavailable | None = None
        self._failure: Exception | None = None
        self._utterances: list[str] = []
        self.duration = 0.0
        """Seconds that have been recorded."""
        self.language = ear.request.language
        """ISO 639-1 code of what is spoken, as soon as it is known."""
        self._hearing = Thread(target=self._hear, name="dictation-hear", daemon=True)
        self._writing = Thread(target=self._write, name="dictation-write", daemon=True)
        self._hearing.start()
        self._writing.start()

    def stop(self) -> None:
        """End the recording; what is being said at this moment is still heard."""
        self._stop_asked = self._stop_asked or time.monotonic()

    def cancel(self) -> None:
        """End the recording at once and leave what was not yet transcribed."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancelled.is_set()

    def heard(self) -> float:
        """Wait for the recording to end, and give its length in seconds.

        Raises:
            Unavailable: when the microphone was lost and no other was there; what was heard before counts.
        """
        self._hearing.join()
        if self._lost is not None:
            raise self._lost
        return self.duration

    def utterances(self) -> list[str]:
        """Wait for the last words, and give the text of each stretch of speech.

        Raises:
            VoiceBridgeError: when the model can't be loaded or fails.
        """
        self._writing.join()
        if self._failure is not None:
            raise self._failure
        return self._utterances

    def _hear(self) -> None:
        try:
            stretches = _Stretches(self._ear.sample_rate, self._pieces.put)
            try:
                self._record(stretches)
            except Unavailable as error:  # the words before it are still wanted
                self._lost = error
            if not self.cancelled:
                stretches.finish()
        except Exception as error:
            self._failure = error
        finally:
            close = getattr(self._audio, "close", None)
            if close is not None:
                close()
            self._pieces.put(None)
            self._events.ended()

    def _record(self, stretches: _Stretches) -> None:
        for chunk in self._audio:
            if not self.duration:
                self._events.listening()
            self.duration += chunk.duration
            stretches.feed(chunk.samples)
            if self._is_over(stretches.endpointer):
                break

    def _is_over(self, endpointer: Endpointer) -> bool:
        if self.cancelled or self.duration >= self._limits.longest:
            return True
        if self._stop_asked is not None:
            return endpointer.silence >= TAIL_SILENCE or time.monotonic() - self._stop_asked >= TAIL
        if self._limits.stop_after is None:
            return False
        return endpointer.silence >= (self._limits.stop_after if endpointer.heard else max(UNHEARD, self._limits.stop_after))

    def _write(self) -> None:
        try:
            self._transcribe()
        except Exception as error:
            self._failure = self._failure or error
            while self._pieces.get() is not None:  # the recording goes on, and is on disk
                pass

    def _transcribe(self) -> None:
        request, spoken = self._ear.request, 0.0
        while (samples := self._pieces.get()) is not None:
            if self.cancelled:
                continue
            engine = self._ear.engine.result()
            chunk = AudioChunk(samples, self._ear.sample_rate)
            segments = list(Transcription(engine, self._ear.model, [chunk], request))
            spoken += chunk.duration
            if segments and request.language is None:
                self.language = segments[0].language
                if spoken >= SURE:
                    request = replace(request, language=self.language)
            if text := " ".join(segment.text for segment in segments):
                self._utterances.append(text)
                self._events.words(tuple(self._utterances))


class _Stretches:
    """Cuts sound into stretches of speech, and keeps no more of it than that takes."""

    def __init__(self, sample_rate: int, give: Callable[[npt.NDArray[np.float32]], None]) -> None:
        self.endpointer = Endpointer(sample_rate)
        self._rate = sample_rate
        self._give = give
        self._blocks: list[npt.NDArray[np.float32]] = []
        self._first = self._end = 0  # numbers of the first sample that is kept, and of the one that comes next

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        self._blocks.append(samples)
        self._end += len(samples)
        for stretch in self.endpointer.feed(samples):
            self._cut(stretch)
        if self.endpointer.silence > _KEPT:
            self._drop(self._end - round(_KEPT * self._rate))

    def finish(self) -> None:
        for stretch in self.endpointer.finish():
            self._cut(stretch)

    def _cut(self, stretch: Stretch) -> None:
        import numpy as np

        joined = np.concatenate(self._blocks)
        first, last = (max(0, round(each * self._rate) - self._first) for each in (stretch.start, stretch.end))
        self._give(joined[first:last])
        self._blocks = [joined[last:]]
        self._first += min(last, len(joined))

    def _drop(self, before: int) -> None:
        while self._blocks and self._first + len(self._blocks[0]) <= before:
            self._first += len(self._blocks.pop(0))
