"""The command line's jobs done by a daemon: a process with a control socket and a pool, killed, stopped and stopping in the middle."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from voicebridge import control
from voicebridge.control import Control
from voicebridge.engines import through
from voicebridge.engines.pool import Pool
from voicebridge.engines.serving import handlers
from voicebridge.engines.through import daemon_stt, daemon_tts
from voicebridge.errors import ModelError, WeightsNotFoundError
from voicebridge.speech import SttRequest, TtsRequest
from voicebridge.testing.processes import wait_until
from voicebridge.testing.threads import run_together

NewPool = Callable[..., Pool]
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")


class Models:
    """A registry of the mill's models."""

    def __init__(self, mill: Any, resume: bool = True) -> None:
        self.mill, self.resume = mill, resume

    def stt(self, name: str) -> Any:
        return self.mill.ear(name.partition("/")[2], resume=self.resume)

    def tts(self, name: str) -> Any:
        return self.mill.mouth()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "home"))


@pytest.fixture
def daemon(home: None, mill: Any, new_pool: NewPool) -> Iterator[Pool]:
    """A pool behind a control socket, in this process."""
    pool = new_pool()
    served = Control(handlers(pool, lambda: Models(mill)))  # type: ignore[arg-type, return-value]
    yield pool
    served.close()


class Here:
    """What a job says, and the engine that is loaded when the daemon is of no use."""

    def __init__(self, mill: Any) -> None:
        self.mill, self.loaded = mill, 0
        self.told: list[str] = []

    def load(self) -> Any:
        self.loaded += 1
        return self.mill.engines.Ear("ear", self.mill.options())

    def ear(self, *, resume: bool = True, name: str = "ear") -> Any:
        return daemon_stt(self.mill.ear(name, resume=resume), self.mill.options(), self.load, self.told.append)


@pytest.fixture
def here(mill: Any) -> Here:
    return Here(mill)


def test_without_a_daemon_there_is_no_engine_of_it(home: None, here: Here) -> None:
    assert here.ear() is None


def test_a_recording_is_transcribed_with_the_model_of_the_daemon(daemon: Pool, mill: Any, here: Here) -> None:
    engine = here.ear()
    assert mill.heard(engine, 20) == mill.texts(20)
    assert mill.heard(engine, 3, after=0.09) == mill.texts(3)[1:]
    assert run_together([lambda: mill.heard(engine, 20)] * 4, 30) == [mill.texts(20)] * 4
    assert [each.model for each in daemon.loaded()] == ["mill/ear"]
    assert (here.loaded, here.told, engine.is_here) == (0, [], False)
    engine.close()


def test_a_text_is_spoken_with_the_model_of_the_daemon(daemon: Pool, mill: Any, here: Here) -> None:
    engine = daemon_tts(mill.mouth(), mill.options(), here.load, here.told.append)
    assert engine is not None
    chunks = list(engine.synthesize(["One.", "Two."], TtsRequest()))
    assert [chunk.start for chunk in chunks] == [n / 16 for n in range(6)]
    assert here.loaded == 0


def test_an_error_of_the_engine_arrives_as_its_kind_and_nothing_is_tried_here(daemon: Pool, mill: Any, here: Here) -> None:
    with pytest.raises(WeightsNotFoundError, match=r"^The weights are nowhere\. Fetch them\.$"):
        mill.heard(here.ear(), hotwords=("refuse@1",))
    assert here.loaded == 0


def test_a_job_that_is_cancelled_stops_the_engine_of_the_daemon(daemon: Pool, mill: Any, here: Here) -> None:
    segments = here.ear().transcribe(mill.sound(1000), SttRequest())
    next(segments)
    segments.close()
    wait_until((mill.notes / "ended").exists, "the engine's iterator to be closed")
    wait_until(lambda: daemon.loaded()[0].busy == 0, "the job to be over")


def test_a_daemon_that_cannot_do_it_leaves_it_to_this_process_without_a_word(home: None, mill: Any, here: Here) -> None:
    other = Control({"dictate.start": lambda *_: None})
    try:
        engine = here.ear()
        assert mill.heard(engine) == mill.texts(6)
        assert mill.heard(engine) == mill.texts(6)
    finally:
        other.close()
    assert (here.loaded, here.told, engine.is_here) == (1, [], True)


def test_a_pool_that_stops_leaves_the_rest_to_this_process(daemon: Pool, mill: Any, here: Here) -> None:
    texts = []
    for segment in here.ear().transcribe(mill.sound(50), SttRequest()):
        texts.append(segment.text)
        if len(texts) == 10:
            daemon.close()
    assert texts == mill.texts(50)
    assert here.told == ["The daemon has ended. mill/ear is loaded here, and goes on."]


DAEMON = """
import sys, threading
from types import SimpleNamespace
from voicebridge.control import Control
from voicebridge.engines.pool import Pool
from voicebridge.engines.serving import handlers
from voicebridge.model import Model
from voicebridge.plugins import PluginRecord
from voicebridge.specs import SttSpec
spec = SttSpec(name="ear", factory="mill_engines:Ear", options="mill_engines:Options", resume=True)
model = Model(PluginRecord("mill", "voicebridge-mill", "1.0", "mill_engines"), spec, "ear")
control = Control(handlers(Pool(None, print), lambda: SimpleNamespace(stt=lambda name: model)))
print("ready", flush=True)
threading.Event().wait()
"""


@pytest.fixture
def process(home: None, mill: Any) -> Iterator[subprocess.Popen[str]]:
    """The same in a process of its own."""
    process = subprocess.Popen([sys.executable, "-c", DAEMON], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@needs_signals
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP"])
def test_a_daemon_that_is_gone_in_the_middle_loses_and_doubles_nothing(
    name: str, process: subprocess.Popen[str], mill: Any, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(through, "PATIENCE", 6.0)
    engine, texts = here.ear(), []
    for segment in engine.transcribe(mill.sound(60), SttRequest()):
        texts.append(segment.text)
        if len(texts) == 20:
            mill.tell(process.pid, name)
    assert texts == mill.texts(60)
    assert here.told == ["The daemon has ended. mill/ear is loaded here, and goes on."]
    assert mill.heard(engine) == mill.texts(6)
    assert here.loaded == 1


@needs_signals
def test_a_model_that_cannot_go_on_says_so_when_the_daemon_is_gone(process: subprocess.Popen[str], mill: Any, here: Here) -> None:
    segments = here.ear(resume=False).transcribe(mill.sound(60), SttRequest())
    next(segments)
    mill.tell(process.pid)
    with pytest.raises(ModelError, match=r"^The daemon ended in the middle, and mill/ear can't go on there\. Begin again"):
        list(segments)


def test_a_place_is_named_so_that_it_is_found_from_another_folder(mill: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    model = mill.ear()
    assert through._name_of(model) == "mill/ear"
    assert through._name_of(type(model)(model.plugin, model.spec, "mine")) == f"mill/{tmp_path / 'mine'}"


def test_a_request_without_a_model_and_options_of_another_version_are_refused(daemon: Pool) -> None:
    for arguments in ({}, {"model": 1}, {"model": "mill/ear", "options": {"unknown": 1}}):
        with control.converse("engine.transcribe", **arguments) as peer:
            said = peer.receive(5)
            assert said is not None
            assert said["ok"] is False
