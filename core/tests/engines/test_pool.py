"""Models in real worker processes that are killed or stopped, hang, raise or print, and the effect on jobs."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from voicebridge.engines.pool import Pool
from voicebridge.errors import ModelError, PluginError, UnavailableError, WeightsNotFoundError
from voicebridge.speech import AudioChunk, Line, SttRequest, TtsRequest
from voicebridge.testing.processes import wait_until
from voicebridge.testing.threads import run_together

pytestmark = pytest.mark.heavy

NewPool = Callable[..., Pool]
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")


def test_a_job_gives_what_the_engine_gives(mill: Any, new_pool: NewPool) -> None:
    engine = new_pool().stt(mill.ear(), mill.options())
    segments = list(engine.transcribe(mill.sound(3), SttRequest(partials=True, words=True)))
    first, second, third = mill.texts(3)
    assert [segment.text for segment in segments] == ["perhaps", first, "perhaps", second, "perhaps", third]
    assert [segment.final for segment in segments] == [False, True] * 3
    assert segments[-1].words[0].probability == 0.5
    assert (segments[-1].start, segments[-1].end, segments[-1].language) == (0.1, 0.1 + 0.05, "en")


def test_what_is_spoken_is_the_same_as_without_a_process_between(mill: Any, new_pool: NewPool) -> None:
    pieces = ["One.", Line("Two, longer.", 1, None, mill.sound(1)[0])]
    expected = list(mill.engines.Mouth("mouth", mill.options()).synthesize(pieces, TtsRequest()))
    spoken = list(new_pool().tts(mill.mouth(), mill.options()).synthesize(pieces, TtsRequest()))
    assert [(chunk.sample_rate, chunk.start) for chunk in spoken] == [(chunk.sample_rate, chunk.start) for chunk in expected]
    assert all(np.array_equal(one.samples, other.samples) for one, other in zip(spoken, expected, strict=True))


def test_sound_is_taken_no_earlier_than_the_engine_wants_it_and_text_comes_while_it_is_spoken(mill: Any, new_pool: NewPool) -> None:
    taken, engine = [], new_pool().stt(mill.ear(), mill.options())

    def audio() -> Iterator[AudioChunk]:
        for chunk in mill.sound(4):
            taken.append(chunk)
            yield chunk

    segments = engine.transcribe(audio(), SttRequest())
    assert not taken
    assert [(next(segments).text, len(taken)) for _ in range(4)] == [(text, n + 1) for n, text in enumerate(mill.texts(4))]
    assert list(segments) == []


def test_a_long_message_goes_whole(mill: Any, new_pool: NewPool) -> None:
    noise = AudioChunk(np.random.default_rng(1).uniform(-1, 1, 400_000).astype(np.float32), 16_000)
    [segment] = new_pool().stt(mill.ear(), mill.options()).transcribe([noise], SttRequest(prompt='"ä"' * 200_000))
    assert segment.text == f"0 {float(noise.samples.sum()):g}"


def test_a_model_is_loaded_once_and_does_several_jobs_at_once(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool()
    engines = [pool.stt(mill.ear(), mill.options()) for _ in range(3)]
    assert run_together([partial(mill.heard, each, 20) for each in engines], 30) == [mill.texts(20)] * 3
    assert mill.loaded() == ["ear"]
    pool.stt(mill.ear("other"), mill.options())
    wait_until(lambda: sorted(mill.loaded()) == ["ear", "other"], "the other model")


def test_a_slow_taker_does_not_keep_others_waiting(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool()
    slow = pool.stt(mill.ear(), mill.options()).transcribe(mill.sound(100), SttRequest())
    next(slow)
    assert mill.heard(pool.stt(mill.ear(), mill.options()), 100) == mill.texts(100)
    assert len(list(slow)) == 99


def test_what_is_loaded_is_told_with_its_memory(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool()
    assert pool.loaded() == []
    segments = pool.stt(mill.ear(), mill.options()).transcribe(mill.sound(100), SttRequest())
    next(segments)
    [loaded] = pool.loaded()
    assert (loaded.model, loaded.kind, loaded.busy, loaded.idle, loaded.problem) == ("mill/ear", "stt", 1, 0.0, "")
    assert [loaded.pid] == mill.pids()
    assert 5e6 < loaded.memory < 5e8
    segments.close()
    [loaded] = pool.loaded()
    assert loaded.busy == 0


def test_closing_the_iterator_stops_the_engine(mill: Any, new_pool: NewPool) -> None:
    segments = new_pool().stt(mill.ear(), mill.options()).transcribe(mill.sound(1000), SttRequest())
    next(segments)
    segments.close()
    wait_until((mill.notes / "ended").exists, "the engine's iterator to be closed")


def test_an_error_of_the_caller_s_sound_comes_through_and_stops_the_engine(mill: Any, new_pool: NewPool) -> None:
    def audio() -> Iterator[AudioChunk]:
        yield from mill.sound(1)
        raise UnavailableError("The microphone has stopped delivering sound.")

    pool = new_pool()
    with pytest.raises(UnavailableError, match=r"The microphone has stopped delivering sound\."):
        list(pool.stt(mill.ear(), mill.options()).transcribe(audio(), SttRequest()))
    wait_until((mill.notes / "ended").exists, "the engine's iterator to be closed")
    assert mill.loaded() == ["ear"]


@needs_signals
@pytest.mark.parametrize("way", ["kill", "exit"])
@pytest.mark.parametrize("resume", [True, False])
def test_a_process_that_dies_before_anything_was_given_is_replaced_and_nothing_lost(
    way: str, resume: bool, mill: Any, new_pool: NewPool
) -> None:
    told: list[str] = []
    engine = new_pool(tell=told.append).stt(mill.ear(resume=resume), mill.options())
    assert mill.heard(engine, hotwords=(f"{way} once@0",)) == mill.texts(6)
    assert mill.loaded() == ["ear", "ear"]
    assert told == [f"mill/ear: its process {'was killed by SIGKILL' if way == 'kill' else 'ended with exit code 7'}."]


@needs_signals
def test_a_model_that_can_resume_goes_on_after_the_last_segment(mill: Any, new_pool: NewPool) -> None:
    engine = new_pool().stt(mill.ear(resume=True), mill.options())
    assert mill.heard(engine, 30, hotwords=("kill once@17",)) == mill.texts(30)


@needs_signals
def test_a_model_that_cannot_resume_fails_once_text_was_given(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool()
    engine = pool.stt(mill.ear(), mill.options())
    given: list[str] = []
    segments = engine.transcribe(mill.sound(30), SttRequest(hotwords=("kill once@17",)))
    with pytest.raises(ModelError, match=r"^mill/ear failed: its process was killed by SIGKILL\. Try again"):
        given.extend(segment.text for segment in segments)
    assert given == mill.texts(30)[: len(given)]
    assert mill.heard(engine) == mill.texts(6)


@needs_signals
def test_speech_goes_on_where_it_broke_off(mill: Any, new_pool: NewPool) -> None:
    engine = new_pool().tts(mill.mouth(), mill.options())
    pieces = ["One.", "Two.", "Three."]
    expected = np.concatenate([chunk.samples for chunk in engine.synthesize(pieces, TtsRequest())])
    chunks = list(engine.synthesize(iter(pieces), TtsRequest(voice="kill once@4")))
    assert mill.loaded() == ["mouth", "mouth"]
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), expected)
    starts = np.cumsum([0, *(len(chunk.samples) for chunk in chunks)])[:-1] / 16_000
    assert [chunk.start for chunk in chunks] == pytest.approx(starts)


@needs_signals
def test_a_process_that_dies_again_fails_the_job_and_is_then_given_time(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool(wait=0.0)
    engine = pool.stt(mill.ear(), mill.options())
    with pytest.raises(ModelError, match=r"^mill/ear failed: its process was killed by SIGKILL\."):
        mill.heard(engine, hotwords=("kill@0",))
    assert mill.loaded() == ["ear", "ear"]
    [loaded] = pool.loaded()
    assert (loaded.pid, loaded.problem) == (0, "was killed by SIGKILL")
    with pytest.raises(ModelError, match=r"^mill/ear was killed by SIGKILL, 2 times in a row\. The next attempt is in 1 s\.$"):
        mill.heard(engine)
    engine.warm()  # not yet either
    assert mill.loaded() == ["ear", "ear"]

    def has_begun() -> bool:
        engine.warm()
        return pool.loaded()[0].pid != 0

    wait_until(has_begun, "the next process")
    assert mill.heard(engine) == mill.texts(6)
    assert pool.loaded()[0].problem == ""


@needs_signals
def test_a_process_that_was_stopped_is_ended_and_replaced(mill: Any, new_pool: NewPool) -> None:
    told: list[str] = []
    engine = new_pool(tell=told.append, lifeless=5.0).stt(mill.ear(resume=True), mill.options())
    assert mill.heard(engine, 30, hotwords=("stop once@12",)) == mill.texts(30)
    assert told == ["mill/ear: its process did not respond for 5 s and was stopped."]


def test_an_engine_that_computes_without_end_is_ended_and_replaced(mill: Any, new_pool: NewPool) -> None:
    engine = new_pool(hang=2.0).stt(mill.ear(resume=True), mill.options())
    assert mill.heard(engine, 30, hotwords=("hang once@12",)) == mill.texts(30)
    with pytest.raises(ModelError, match=r"its process computed for 2 s without a result and was stopped\."):
        mill.heard(engine, hotwords=("hang@0",))


def test_a_caller_who_takes_his_time_is_not_taken_for_an_engine_that_hangs(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool(hang=1.0, lifeless=5.0)
    segments = pool.stt(mill.ear(), mill.options()).transcribe(mill.sound(50), SttRequest())
    next(segments)
    until = time.monotonic() + 1.5
    wait_until(lambda: time.monotonic() > until, "him")
    assert len(list(segments)) == 49
    assert mill.loaded() == ["ear"]


@pytest.mark.parametrize(
    ("does", "kind", "message"),
    [
        ("raise", PluginError, r"^mill/ear failed: RuntimeError: the mill is\. Report it to the maintainers of voicebridge-mill\.$"),
        ("quit", PluginError, r"^mill/ear failed: SystemExit: 3\. Report it to the maintainers of voicebridge-mill\.$"),
        ("refuse", WeightsNotFoundError, r"^The weights are nowhere\. Fetch them\.$"),
    ],
)
def test_an_engine_that_raises_costs_its_job_alone(does: str, kind: type[Exception], message: str, mill: Any, new_pool: NewPool) -> None:
    engine = new_pool().stt(mill.ear(), mill.options())
    with pytest.raises(kind, match=message) as error:
        mill.heard(engine, hotwords=(f"{does}@2",))
    assert type(error.value) is kind
    assert mill.heard(engine) == mill.texts(6)
    assert mill.loaded() == ["ear"]


@pytest.mark.parametrize(
    ("does", "kind", "message"),
    [
        ("raise", ModelError, r"^mill/ear failed: RuntimeError: the mill is\. Report it to the maintainers of voicebridge-mill\.$"),
        ("refuse", WeightsNotFoundError, r"^The weights are nowhere\. Fetch them\.$"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_tried_anew_each_time(
    does: str, kind: type[Exception], message: str, mill: Any, new_pool: NewPool
) -> None:
    pool = new_pool()
    engine = pool.stt(mill.ear(), mill.options(load=f"{does} once"))
    with pytest.raises(kind, match=message):
        mill.heard(engine)
    wait_until(lambda: not mill.is_running(mill.pids()[0]), "the process to end")
    assert [each.pid for each in pool.loaded()] == [0]
    assert mill.heard(engine) == mill.texts(6)


@needs_signals
def test_a_process_that_dies_while_loading_is_replaced(mill: Any, new_pool: NewPool) -> None:
    engine = new_pool().stt(mill.ear(), mill.options(load="kill once"))
    assert mill.heard(engine) == mill.texts(6)


def test_what_an_engine_prints_and_reads_stays_away_from_the_protocol(
    mill: Any, new_pool: NewPool, capfd: pytest.CaptureFixture[str]
) -> None:
    engine = new_pool().stt(mill.ear(), mill.options(load="print"))
    assert mill.heard(engine, hotwords=("print@1", "print@3")) == mill.texts(6)
    assert capfd.readouterr() == ("", "")


def test_a_model_that_nobody_uses_is_unloaded_and_loaded_again_when_it_is_needed(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool(idle_unload=0.0)
    engine = pool.stt(mill.ear(), mill.options())
    assert mill.heard(engine) == mill.texts(6)
    assert [each.model for each in pool.loaded()] == ["mill/ear"]  # consecutive jobs share it
    wait_until(lambda: not pool.loaded(), "the model to be unloaded")
    wait_until(lambda: not mill.is_running(mill.pids()[0]), "its process to end")
    assert (mill.notes / "closed").exists()
    engine.warm()
    wait_until(lambda: len(mill.loaded()) == 2, "the model to be loaded again")
    assert mill.heard(engine) == mill.texts(6)
    assert mill.loaded() == ["ear", "ear"]


def test_a_model_that_was_warmed_up_waits_for_its_job(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool(idle_unload=0.0, tick=0.01)
    pool.stt(mill.ear(), mill.options())
    wait_until(mill.loaded, "the model")
    wait_until(lambda: pool.loaded()[0].idle > 1.5, "the time after which a used one is unloaded")
    assert pool.loaded()[0].pid


def test_a_job_that_is_under_way_when_the_pool_closes_is_told(mill: Any, new_pool: NewPool) -> None:
    pool = new_pool()
    segments = pool.stt(mill.ear(), mill.options()).transcribe(mill.sound(1000), SttRequest())
    next(segments)
    pool.close()
    with pytest.raises(UnavailableError, match=r"^VoiceBridge is stopping\."):
        list(segments)
    with pytest.raises(UnavailableError, match=r"^VoiceBridge is stopping\."):
        mill.heard(pool.stt(mill.ear(), mill.options()))
    pool.close()


def test_a_warning_of_the_engine_is_logged_by_who_has_the_pool(mill: Any, new_pool: NewPool, caplog: pytest.LogCaptureFixture) -> None:
    source = mill.notes / "site/mill_engines.py"
    source.write_text(source.read_text() + "\nimport logging\nlogging.getLogger(__name__).warning('%s is slow', 'this')\n")
    with caplog.at_level(logging.WARNING):
        assert mill.heard(new_pool().stt(mill.ear(), mill.options())) == mill.texts(6)
        wait_until(lambda: caplog.record_tuples, "the warning")
    assert ("mill_engines", logging.WARNING, "this is slow") in caplog.record_tuples


@needs_signals
@pytest.mark.parametrize("state", ["idle", "hang@0", "print@0"])
def test_the_processes_end_when_the_one_that_has_the_pool_is_killed(state: str, mill: Any) -> None:
    program = """
import sys, threading
from voicebridge.engines.pool import Pool
from voicebridge.runtime.model import Model
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.specs import SttSpec
from voicebridge.speech import AudioChunk, SttRequest
import numpy as np
from mill_engines import Options
spec = SttSpec(name="ear", factory="mill_engines:Ear", options="mill_engines:Options")
engine = Pool(None, print).stt(Model(PluginRecord("mill", "m", "1", "m"), spec, "ear"), Options(notes=sys.argv[1]))
for segment in engine.transcribe([AudioChunk(np.zeros(9, np.float32), 16000)], SttRequest(hotwords=tuple(sys.argv[2:]))):
    pass
print("idle", flush=True)
threading.Event().wait()
"""
    words = [] if state == "idle" else [state]
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(mill.notes), *words], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        if state == "hang@0":
            wait_until(mill.loaded, "the model", process)
        else:
            assert process.stdout is not None
            assert process.stdout.readline() == "idle\n"
        [pid] = mill.pids()
        os.kill(pid, signal.SIGTERM)  # as sent to all processes of a service; workers ignore it
        os.kill(pid, signal.SIGINT)
        assert mill.is_running(pid)
    finally:
        process.kill()
        process.communicate()
    wait_until(lambda: not mill.is_running(pid), "the worker to end")
