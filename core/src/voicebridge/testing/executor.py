"""Conformance tests for executors."""

from __future__ import annotations

import os
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from voicebridge.errors import VoiceBridgeError
from voicebridge.extension_ports import Executor
from voicebridge.extensions import ExecutorSpec
from voicebridge.jobs import Receipt, SttJob
from voicebridge.runtime.executors import PluginExecutor
from voicebridge.runtime.extensions import Extension
from voicebridge.speech import SttRequest
from voicebridge.testing.extension import ExtensionContract, failing
from voicebridge.testing.leftovers import Leftovers

ENGINE = '''
"""Writes a line for each half second of sound."""

import os
import signal
import time
from pathlib import Path

from voicebridge import Segment, SttSpec, hookimpl


def order(name):
    """A file by which the tests tell the engine what to do."""
    return Path(os.environ["VOICEBRIDGE_HOME"], name)


class Engine:
    def __init__(self, model, options):
        pass

    def transcribe(self, audio, request):
        for number, chunk in enumerate(audio):
            if number == 2:
                while order("pause").exists():
                    time.sleep(0.01)
                self.die()
            yield Segment(chunk.start, chunk.start + chunk.duration, f"Chunk {number}.", language="en")

    def die(self):
        """End the process as if the system had killed it; once, and not that of the tests."""
        kill = order("kill")
        if kill.exists() and int(kill.read_text()) != os.getpid():
            kill.unlink()
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    def close(self):
        pass


@hookimpl
def voicebridge_stt_models():
    yield SttSpec(name="chunks", factory="voicebridge_user_plugins.tiny_engine:Engine", resume=True, description="Counts.")
'''
_PLUGIN = "tiny_engine"
_SECONDS = 4
_RATE = 16_000


class _Diary:
    """Keeps the receipts."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []

    def began(self, job: str, duration: float | None = None, after: float = 0.0) -> None:
        pass

    def heard(self, job: str, seconds: float) -> None:
        pass

    def done(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)

    @property
    def errors(self) -> list[str]:
        return [str(each.error) for each in self.receipts if each.error]


class ExecutorContract(ExtensionContract):
    """The rules for an executor, which is given real jobs for a tiny model."""

    kind = ExecutorSpec
    protocol = Executor
    patience: ClassVar[float] = 60.0
    """Maximum seconds for a few short jobs, and for its workers to start."""

    @pytest.fixture
    def folder(self, home: Path, tmp_path: Path) -> Path:
        """Three recordings, of which ``b.wav`` is none; and a plugin for the tiny model, which every process finds."""
        (home / "plugins").mkdir()
        (home / "plugins" / f"{_PLUGIN}.py").write_text(ENGINE, encoding="utf-8")
        with (home / "config.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n[plugins.{_PLUGIN}]\nenabled = true\n")
        folder = tmp_path / "recordings"
        folder.mkdir()
        for name in ("a", "c"):
            with wave.open(str(folder / f"{name}.wav"), "wb") as file:
                file.setparams((1, 2, _RATE, 0, "NONE", ""))
                file.writeframes(b"\x00\x10\x00\xf0" * (_RATE * _SECONDS // 2))
        (folder / "b.wav").write_text("This is no recording.", encoding="utf-8")
        return folder

    @pytest.fixture
    def executor(self, found: Extension[Any], home: Path, folder: Path) -> Iterator[PluginExecutor]:
        """The executor, closed after the test, after which nothing is left."""
        del folder
        left = Leftovers("the executor", "close()", temporary=home.parent / "tmp")
        executor = PluginExecutor(found)
        yield executor
        with failing():
            executor.close()
        if faults := left.faults():
            pytest.fail("\n".join(faults))

    def test_each_job_is_done_and_one_that_fails_fails_alone(self, executor: PluginExecutor, folder: Path) -> None:
        """Each job has one receipt, and the files are complete when it is reported.

        Troubleshooting: have the jobs done by :class:`voicebridge.SttWorker`; a recording that fails is an error in its receipt.
        """
        diary = self._run(executor, [_job(folder, name) for name in "abc"])
        if sorted(each.job for each in diary.receipts) != ["a", "b", "c"]:
            pytest.fail(f"receipts for {[each.job for each in diary.receipts]}, not for a, b, c")
        if [each.job for each in diary.receipts if each.error] != ["b"]:
            pytest.fail(f"not b alone failed: {diary.errors}")
        self._check_files(folder, "ac")

    def test_the_text_is_in_the_receipt_if_it_is_printed(self, executor: PluginExecutor, folder: Path) -> None:
        """A job without files has its text in the receipt.

        Troubleshooting: pass on the whole receipt, as JSON or pickled.
        """
        [receipt] = self._run(executor, [_job(folder, "a", written=False)]).receipts
        if len(receipt.text) != receipt.segments or not receipt.text:
            pytest.fail(f"{receipt.segments} segments, but {len(receipt.text)} in the receipt")

    def test_jobs_can_be_done_again(self, executor: PluginExecutor, folder: Path) -> None:
        """Several calls of ``run``, and the same job twice: its files stay as they are.

        Troubleshooting: keep nothing about the jobs of an earlier call; pass each job to the worker as it is.
        """
        self._run(executor, [_job(folder, "a")])
        before = (folder / "a.txt").stat().st_mtime_ns
        diary = self._run(executor, [_job(folder, "a"), _job(folder, "c")])
        if diary.errors:
            pytest.fail(diary.errors[0])
        if (folder / "a.txt").stat().st_mtime_ns != before:
            pytest.fail("a.txt was written again")
        self._check_files(folder, "ac")

    def test_it_can_be_stopped_and_the_rest_is_resumed(self, executor: PluginExecutor, home: Path, folder: Path) -> None:
        """After ``stop``, ``run`` returns and nothing is half-written; the next run continues what was saved.

        Troubleshooting: end the processes or tasks in ``stop``, and begin no job after it; what they have saved is in a log next to the
        files. Begin one job at a time if ``at_once`` is 1.
        """
        (home / "pause").touch()
        diary = _Diary()
        thread = Thread(target=executor.run, args=([_job(folder, "a"), _job(folder, "c")], diary, 1), daemon=True)
        thread.start()
        self._wait_until(lambda: _is_begun(folder / ".a.voicebridge-part"), "a job began")
        executor.stop()
        (home / "pause").unlink()  # for executors that can't end what is at work
        thread.join(self.patience)
        if thread.is_alive():
            pytest.fail("run() did not return after stop()")
        if diary.errors:
            pytest.fail(f"stop() failed a job: {diary.errors[0]}")
        if (folder / "c.txt").exists():
            pytest.fail("stop() did not end the run: the next job was done")
        if (folder / "a.txt").exists() and not _is_whole(folder / "a.txt"):
            pytest.fail("a.txt is half-written")
        diary = self._run(executor, [_job(folder, name) for name in "ac"])
        if diary.errors:
            pytest.fail(diary.errors[0])
        self._check_files(folder, "ac")

    @pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
    def test_a_worker_that_is_killed_costs_at_most_its_job(self, executor: PluginExecutor, home: Path, folder: Path) -> None:
        """The job is tried again, or its receipt says what happened; the others are done.

        Troubleshooting: notice that the process has ended, and give the same job to another one.
        """
        (home / "kill").write_text(str(os.getpid()), encoding="utf-8")
        diary = self._run(executor, [_job(folder, "a"), _job(folder, "c")])
        if (home / "kill").exists():
            pytest.skip("it does the jobs in this process")
        if sorted(each.job for each in diary.receipts) != ["a", "c"] or len(diary.errors) > 1:
            pytest.fail(f"receipts for {[each.job for each in diary.receipts]}, errors: {diary.errors}")
        self._check_files(folder, [each.job for each in diary.receipts if not each.error])

    def test_a_model_that_is_missing_ends_the_run(self, executor: PluginExecutor, folder: Path) -> None:
        """``run`` raises the error, or each receipt has it.

        Troubleshooting: catch :class:`voicebridge.VoiceBridgeError` from :meth:`SttWorker.run`, and raise it in ``run``.
        """
        try:
            diary = self._run(executor, [_job(folder, "a", model=f"{_PLUGIN}/absent")], raises=True)
        except VoiceBridgeError as error:
            told = str(error)
        else:
            told = " ".join(diary.errors)
        if "absent" not in told:
            pytest.fail(f"the error does not name the model: {told!r}")

    def _run(self, executor: PluginExecutor, jobs: list[SttJob], *, raises: bool = False) -> _Diary:
        """Have jobs done, in time."""
        __tracebackhide__ = True
        diary, ended = _Diary(), []

        def run() -> None:
            try:
                executor.run(jobs, diary, None)
            except BaseException as error:  # raised below
                ended.append(error)

        thread = Thread(target=run, daemon=True)
        thread.start()
        thread.join(self.patience)
        if thread.is_alive():
            executor.stop()
            pytest.fail(f"run() did not return within {self.patience:g} s")
        if ended and (raises or not isinstance(ended[0], VoiceBridgeError)):
            raise ended[0]
        if ended:
            pytest.fail(str(ended[0]))
        return diary

    def _wait_until(self, is_so: Any, what: str) -> None:
        __tracebackhide__ = True
        until = time.monotonic() + self.patience
        while not is_so():
            if time.monotonic() > until:
                pytest.fail(f"not within {self.patience:g} s: {what}")
            time.sleep(0.01)

    def _check_files(self, folder: Path, names: Any) -> None:
        __tracebackhide__ = True
        for name in names:
            if not _is_whole(folder / f"{name}.txt"):
                pytest.fail(f"{name}.txt is missing or incomplete")
        if left := sorted(path.name for path in folder.iterdir() if path.suffix not in (".wav", ".txt")):
            pytest.fail(f"left next to the recordings: {', '.join(left)}")


def _job(folder: Path, name: str, *, model: str = f"{_PLUGIN}/chunks", written: bool = True) -> SttJob:
    outputs = (("txt", folder / f"{name}.txt"),) if written else ()
    return SttJob(
        id=name, recording=folder / f"{name}.wav", outputs=outputs, model=model, request=SttRequest(language="en"), text=not written
    )


def _is_begun(log: Path) -> bool:
    return log.exists() and b'"segment"' in log.read_bytes()


def _is_whole(file: Path) -> bool:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return len(lines) >= _SECONDS and lines == [f"Chunk {number}." for number in range(len(lines))]
