"""The conformance kit on executors: a correct one passes, and each faulty one fails the test of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

PLUGIN = """
from voicebridge import ExecutorSpec, hookimpl

@hookimpl
def voicebridge_executors():
    yield ExecutorSpec(name="line", factory="fake.engine:Line", description="One after another.")
"""

ENGINE = """
from dataclasses import replace
from threading import Event, Thread
from voicebridge import ModelError, Receipt, SttWorker, VoiceBridgeError

class Line:
    def __init__(self):
        self.stopping = Event()

    def run(self, jobs, listener, at_once):
        self.stopping.clear()
        with SttWorker() as worker:
            for job in jobs:
                if self.stopping.is_set():
                    return
                listener.done(self.do(worker, job, listener))

    def do(self, worker, job, listener):
        return worker.run(job, listener)

    def stop(self):
        self.stopping.set()

    def close(self):
        self.closed = True
"""
EACH, TEXT = "test_each_job_is_done_and_one_that_fails_fails_alone", "test_the_text_is_in_the_receipt_if_it_is_printed"
AGAIN, STOPPED = "test_jobs_can_be_done_again", "test_it_can_be_stopped_and_the_rest_is_resumed"
KILLED, MISSING = "test_a_worker_that_is_killed_costs_at_most_its_job", "test_a_model_that_is_missing_ends_the_run"
RUN = "return worker.run(job, listener)"


def outcome(kit: Kit, *changes: tuple[str, str], only: str = "test") -> tuple[set[str], set[str], set[str]]:
    modules = {"plugin": PLUGIN, "engine": kit.changed(ENGINE, changes)}
    return kit.run("ExecutorContract", "line", "", modules, subject="name", only=only)


def test_a_correct_one_passes(kit: Kit) -> None:
    passed, skipped, failed = outcome(kit)
    assert {EACH, TEXT, AGAIN, STOPPED, MISSING} < passed
    assert (skipped, failed) == ({KILLED}, set())  # it does the jobs in the process of the tests


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ((RUN, "receipt = worker.run(job, listener)\n        if receipt.error: raise receipt.error\n        return receipt"), EACH),
        ((RUN, "return replace(worker.run(job, listener), job='a')"), EACH),
        ((RUN, "return Receipt(job=job.id)"), EACH),
        ((RUN, "return replace(worker.run(job, listener), text=())"), TEXT),
        ((RUN, "return worker.run(replace(job, existing='overwrite'), listener)"), AGAIN),
        (("        self.stopping.set()\n", "        pass\n"), STOPPED),
        (("        self.stopping.clear()\n", ""), STOPPED),
        ((RUN, "return worker.run(replace(job, id=job.id + str(id(worker))), listener)"), STOPPED),
        (("        self.closed = True", "        Thread(target=Event().wait, daemon=True).start()"), EACH),
        ((RUN, f"try: {RUN}\n        except VoiceBridgeError: return Receipt(job=job.id, error=ModelError('No.'))"), MISSING),
    ],
)  # fmt: skip
def test_each_fault_is_found(change: tuple[str, str], rule: str, kit: Kit) -> None:
    _, _, failed = outcome(kit, change, only=rule)
    assert failed == {rule}
