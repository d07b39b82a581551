"""Jobs of the command line run by a daemon: a process with a control socket and a pool that is killed, stopped or stopping."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from voicebridge import control, testing
from voicebridge.audio.decode import AudioReader
from voicebridge.control import Control
from voicebridge.engines import daemon_client
from voicebridge.engines.loader import load
from voicebridge.engines.pool import Pool
from voicebridge.engines.serve import handlers
from voicebridge.engines.source import ClientEngines
from voicebridge.errors import InputError, ModelError, WeightsNotFoundError
from voicebridge.speech import SttRequest, TtsRequest
from voicebridge.stt.channels import ByChannel, ChannelTranscription
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
def daemon(home: Path, mill: Any, new_pool: NewPool) -> Iterator[Pool]:
    """A pool with a control socket, in this process."""
    pool = new_pool()
    served = Control(handlers(pool, lambda: Models(mill)))  # type: ignore[arg-type, return-value]
    yield pool
    served.close()


class Here:
    """The messages of a job, and the engine that is loaded if the daemon is unusable."""

    def __init__(self, mill: Any) -> None:
        self.mill, self.loaded = mill, 0
        self.told: list[str] = []

    def load(self, model: Any, options: Any) -> Any:
        self.loaded += 1
        return load(model, options)

    def engines(self, *, daemon: bool = True) -> ClientEngines:
        return ClientEngines(daemon=daemon, tell=self.told.append, load=self.load)

    def ear(self, *, resume: bool = True, name: str = "ear", daemon: bool = True) -> Any:
        return self.engines(daemon=daemon).stt(self.mill.ear(name, resume=resume), self.mill.options())


@pytest.fixture
def here(mill: Any) -> Here:
    return Here(mill)


def test_without_a_daemon_the_model_is_loaded_here_and_once(home: Path, mill: Any, here: Here) -> None:
    engines = here.engines()
    for _ in range(2):
        engine = engines.stt(mill.ear(), mill.options())
        assert here.loaded == 1  # before it is used
        assert mill.heard(engine) == mill.texts(6)
        engine.close()
    assert (engine.by_daemon, here.told) == (False, [])
    assert not (mill.notes / "closed").exists()
    engines.close()
    assert (mill.notes / "closed").exists()


def test_a_daemon_that_may_not_be_used_is_left_alone(daemon: Pool, mill: Any, here: Here) -> None:
    engine = here.ear(daemon=False)
    assert mill.heard(engine) == mill.texts(6)
    assert (here.loaded, engine.by_daemon, daemon.loaded()) == (1, False, [])


def test_a_recording_is_transcribed_with_the_model_of_the_daemon(daemon: Pool, mill: Any, here: Here) -> None:
    engine = here.ear()
    assert mill.heard(engine, 20) == mill.texts(20)
    assert mill.heard(engine, 3, after=0.09) == mill.texts(3)[1:]
    assert run_together([lambda: mill.heard(engine, 20)] * 4, 30) == [mill.texts(20)] * 4
    assert [each.model for each in daemon.loaded()] == ["mill/ear"]
    assert (here.loaded, here.told, engine.by_daemon) == (0, [], True)
    engine.close()


def test_a_text_is_spoken_with_the_model_of_the_daemon(daemon: Pool, mill: Any, here: Here) -> None:
    engine = here.engines().tts(mill.mouth(), mill.options())
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


def test_a_daemon_that_cannot_do_it_leaves_it_to_this_process_without_a_word(home: Path, mill: Any, here: Here) -> None:
    other = Control({"dictate.start": lambda *_: None})
    try:
        engine = here.ear()
        assert mill.heard(engine) == mill.texts(6)
        assert mill.heard(engine) == mill.texts(6)
    finally:
        other.close()
    assert (here.loaded, here.told, engine.by_daemon) == (1, [], False)


def test_a_pool_that_stops_leaves_the_rest_to_this_process(daemon: Pool, mill: Any, here: Here) -> None:
    texts = []
    for segment in here.ear().transcribe(mill.sound(50), SttRequest()):
        texts.append(segment.text)
        if len(texts) == 10:
            daemon.close()
    assert texts == mill.texts(50)
    assert here.told == ["The daemon stopped. Loading mill/ear here to continue."]


class Kept:
    """A recording, and how often it was opened in this process."""

    stretch: ClassVar[dict[str, Any]] = {"start": 0.0, "end": None, "track": None}

    def __init__(self, mill: Any, folder: Path, seconds: float = 4.0) -> None:
        self.path = folder / "kept.wav"
        self.opened = 0
        samples = np.random.default_rng(1).integers(-9_000, 9_000, round(seconds * 16_000)).astype("<i2")
        with wave.open(str(self.path), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(samples.tobytes())

    def open(self) -> AudioReader:
        self.opened += 1
        return AudioReader(self.path, **self.stretch)

    def heard_here(self, mill: Any) -> list[str]:
        """The engine's result in this process."""
        with AudioReader(self.path) as reader:
            engine = mill.engines.Ear("ear", mill.options())
            return [segment.text for segment in engine.transcribe(reader.chunks(16_000), SttRequest())]

    def heard(self, sound: Any, on_heard: Callable[[float], None] = lambda _: None) -> list[str]:
        """The daemon's result."""
        return [segment.text for segment in sound.chunks(16_000).transcribe(SttRequest(), on_heard)]


def test_a_recording_is_decoded_by_the_daemon(daemon: Pool, mill: Any, here: Here, tmp_path: Path) -> None:
    kept = Kept(mill, tmp_path)
    positions: list[float] = []
    with closing(here.ear().open(kept.path, kept.open, **kept.stretch)) as sound:
        assert sound.duration == 4.0
        assert kept.heard(sound, positions.append) == kept.heard_here(mill)
        assert sound.damage is None
    assert positions[-1] == 4.0
    assert positions == sorted(positions)
    assert (kept.opened, here.loaded) == (0, 0)


def in_channels(kept: Kept) -> Kept:
    """A recording with two channels: noise, and noise half as long."""
    samples = np.random.default_rng(2).integers(-9_000, 9_000, (48_000, 2)).astype("<i2")
    samples[24_000:, 1] = 0
    with wave.open(str(kept.path), "wb") as file:
        file.setparams((2, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return kept


def test_channels_are_heard_apart_by_the_daemon_as_without_it(daemon: Pool, mill: Any, here: Here, tmp_path: Path) -> None:
    kept = in_channels(Kept(mill, tmp_path))
    engine = here.ear()

    def by_channel(open_one: Callable[[dict[str, Any]], Any], engine: Any) -> list[Any]:
        recording = ByChannel(lambda number, count: open_one({**kept.stretch, "channel": number, "channels": count}), ("A", "B"))
        with closing(recording), closing(recording.chunks(16_000)) as sounds:
            job = ChannelTranscription(engine, "mill/ear", sounds, SttRequest())
            return [*job, job.heard.duration, recording.channels, recording.duration, recording.damage]

    there = by_channel(lambda stretch: engine.open(kept.path, kept.open, **stretch), engine)
    assert there == by_channel(lambda stretch: AudioReader(kept.path, **stretch), load(mill.ear(), mill.options()))
    assert {segment.speaker for segment in there[:-4]} == {"A", "B"}
    assert (kept.opened, here.loaded, engine.by_daemon) == (0, 0, True)


def test_channels_that_are_not_there_are_refused_here_and_no_model_is_loaded(daemon: Pool, mill: Any, here: Here, tmp_path: Path) -> None:
    kept = in_channels(Kept(mill, tmp_path))
    stretch = {**kept.stretch, "channel": 1, "channels": 3}
    with pytest.raises(InputError, match="has 2 channels, and 3 names are given"):
        here.ear().open(kept.path, lambda: AudioReader(kept.path, **stretch), **stretch)
    assert (daemon.loaded(), here.loaded) == ([], 0)


def test_a_listener_that_raises_ends_the_work_of_the_daemon(daemon: Pool, mill: Any, here: Here, tmp_path: Path) -> None:
    kept = Kept(mill, tmp_path)

    def stop(_: float) -> None:
        raise InterruptedError

    with closing(here.ear().open(kept.path, kept.open, **kept.stretch)) as sound, pytest.raises(InterruptedError):
        kept.heard(sound, stop)
    wait_until((mill.notes / "ended").exists, "the engine's iterator to be closed")


def test_what_the_daemon_could_not_read_of_a_recording_is_reported_as_without_it(
    daemon: Pool, mill: Any, here: Here, tmp_path: Path
) -> None:
    kept = Kept(mill, tmp_path)
    kept.path = tmp_path / "broken.flac"
    kept.path.write_bytes(Path(testing.__file__).with_name("samples").joinpath("stella.flac").read_bytes()[:20_000])
    with closing(kept.open()) as reader:
        list(reader.chunks(16_000))
        expected = reader.damage
    assert expected
    with closing(here.ear().open(kept.path, kept.open, **kept.stretch)) as sound:
        kept.heard(sound)
        assert sound.damage == expected


@pytest.mark.parametrize("what", ["a missing file", "no recording", "a pipe"])
def test_what_the_daemon_cannot_open_is_opened_here(what: str, daemon: Pool, mill: Any, here: Here, tmp_path: Path) -> None:
    kept = Kept(mill, tmp_path)
    if what == "a missing file":
        kept.path.unlink()
    elif what == "no recording":
        kept.path.write_text("no sound")
    else:
        if sys.platform == "win32":
            pytest.skip("there are no named pipes in folders")
        kept.path.unlink()
        os.mkfifo(kept.path)
    opened = object()
    assert here.ear().open(kept.path, lambda: opened, **kept.stretch) is opened


@needs_signals
def test_a_recording_is_continued_here_when_the_daemon_is_gone(
    process: subprocess.Popen[str], mill: Any, here: Here, tmp_path: Path
) -> None:
    kept, texts = Kept(mill, tmp_path, seconds=60), []
    with closing(here.ear().open(kept.path, kept.open, **kept.stretch)) as sound:
        for segment in sound.chunks(16_000).transcribe(SttRequest(), lambda _: None):
            texts.append(segment.text)
            if len(texts) == 5:
                mill.tell(process.pid)
    assert texts == kept.heard_here(mill)
    assert (kept.opened, here.loaded) == (1, 1)
    assert here.told == ["The daemon stopped. Loading mill/ear here to continue."]


DAEMON = """
import sys, threading
from types import SimpleNamespace
from voicebridge.control import Control
from voicebridge.engines.pool import Pool
from voicebridge.engines.serve import handlers
from voicebridge.runtime.model import Model
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.specs import SttSpec
spec = SttSpec(name="ear", factory="mill_engines:Ear", options="mill_engines:Options", resume=True)
model = Model(PluginRecord("mill", "voicebridge-mill", "1.0", "mill_engines"), spec, "ear")
control = Control(handlers(Pool(None, print), lambda: SimpleNamespace(stt=lambda name: model)))
print("ready", flush=True)
threading.Event().wait()
"""


@pytest.fixture
def process(home: Path, mill: Any) -> Iterator[subprocess.Popen[str]]:
    """The same in another process."""
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
    monkeypatch.setattr(daemon_client, "PATIENCE", 6.0)
    engine, texts = here.ear(), []
    for segment in engine.transcribe(mill.sound(60), SttRequest()):
        texts.append(segment.text)
        if len(texts) == 20:
            mill.tell(process.pid, name)
    assert texts == mill.texts(60)
    assert here.told == ["The daemon stopped. Loading mill/ear here to continue."]
    assert mill.heard(engine) == mill.texts(6)
    assert here.loaded == 1


@needs_signals
def test_a_model_that_cannot_go_on_says_so_when_the_daemon_is_gone(process: subprocess.Popen[str], mill: Any, here: Here) -> None:
    segments = here.ear(resume=False).transcribe(mill.sound(60), SttRequest())
    next(segments)
    mill.tell(process.pid)
    with pytest.raises(ModelError, match=r"^The daemon stopped during the job, and mill/ear cannot continue"):
        list(segments)


def test_a_place_is_named_so_that_it_is_found_from_another_folder(mill: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    model = mill.ear()
    assert daemon_client.full_name(model) == "mill/ear"
    assert daemon_client.full_name(type(model)(model.plugin, model.spec, "mine")) == f"mill/{tmp_path / 'mine'}"


def test_a_request_without_a_model_and_options_of_another_version_are_refused(daemon: Pool) -> None:
    for arguments in ({}, {"model": 1}, {"model": "mill/ear", "options": {"unknown": 1}}):
        with control.converse("engine.transcribe", **arguments) as peer:
            said = peer.receive(5)
            assert said is not None
            assert said["ok"] is False
