"""Executors of plugins with every fault: each is blamed in one line, harms only itself, and no job counts twice."""

from __future__ import annotations

import logging
import pickle
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from voicebridge import ConfigError, OutputError, Segment, SttRequest, TranscriptInfo, VoiceBridgeError, Word
from voicebridge.errors import PluginError, UnknownNameError, cannot_write
from voicebridge.extensions import ExecutorSpec
from voicebridge.jobs import Receipt, SttJob
from voicebridge.runtime import executors
from voicebridge.runtime.config import Config
from voicebridge.runtime.executors import PluginExecutor, find_executor
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.testing.processes import PATIENCE, wait_until

PLUGIN = """
    from voicebridge import ExecutorSpec, hookimpl

    @hookimpl
    def voicebridge_executors():
        yield ExecutorSpec(name="grid", factory="PACKAGE.engine:Grid", description="A grid.")
"""
ENGINE = """
import sys, threading, time
from voicebridge import ModelError, Receipt

stopped, go_on = threading.Event(), threading.Event()

class Grid:
    def run(self, jobs, listener, at_once):
{run}

    def stop(self):
        stopped.set()
        {stop}

    def close(self):
        {close}

def finish(job, listener):
    for _, file in job.outputs:
        file.write_text("done")
    listener.done(Receipt(job=job.id, files=tuple(file for _, file in job.outputs)))
"""
ALL = "for job in jobs: finish(job, listener)"


class Diary:
    def __init__(self) -> None:
        self.done_jobs: list[str] = []

    def began(self, job: str, duration: float | None = None, after: float = 0.0) -> None:
        pass

    def heard(self, job: str, seconds: float) -> None:
        pass

    def done(self, receipt: Receipt) -> None:
        self.done_jobs.append(f"{receipt.job}{' failed' if receipt.error else ''}")


Make = Callable[..., Registry]


@pytest.fixture
def make(site: Any) -> Make:
    def registry(run: str = ALL, *, stop: str = "pass", close: str = "pass", name: str = "acme") -> Registry:
        body = textwrap.indent(textwrap.dedent(run), " " * 8)
        site.install(name, PLUGIN, engine=ENGINE.format(run=body, stop=stop, close=close))
        return Registry(load_plugins(lambda name, _: name != "desktop"), Config(Path("config.toml"), {}, None, {}))

    return registry


@pytest.fixture
def jobs(tmp_path: Path) -> list[SttJob]:
    return [
        SttJob(id=name, recording=tmp_path / f"{name}.wav", outputs=(("txt", tmp_path / f"{name}.txt"),), model="a/b", request=SttRequest())
        for name in "ab"
    ]


def executor(registry: Registry) -> PluginExecutor:
    found = find_executor(registry, "grid")
    assert found is not None
    return found


def fault(registry: Registry, jobs: list[SttJob], diary: Diary | None = None) -> str:
    with pytest.raises(PluginError) as caught:
        executor(registry).run(jobs, diary or Diary(), None)
    told = str(caught.value)
    assert "\n" not in told
    assert "acme-plugin" in told
    return told


def test_names(make: Make) -> None:
    registry = make()
    assert find_executor(registry, "local") is None
    assert executor(registry).extension.full_name == "acme/grid"
    with pytest.raises(UnknownNameError, match=r"^No executor is named 'gird'. Did you mean 'grid'\? There are: local, acme/grid.$"):
        find_executor(registry, "gird")
    with pytest.raises(ConfigError, match=r"^stt.executor: No executor is named 'x'."):
        find_executor(registry, "x", key="stt.executor")


def test_jobs_are_done_with_absolute_paths(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    diary, job = Diary(), SttJob(id="a", recording=Path("a.wav"), outputs=(("txt", Path("a.txt")),), model="a/b", request=SttRequest())
    executor(make("assert jobs[0].recording.is_absolute() and jobs[0].outputs[0][1].is_absolute()\n" + ALL)).run([job], diary, None)
    assert diary.done_jobs == ["a"]


@pytest.mark.parametrize(
    ("run", "what"),
    [
        ("1 / 0", "failed: ZeroDivisionError"),
        ("sys.exit(3)", "failed: SystemExit"),
        ("pass", "ended without a receipt for .*a.wav and 1 more"),
        ("finish(jobs[1], listener)", "ended without a receipt for .*a.wav[.]"),
        ("listener.done('a')", "reported a str instead of a Receipt"),
        ("listener.done(Receipt(job='z'))", "reported the unknown job 'z'"),
        ("try: listener.heard('z', 1.0)\nexcept Exception: pass\n" + ALL, "reported the unknown job 'z'"),
        ("listener.done(Receipt(job='a'))", "reported .*a.wav as done, but .*a.txt does not exist"),
        ("threading.Thread(target=lambda: finish(jobs[0], listener)).start(); 1 / 0", "failed: ZeroDivisionError"),
    ],
)
def test_faults_are_blamed_on_the_package(make: Make, jobs: list[SttJob], run: str, what: str, recwarn: Any) -> None:
    import re

    assert re.search(what, fault(make(run), jobs))


def test_an_error_of_voicebridge_passes_unchanged(make: Make, jobs: list[SttJob]) -> None:
    with pytest.raises(VoiceBridgeError, match=r"^The model is missing.$"):
        executor(make("raise ModelError('The model is missing.')")).run(jobs, Diary(), None)


def test_a_second_receipt_does_not_count(make: Make, jobs: list[SttJob], caplog: pytest.LogCaptureFixture) -> None:
    diary = Diary()
    with caplog.at_level(logging.WARNING):
        executor(make(f"{ALL}\nlistener.done(Receipt(job='a', error=ModelError('late')))")).run(jobs, diary, None)
    assert diary.done_jobs == ["a", "b"]
    [told] = [record.getMessage() for record in caplog.records]
    assert "twice" in told
    assert "acme-plugin" in told


def test_a_receipt_of_a_busy_try_counts_only_if_no_other_follows(make: Make, jobs: list[SttJob]) -> None:
    diary = Diary()
    busy = """
        error = ModelError("busy")
        error.__cause__ = BlockingIOError()
        listener.done(Receipt(job="a", error=error))
        listener.done(Receipt(job="b", error=error))
        finish(jobs[0], listener)
    """
    executor(make(busy)).run(jobs, diary, None)
    assert diary.done_jobs == ["a", "b failed"]


def test_one_that_hangs_after_its_last_receipt_is_left(make: Make, jobs: list[SttJob], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_RETURNING", 0.1)
    diary = Diary()
    told = fault(make(f"{ALL}\nstopped.wait()"), jobs, diary)  # ended by stop()
    assert "did not return within 0.1 s after the last receipt" in told
    assert diary.done_jobs == ["a", "b"]


def test_one_that_hangs_in_stop_and_close_is_left(make: Make, jobs: list[SttJob], monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(executors, "_STOPPING", 0.1)
    monkeypatch.setattr(executors, "_CLOSING", 0.1)
    made = executor(make("listener.began('a')\ngo_on.wait()", stop="go_on.wait()", close="go_on.wait()"))
    began: list[str] = []

    class Told(Diary):
        def began(self, job: str, duration: float | None = None, after: float = 0.0) -> None:
            began.append(job)

    thread = Thread(target=made.run, args=(jobs, Told(), None))
    thread.start()
    wait_until(lambda: bool(began), "began")
    made.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert "took longer than 0.1 s" in caplog.text
    with pytest.raises(PluginError, match=r"took longer than 0.1 s.*acme-plugin"):
        made.close()
    import sys

    next(module for name, module in sys.modules.items() if name.endswith("acme_plugin.engine")).go_on.set()


def test_one_without_a_method_is_refused(site: Any, jobs: list[SttJob]) -> None:
    site.install("acme", PLUGIN, engine="class Grid:\n    def run(self, jobs, listener, at_once): pass\n")
    registry = Registry(load_plugins(lambda name, _: name != "desktop"), Config(Path("config.toml"), {}, None, {}))
    told = fault(registry, jobs)
    assert "which has no method stop and no method close" in told


def _receipts() -> Iterator[Receipt]:
    yield Receipt(job="a")
    segment = Segment(0.0, 1.0, "Grüße \ud800", (Word(0.0, 1.0, "Grüße"),), language="de")
    yield Receipt(job="a", files=(Path("/x/a.txt"),), heard=TranscriptInfo(1.0, "de", "a/b", "transcribe"), segments=1, text=(segment,))


def test_jobs_and_receipts_travel_as_json_and_pickled(jobs: list[SttJob]) -> None:
    full = SttJob(
        id="a", recording=Path("/\udcff.wav"), root=Path("/"), model="a/b", options={"beam": 1}, channels=("A", "B"), filters=("x",),
        request=SttRequest(language="en", hotwords=("x", "y")), settings={"a": {"b": "c"}}, existing="resume", end=3.0,
    )  # fmt: skip
    for job in (*jobs, full):
        assert SttJob.from_json(job.to_json()) == pickle.loads(pickle.dumps(job)) == job
    for receipt in _receipts():
        assert Receipt.from_json(receipt.to_json()) == pickle.loads(pickle.dumps(receipt)) == receipt
    with pytest.raises(ValueError, match="another version"):
        SttJob.from_json("{}")


def test_the_causes_of_an_error_travel() -> None:
    error = cannot_write(Path("a.txt"), OSError(28, "No space left on device"))
    error.__cause__ = OSError(28, "No space left on device")
    found = pickle.loads(pickle.dumps(Receipt(job="a", error=error))).error
    assert isinstance(found, OutputError)
    assert str(found) == str(error)
    assert isinstance(found.__cause__, OSError)
    assert found.__cause__.errno == 28
    assert ExecutorSpec.title == "executor"
