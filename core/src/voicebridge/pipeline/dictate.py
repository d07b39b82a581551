"""From a microphone to the words of one dictation: what has been said is transcribed at every pause, while the user goes on talking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeAlias

from voicebridge.audio.endpoint import Endpointer, Stretch
from voicebridge.errors import Unavailable
from voicebridge.iterators import closed_after
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.ports import SpeechToText
from voicebridge.speech import AudioChunk, Segment, SttRequest, joined_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_Piece: TypeAlias = "Future[list[Segment]]"
"""A stretch of speech that is being transcribed."""

TAIL_SILENCE = 0.15
"""Seconds of silence at which a recording ends that was told to stop: people let go of a key while they say the last syllable."""
TAIL = 0.4
"""Seconds that are heard at most after a recording was told to stop."""
UNHEARD = 10.0
"""Seconds after which a recording that ends by silence ends, when nobody has said a word."""
SURE = 3.0
"""Seconds of speech after which its language counts as known, so that a later "Okay" is not taken for another."""
BREATH = 0.2
"""Seconds of silence after which the words before it are transcribed: should the user be done, they are ready all the sooner."""
_HUSH = 0.03  # the same once the recording was told to stop
_KEPT = 2.0  # seconds of silence that are kept in case that speech begins in them
_AT_ONCE = 2  # a draft that came to nothing must not keep what came of it waiting


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
    words: Callable[[Sequence[str], str | None], None]
    """Another stretch of speech has been transcribed; the text of all of them, and the language, where it is known."""
    ended: Callable[[], None]
    """The recording has ended, by whatever cause; its last words are still being transcribed."""


class Dictation:
    """One recording and its transcription, each in a thread of its own."""

    def __init__(self, audio: Iterator[AudioChunk], ear: Ear, limits: Limits, events: Events) -> None:
        """Prepare; :meth:`begin` begins.

        Args:
            audio: sound as it is heard, at the model's rate; it is closed at the end.
            ear: what listens.
            limits: when it ends by itself.
            events: whom to tell.
        """
        self._audio, self._ear, self._limits, self._events = audio, ear, limits, events
        self._transcribing = ThreadPoolExecutor(_AT_ONCE, "dictation-transcribe")
        self._pieces: SimpleQueue[_Piece | None] = SimpleQueue()
        self._request = ear.request
        self._stop_asked = self._at_once = False
        self._stop_noticed: float | None = None  # seconds into the recording
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

    def begin(self) -> None:
        """Begin to record; returns at once."""
        self._hearing.start()
        self._writing.start()

    def stop(self, *, at_once: bool = False) -> None:
        """End the recording; what is being said at this moment is still heard, unless it is to end ``at_once``."""
        self._stop_asked = True
        self._at_once = self._at_once or at_once

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop_asked

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
            with closed_after(self._audio):
                stretches = _Stretches(self._ear.sample_rate, self._transcribe, self._pieces.put)
                try:
                    self._record(stretches)
                except Unavailable as error:  # the words before it are still wanted
                    self._lost = error
                if not self.cancelled:
                    stretches.finish()
        except Exception as error:
            self._failure = error
        finally:
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
            if stretches.endpointer.silence >= (_HUSH if self._stop_asked else BREATH):
                stretches.draft()

    def _is_over(self, endpointer: Endpointer) -> bool:
        if self.cancelled or self._at_once or self.duration >= self._limits.longest:
            return True
        if self._stop_asked:
            if self._stop_noticed is None:
                self._stop_noticed = self.duration
            return endpointer.silence >= TAIL_SILENCE or self.duration - self._stop_noticed >= TAIL
        if self._limits.stop_after is None:
            return False
        return endpointer.silence >= (self._limits.stop_after if endpointer.heard else max(UNHEARD, self._limits.stop_after))

    def _transcribe(self, samples: npt.NDArray[np.float32]) -> _Piece:
        """Begin to transcribe a stretch; the recording goes on meanwhile, and is on disk whatever becomes of this."""

        def run() -> list[Segment]:
            if self.cancelled:
                return []
            chunk = AudioChunk(samples, self._ear.sample_rate)
            return list(Transcription(self._ear.engine.result(), self._ear.model, [chunk], self._request))

        return self._transcribing.submit(run)

    def _write(self) -> None:
        spoken = 0.0
        while (piece := self._pieces.get()) is not None:
            try:
                segments = piece.result()
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
            self._utterances.append(joined_text(segments))
            self._events.words(tuple(self._utterances), self.language)
        self._transcribing.shutdown(wait=False, cancel_futures=True)


class _Stretches:
    """Cuts sound into stretches of speech, and keeps no more of it than that takes."""

    def __init__(self, sample_rate: int, begin: Callable[[npt.NDArray[np.float32]], _Piece], give: Callable[[_Piece], None]) -> None:
        """Have each stretch transcribed by ``begin``, and give what comes of it to ``give``, in order."""
        self.endpointer = Endpointer(sample_rate)
        self._rate = sample_rate
        self._begin, self._give = begin, give
        self._blocks: list[npt.NDArray[np.float32]] = []
        self._first = self._end = 0  # numbers of the first sample that is kept, and of the one that comes next
        self._draft: tuple[Stretch, _Piece] | None = None

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        self._blocks.append(samples)
        self._end += len(samples)
        for stretch in self.endpointer.feed(samples):
            self._cut(stretch)
        if self.endpointer.silence > _KEPT:
            self._drop(self._end - round(_KEPT * self._rate))

    def draft(self) -> None:
        """Begin with the stretch that is under way, as though nothing more were said in it; unless that has been done."""
        stretch = self.endpointer.under_way
        if stretch is None or self._is_drafted(stretch):
            return
        if self._draft is not None:
            self._draft[1].cancel()  # more was said; unless it has begun, it need not
        self._draft = stretch, self._begin(self._sound(stretch))

    def finish(self) -> None:
        for stretch in self.endpointer.finish():
            self._cut(stretch)

    def _cut(self, stretch: Stretch) -> None:
        sound = self._sound(stretch)
        self._give(self._draft[1] if self._draft is not None and self._is_drafted(stretch) else self._begin(sound))
        self._draft = None
        self._drop_until(round(stretch.end * self._rate))

    def _is_drafted(self, stretch: Stretch) -> bool:
        return self._draft is not None and (self._draft[0].start, self._draft[0].spoken) == (stretch.start, stretch.spoken)

    def _sound(self, stretch: Stretch) -> npt.NDArray[np.float32]:
        import numpy as np

        self._blocks = [np.concatenate(self._blocks)]
        first, last = (max(0, round(each * self._rate) - self._first) for each in (stretch.start, stretch.end))
        return self._blocks[0][first:last].copy()

    def _drop_until(self, number: int) -> None:
        self._blocks = [self._blocks[0][max(0, number - self._first) :]]
        self._first = min(max(self._first, number), self._end)

    def _drop(self, before: int) -> None:
        while self._blocks and self._first + len(self._blocks[0]) <= before:
            self._first += len(self._blocks.pop(0))
