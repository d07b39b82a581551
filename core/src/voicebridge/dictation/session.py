"""One dictation, from the microphone to its words, which are transcribed while the user continues talking.

Each utterance is transcribed at the pause after it, unless the model is a streaming one that hears the whole recording as it arrives.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from voicebridge.audio.endpoint import Endpointer
from voicebridge.dictation.live import LiveSound
from voicebridge.dictation.utterances import Piece, Utterances
from voicebridge.errors import UnavailableError
from voicebridge.iterators import closed_after
from voicebridge.ports import SpeechToText
from voicebridge.speech import AudioChunk, Segment, SttRequest, joined_text
from voicebridge.stt.transcribe import Transcription

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TAIL_SILENCE = 0.15
"""Seconds of silence that end a recording after it was told to stop: users release the key during the last syllable."""
TAIL = 0.4
"""Maximum seconds that a recording continues after it was told to stop."""
LATE = 2.0
"""Maximum seconds that sound is assumed to take from the microphone to here, on a busy machine."""
UNHEARD = 10.0
"""Seconds after which a recording that ends by silence ends, when nobody has said a word."""
SURE = 3.0
"""Seconds of speech after which the language is considered known, so that a later "Okay" doesn't change it."""
BREATH = 0.2
"""Seconds of silence after which the preceding words are transcribed as a draft: if the user is done, they are ready sooner."""
_HUSH = 0.03  # the same after the recording was told to stop
_AT_ONCE = 2  # a discarded draft must not block other work


@dataclass(frozen=True, slots=True)
class Recognizer:
    """The speech-to-text model, which may still be loading, and its request."""

    engine: Future[SpeechToText]
    model: str
    """Its full name."""
    sample_rate: int
    """Hertz."""
    request: SttRequest
    is_live: bool = False
    """Whether it transcribes the recording as it arrives, and yields drafts."""


@dataclass(frozen=True, slots=True)
class RecordingLimits:
    """When a recording ends by itself."""

    stop_after: float | None
    """Seconds of silence; ``None`` for no limit."""
    longest: float
    """Seconds of recording."""


@dataclass(frozen=True, slots=True)
class DictationEvents:
    """Receives the events of a dictation in its threads; must return quickly."""

    listening: Callable[[], None]
    """The first sample has arrived."""
    words: Callable[[Sequence[str], str | None], None]
    """Something has been transcribed; the text of all utterances, the last of which may be a draft, and the language, if known."""
    ended: Callable[[], None]
    """The recording has ended, for any reason; its last words are still being transcribed."""


class Dictation:
    """One recording and its transcription, each in its own thread."""

    def __init__(self, audio: Iterator[AudioChunk], ear: Recognizer, limits: RecordingLimits, events: DictationEvents) -> None:
        """Prepare; :meth:`begin` starts.

        Args:
            audio: audio as it is recorded, at the model's rate; it is closed at the end.
            ear: the model.
            limits: when it ends by itself.
            events: receives the events.
        """
        self._audio, self._ear, self._limits, self._events = audio, ear, limits, events
        self._transcribing = ThreadPoolExecutor(_AT_ONCE, "dictation-transcribe")
        self._pieces: SimpleQueue[Piece | None] = SimpleQueue()
        self._request = ear.request
        self._live = LiveSound(ear.sample_rate) if ear.is_live else None
        self._stop_asked = self._at_once = False
        self._stop_noticed: float | None = None  # seconds into the recording
        self._began = math.inf  # the moment of the first sample, on the clock
        self._said = 0.0  # seconds that had been said when it was told to stop
        self._cancelled = Event()
        self._lost: UnavailableError | None = None
        self._failure: Exception | None = None
        self._utterances: list[str] = []
        self.segments: list[Segment] = []
        """The recognised segments of all utterances, with times in the recording; complete after :meth:`utterances`."""
        self.duration = 0.0
        """Seconds recorded."""
        self.language = ear.request.language
        """ISO 639-1 code of the spoken language, as soon as it is known."""
        self._hearing = Thread(target=self._hear, name="dictation-hear", daemon=True)
        self._writing = Thread(target=self._write, name="dictation-write", daemon=True)

    def begin(self) -> None:
        """Start recording; returns immediately."""
        self._hearing.start()
        self._writing.start()

    def stop(self, *, at_once: bool = False) -> None:
        """End the recording; the word being spoken is still recorded, unless it ends ``at_once``."""
        if not self._stop_asked:
            self._said = min(time.monotonic() - self._began, self.duration + LATE)
        self._stop_asked = True
        self._at_once = self._at_once or at_once

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop_asked

    def cancel(self) -> None:
        """End the recording immediately and discard what is not transcribed."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancelled.is_set()

    def heard(self) -> float:
        """Wait for the recording to end, and return its duration in seconds.

        Raises:
            UnavailableError: if the microphone was lost and there was no other; what was recorded before is kept.
        """
        self._hearing.join()
        if self._lost is not None:
            raise self._lost
        return self.duration

    def utterances(self) -> list[str]:
        """Wait for the last words, and return the text of each utterance.

        Raises:
            VoiceBridgeError: if the model can't be loaded or fails.
        """
        self._writing.join()
        if self._failure is not None:
            raise self._failure
        return self._utterances

    def _hear(self) -> None:
        try:
            with closed_after(self._audio):
                stretches = self._live or Utterances(self._ear.sample_rate, self._transcribe, self._pieces.put)
                try:
                    self._record(stretches)
                except UnavailableError as error:  # the words before it are still needed
                    self._lost = error
                if not self.cancelled:
                    stretches.finish()
        except Exception as error:
            self._failure = error
        finally:
            self._pieces.put(None)
            if self._live is not None:
                self._live.finish()
            self._events.ended()

    def _record(self, stretches: Utterances | LiveSound) -> None:
        for chunk in self._audio:
            if not self.duration:
                self._events.listening()
            self.duration += chunk.duration
            self._began = min(self._began, time.monotonic() - self.duration)
            stretches.feed(chunk.samples)
            if self._is_over(stretches.endpointer):
                break
            if stretches.endpointer.silence >= (_HUSH if self._stop_asked else BREATH):
                stretches.draft()

    def _is_over(self, endpointer: Endpointer) -> bool:
        if self.cancelled or self._at_once or self.duration >= self._limits.longest:
            return True
        if self._stop_asked:
            if self.duration < self._said:  # said before, and on its way since
                return False
            if self._stop_noticed is None:
                self._stop_noticed = self.duration
            return endpointer.silence >= TAIL_SILENCE or self.duration - self._stop_noticed >= TAIL
        if self._limits.stop_after is None:
            return False
        return endpointer.silence >= (self._limits.stop_after if endpointer.heard else max(UNHEARD, self._limits.stop_after))

    def _transcribe(self, samples: npt.NDArray[np.float32], start: float) -> Piece:
        """Start transcribing an utterance; the recording continues, and is on disk in any case."""

        def run() -> tuple[float, list[Segment]]:
            if self.cancelled:
                return start, []
            chunk = AudioChunk(samples, self._ear.sample_rate)
            return start, list(Transcription(self._ear.engine.result(), self._ear.model, [chunk], self._request))

        return self._transcribing.submit(run)

    def _write(self) -> None:
        if self._live is None:
            self._write_pieces()
            return
        try:
            self._follow(self._live)
        except Exception as error:
            self._failure = self._failure or error

    def _follow(self, sound: LiveSound) -> None:
        """Receive the words of a streaming model until the recording has ended."""
        heard = Transcription(self._ear.engine.result(), self._ear.model, sound, replace(self._request, partials=True))
        with closed_after(iter(heard)) as segments:
            for segment in segments:
                if self.cancelled:
                    return
                self.language = self.language or segment.language
                if segment.final:
                    self.segments.append(segment)
                    self._utterances.append(segment.text)
                draft = () if segment.final or not segment.text else (segment.text,)
                self._events.words((*self._utterances, *draft), self.language)

    def _write_pieces(self) -> None:
        spoken = 0.0
        while (piece := self._pieces.get()) is not None:
            try:
                start, segments = piece.result()
            except Exception as error:
                self._failure = self._failure or error
                continue
            if not segments:
                continue
            spoken += segments[-1].end
            if self._request.language is None:
                self.language = segments[0].language
                if spoken >= SURE:
                    self._request = replace(self._request, language=self.language)
            self.segments += [_moved(segment, start) for segment in segments]
            self._utterances.append(joined_text(segments))
            self._events.words(tuple(self._utterances), self.language)
        self._transcribing.shutdown(wait=False, cancel_futures=True)


def _moved(segment: Segment, by: float) -> Segment:
    """The segment that many seconds later."""
    words = tuple(replace(word, start=word.start + by, end=word.end + by) for word in segment.words)
    return replace(segment, start=segment.start + by, end=segment.end + by, words=words)
