"""Executors of plugins, as users choose them: what a faulty one costs, and what a worker needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge import ConfigError, Host, SttJob, SttRequest, SttWorker, UnknownNameError
from voicebridge.cli.doctor.lines import Verdict
from voicebridge.cli.doctor.of_plugins import executors as executor_lines
from voicebridge.files.claim import Existing
from voicebridge.runtime import executors, load
from voicebridge.stt.checkpoint import Checkpoint

MODEL = """
    from voicebridge import ExecutorSpec, SttSpec, TextFilterSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="tiny", factory="PACKAGE.engine:Engine", resume=True)

    @hookimpl
    def voicebridge_text_filters():
        yield TextFilterSpec(name="upper", factory="PACKAGE.engine:Upper", stages=["transcript"], automatic=False)

    @hookimpl
    def voicebridge_executors():
        yield ExecutorSpec(name="here", factory="PACKAGE.engine:Here", description="In this process.")
"""
ENGINE = """
    import sys, threading
    from voicebridge import Receipt, Segment, SttWorker

    class Engine:
        def __init__(self, name, options):
            pass

        def transcribe(self, audio, request):
            for chunk in audio:
                yield Segment(chunk.start, chunk.start + chunk.duration, f"words {chunk.start:g}", language="en")

        def close(self):
            pass

    class Upper:
        def filter(self, text, context):
            return text.upper()

    class Here:
        def run(self, jobs, listener, at_once):
            with SttWorker() as worker:
                for job in jobs:
                    {run}
                    print("a plugin prints")
                    listener.done(worker.run(job, listener))

        def stop(self):
            pass

        def close(self):
            {close}
"""
Run = Callable[..., Any]


@pytest.fixture
def install(site: Any, home: Path, record: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a model and an executor, and write two recordings into the current folder."""

    def install(run: str = "pass", close: str = "pass") -> None:
        site.install("acme", MODEL, engine=ENGINE.replace("{run}", run).replace("{close}", close))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(os, "_exit", sys.exit)  # by which an aborted command ends without waiting for threads
        for name in ("a.wav", "b.wav"):
            record(name)

    return install


STT = ("stt", "a.wav", "b.wav", "-m", "acme/tiny", "--executor", "here")


def test_files_and_text_are_those_of_this_process(install: Callable[..., None], run: Run, tmp_path: Path) -> None:
    install()
    assert run(*STT[:-1], "local").out == run(*STT).out != ""
    written = run(*STT, "-f", "txt")
    assert (written.code, written.err.splitlines()) == (0, ["Wrote a.txt", "Wrote b.txt"])
    assert run(*STT, "-f", "txt").code == 1  # they exist


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("1 / 0", "failed: ZeroDivisionError: division by zero."),
        ("sys.exit(0)", "failed: SystemExit: 0."),
        ("return", "ended without a receipt for"),
        ("listener.done(7)", "reported a int instead of a Receipt."),
        ("listener.done(Receipt(job=job.id))", "does not exist"),
    ],
)
def test_a_faulty_one_costs_one_line_and_writes_nothing(
    fault: str, told: str, install: Callable[..., None], run: Run, tmp_path: Path
) -> None:
    install(fault)
    done = run(*STT, "-f", "txt")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert told in done.err
    assert "Report it to the maintainers of acme-plugin." in done.err
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".txt" or "part" in path.name]


def test_one_that_hangs_in_close_costs_no_transcript(
    install: Callable[..., None], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "_CLOSING", 0.1)
    install(close="threading.Event().wait()")
    done = run(*STT, "-f", "txt")
    assert done.code == 1
    assert "took longer than 0.1 s. Report it to the maintainers of acme-plugin." in done.err
    assert (tmp_path / "a.txt").exists()
    assert (tmp_path / "b.txt").exists()


def test_doctor_and_scripts_list_them(install: Callable[..., None], run: Run, home: Path) -> None:
    install()
    assert Host.load().executors() == ["local", "acme/here"]
    assert ["Executors:", "here"] in [line.split() for line in run("plugins", "show", "acme").out.splitlines()]
    registry = load.registry(None)
    assert [(line.verdict, line.what, line.detail) for line in executor_lines(registry)] == [
        (Verdict.OK, "executor acme/here", "used with --executor here")
    ]
    (home / "config.toml").write_text("[stt]\nexecutor = 'hare'\n")
    [broken, _] = executor_lines(load.registry(None))
    assert broken.verdict is Verdict.BROKEN
    assert broken.detail.startswith("stt.executor: No executor is named 'hare'. Did you mean 'here'?")


def job(folder: Path, **more: Any) -> SttJob:
    outputs = (("txt", folder / "a.txt"),)
    return SttJob(**{"id": "1", "recording": folder / "a.wav", "outputs": outputs, "model": "acme/tiny", "request": SttRequest(), **more})


def test_a_job_that_is_done_again_gives_the_same_file(install: Callable[..., None], tmp_path: Path) -> None:
    install()
    with SttWorker() as worker:
        first, again = worker.run(job(tmp_path)), worker.run(job(tmp_path))
        assert first.heard is not None
        assert (first.files, again.files, again.heard, again.error) == ((tmp_path / "a.txt",), (tmp_path / "a.txt",), None, None)
        stamp = (tmp_path / "a.txt").stat().st_mtime_ns
        other = worker.run(job(tmp_path, id="2", existing="overwrite"))
        assert other.error is None
        assert (tmp_path / "a.txt").stat().st_mtime_ns != stamp


def test_a_try_of_a_job_that_is_at_work_is_busy(install: Callable[..., None], tmp_path: Path) -> None:
    install()
    checkpoint = Checkpoint((("txt", tmp_path / "a.txt"),), {}, Existing.REFUSE, resumable=True, words=False, job="1")
    with SttWorker() as worker:
        assert worker.run(job(tmp_path)).is_busy
        checkpoint.release()
        assert worker.run(job(tmp_path)).error is None


def test_a_worker_refuses_what_it_does_not_have(install: Callable[..., None], home: Path, tmp_path: Path) -> None:
    install()
    with SttWorker() as worker:
        with pytest.raises(ConfigError, match=r"^The text filters of a worker are none, those of the command acme/upper\."):
            worker.run(job(tmp_path, filters=("acme/upper",)))
        with pytest.raises(UnknownNameError, match="Unknown format 'odd'"):
            worker.run(job(tmp_path, outputs=(("odd", tmp_path / "a.odd"),)))
        with pytest.raises(UnknownNameError, match="absent"):
            worker.run(job(tmp_path, model="acme/absent"))
        with pytest.raises(ConfigError, match="work"):
            worker.run(job(tmp_path, profile="work"))
    (home / "config.toml").write_text("[filters]\ntranscript = ['acme/upper']\n")
    with SttWorker() as worker:
        receipt = worker.run(job(tmp_path, filters=("acme/upper",), outputs=(), text=True))
        assert {segment.text.split()[0] for segment in receipt.text} == {"WORDS"}
