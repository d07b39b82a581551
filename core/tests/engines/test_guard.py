"""The guard around engines: the effect of what a faulty plugin's model returns, raises and prints."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from typing import Any, ClassVar
from unittest.mock import patch

import numpy as np
import pytest
from voicebridge import (
    AudioChunk,
    InputError,
    ModelError,
    NotSupportedError,
    PluginError,
    Segment,
    SttRequest,
    SttSpec,
    TtsRequest,
    TtsSpec,
    Voice,
)
from voicebridge.engines.loader import load
from voicebridge.runtime.model import Model
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.runtime.prints import prints_logged

RATE = 16_000
RECORD = PluginRecord("faulty", "vb-faulty", "1.0", "faulty.plugin")
REPORT = "Report it to the maintainers of vb-faulty."
SOUND = [AudioChunk(np.full(800, 0.1, np.float32), RATE, n / 20) for n in range(4)]

does: Callable[[Iterable[Any]], Any] = list
"""What an engine in this file does with its input."""


class Engine:
    """An engine with a fault."""

    def __init__(self, name: str, options: object) -> None:
        self.closed = 0
        if name == "exits":
            sys.exit(3)
        if name == "big":
            raise MemoryError

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Any:
        return does(audio)

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Any:
        return does(text)

    def close(self) -> None:
        self.closed += 1
        if self.closed > 1:
            raise RuntimeError("closed already")


class NoEngine:
    """A class that lacks what an engine has."""

    def __init__(self, name: str, options: object) -> None: ...


def stt(factory: str = "Engine", name: str = "ear") -> Any:
    return load(Model(RECORD, SttSpec(name=name, factory=f"{__name__}:{factory}"), name), None)


def tts() -> Any:
    return load(Model(RECORD, TtsSpec(name="mouth", factory=f"{__name__}:Engine"), "mouth"), None)


VOICES = (Voice("clara", "en"),)
NEEDY = TtsSpec(
    name="mouth", factory=f"{__name__}:Asking", voices=VOICES, default_voice="clara", longest_text=20, speed=True, speed_range=(0.5, 2)
)


class Asking(Engine):
    """An engine whose input a test looks at."""

    heard: ClassVar[list[Any]] = []

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Any:
        self.heard[:] = [(len(chunk.samples), chunk.samples.dtype.name, round(chunk.start, 3)) for chunk in audio]
        return []

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Any:
        self.heard[:] = [request.voice, *text]
        return []


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Segment]]:
    """Returns the segments of an engine that does something with its audio."""

    def hear(what: Callable[[Iterable[AudioChunk]], Any], audio: Iterable[AudioChunk] = SOUND, **request: Any) -> list[Segment]:
        monkeypatch.setattr(sys.modules[__name__], "does", what)
        return list(stt().transcribe(audio, SttRequest(**request)))

    return hear


# Results


def test_segments_are_checked_and_a_mistake_is_a_warning_that_names_the_package(heard: Any, caplog: pytest.LogCaptureFixture) -> None:
    found = heard(lambda _: [Segment(1, 2, "one "), Segment(0, 1, " two")])
    assert [(each.start, each.text) for each in found] == [(1, "one"), (1, "two")]
    assert [record.getMessage() for record in caplog.records] == [f"faulty/ear returned segments out of order. {REPORT}"]


def test_sound_is_checked_and_what_has_no_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoken(samples: Any) -> Any:
        monkeypatch.setattr(sys.modules[__name__], "does", lambda _: [AudioChunk(samples, RATE)])
        [chunk] = tts().synthesize(["Hello."], TtsRequest())
        return chunk.samples.tolist()

    assert spoken(np.array([16_384], np.int16)) == [0.5]
    with pytest.raises(PluginError) as caught:
        spoken(np.array([np.nan]))
    assert str(caught.value) == f"faulty/mouth returned audio with NaN or infinite samples. {REPORT}"


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        (lambda _: ["text"], "returned a str instead of a Segment"),
        (lambda _: None, "failed: TypeError: 'NoneType' object is not iterable"),
        (lambda _: [1 / 0], "failed: ZeroDivisionError: division by zero"),
        (lambda _: sys.exit("bye"), "failed: SystemExit: bye"),
        (lambda _: Path("/no/such/file").read_bytes(), "failed: FileNotFoundError: [Errno 2] No such file or directory: '/no/such/file'"),
    ],
)
def test_what_is_no_transcript_is_one_line_that_names_the_package(what: Any, problem: str, heard: Any) -> None:
    with pytest.raises(PluginError) as caught:
        heard(what)
    assert str(caught.value) == f"faulty/ear {problem}. {REPORT}"


def test_a_problem_that_the_engine_explains_comes_through(heard: Any) -> None:
    def explained(audio: Iterable[AudioChunk]) -> Iterator[Segment]:
        yield Segment(0, 1, "one")
        raise ModelError("It broke. Load it again.")

    with pytest.raises(ModelError, match=r"^It broke\. Load it again\.$"):
        heard(explained)


# Input


class OwnError(Exception):
    """An error of the caller's."""


def failing(error: BaseException) -> Iterator[AudioChunk]:
    yield SOUND[0]
    raise error


def reads(audio: Iterable[AudioChunk]) -> Iterator[Segment]:
    for number, _ in enumerate(audio):
        yield Segment(number, number + 1, f"chunk {number}")


def swallows(audio: Iterable[AudioChunk]) -> Iterator[Segment]:
    chunks = iter(audio)
    yield Segment(0, 1, f"{next(chunks).duration}")
    try:
        next(chunks)
    except Exception:
        return


def disguises(audio: Iterable[AudioChunk]) -> Iterator[Segment]:
    try:
        yield from reads(audio)
    except Exception as error:
        raise RuntimeError("decoder failed") from error


@pytest.mark.parametrize("what", [reads, swallows, disguises])
@pytest.mark.parametrize("error", [InputError("It can't be read."), OwnError("ours"), OSError(5, "Input/output error")])
def test_an_error_of_the_recording_comes_through_whatever_the_engine_makes_of_it(what: Any, error: Exception, heard: Any) -> None:
    with pytest.raises(type(error)) as caught:
        heard(what, failing(error))
    assert caught.value is error


def test_an_interruption_is_no_failure_of_the_engine(heard: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        heard(reads, failing(KeyboardInterrupt()))


def test_a_full_disk_is_no_failure_of_the_engine(heard: Any) -> None:
    def fills(_: Iterable[AudioChunk]) -> Iterator[Segment]:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        heard(fills)


def test_an_engine_that_was_cancelled_gets_no_more_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[AudioChunk] = []

    def greedy(audio: Iterable[AudioChunk]) -> Iterator[Segment]:
        chunks = iter(audio)
        try:
            yield Segment(0, 1, f"{next(chunks).duration}")
        finally:
            left.extend(chunks)

    monkeypatch.setattr(sys.modules[__name__], "does", greedy)
    segments = stt().transcribe(SOUND, SttRequest())
    next(segments)
    segments.close()
    assert not left


# Loading and closing


@pytest.mark.parametrize(
    ("factory", "name", "problem"),
    [
        ("Engine", "exits", f"faulty/exits failed: SystemExit: 3. {REPORT}"),
        ("Engine", "big", "There is not enough memory for faulty/big. Close other programs, or choose a smaller model: voicebridge models"),
        ("NoEngine", "ear", f"faulty/ear loaded NoEngine, which has no method transcribe. {REPORT}"),
    ],
)
def test_a_model_that_fails_to_load_is_one_line(factory: str, name: str, problem: str) -> None:
    with pytest.raises(ModelError) as caught:
        stt(factory, name)
    assert str(caught.value) == problem


def test_an_engine_is_closed_once(caplog: pytest.LogCaptureFixture) -> None:
    engine = stt()
    engine.close()
    engine.close()
    assert not caplog.records


def test_an_engine_that_fails_to_close_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    stt("Engine").close()
    engine = load(Model(RECORD, SttSpec(name="ear", factory=f"{__name__}:Unclosable"), "ear"), None)
    engine.close()
    assert "faulty/ear failed: AttributeError" in caplog.text


class Unclosable:
    """An engine without ``close``."""

    def __init__(self, name: str, options: object) -> None: ...

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        yield from ()


# What it prints


def test_what_an_engine_prints_is_logged_and_what_the_caller_prints_is_not(
    heard: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def prints(audio: Iterable[AudioChunk]) -> Iterator[Segment]:
        sys.stdout.write("loading the decoder ...\n\n  done\n")
        yield from reads(audio)
        sys.stdout.write("bye\n")

    def source() -> Iterator[AudioChunk]:
        sys.stdout.write("the source\n")
        yield SOUND[0]

    caplog.set_level(logging.INFO)
    before = sys.stdout
    for segment in heard(prints, source()):
        sys.stdout.write(segment.text + "\n")
    assert sys.stdout is before
    assert capsys.readouterr().out == "the source\nchunk 0\n"
    assert [record.getMessage() for record in caplog.records] == ["loading the decoder ...", "done", "bye"]


def test_another_thread_prints_while_an_engine_is_at_work(heard: Any, capsys: pytest.CaptureFixture[str]) -> None:
    entered, printed = Event(), Event()

    def other() -> None:
        assert entered.wait(60)
        sys.stdout.write("another transcript\n")
        printed.set()

    def prints(audio: Iterable[AudioChunk]) -> Iterator[Segment]:
        entered.set()
        assert printed.wait(60)
        sys.stdout.write("noise\n")
        yield from reads(audio)

    thread = Thread(target=other)
    thread.start()
    heard(prints)
    thread.join()
    assert capsys.readouterr().out == "another transcript\n"


# Input as the descriptor asks for it


def test_audio_comes_in_frames_of_16_bit_samples() -> None:
    spec = SttSpec(name="ear", factory=f"{__name__}:Asking", frame=1000, sample_type="int16")
    list(load(Model(RECORD, spec, "ear"), None).transcribe(SOUND, SttRequest()))
    assert Asking.heard == [(1000, "int16", 0.0), (1000, "int16", 0.062), (1000, "int16", 0.125), (200, "int16", 0.188)]


def test_an_error_of_the_source_passes_through_frames() -> None:
    spec = SttSpec(name="ear", factory=f"{__name__}:Asking", frame=1000)

    def torn() -> Iterator[AudioChunk]:
        yield SOUND[0]
        raise InputError("the tape is torn")

    with pytest.raises(InputError, match="the tape is torn"):
        list(load(Model(RECORD, spec, "ear"), None).transcribe(torn(), SttRequest()))


def test_text_comes_in_short_parts_and_with_the_default_voice() -> None:
    list(load(Model(RECORD, NEEDY, "mouth"), None).synthesize(["Short.", "It was late. The end came."], TtsRequest()))
    assert Asking.heard == ["clara", "Short.", "It was late.", "The end came."]


def test_another_speed_than_the_engine_supports_is_rejected_before_it_runs() -> None:
    Asking.heard.clear()
    with pytest.raises(NotSupportedError, match=r"^faulty/mouth can't speak at speed 3\. Use a speed from 0\.5 to 2\.$"):
        list(load(Model(RECORD, NEEDY, "mouth"), None).synthesize(["One."], TtsRequest(speed=3)))
    assert Asking.heard == []


def test_a_call_that_hangs_does_not_keep_the_output_that_a_later_one_replaces(heard: Any) -> None:
    log, started, end = logging.getLogger("acme"), Event(), Event()

    def hang() -> None:
        with prints_logged(log):
            started.set()
            end.wait(60)

    thread = Thread(target=hang)
    thread.start()
    assert started.wait(60)
    with patch.object(sys, "stdout", StringIO()) as other:  # as a program's own redirection
        assert [segment.text for segment in heard(reads, [SOUND[0]])] == ["chunk 0"]
        assert sys.stdout is other
    end.set()
    thread.join(60)
