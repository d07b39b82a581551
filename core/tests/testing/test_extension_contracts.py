"""The conformance kit on daemon parts, checks and listeners: a correct one passes, and each faulty one fails the test of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

PLUGIN = """
from voicebridge import CheckSpec, DaemonPartSpec, ListenerSpec, hookimpl

@hookimpl
def voicebridge_daemon_parts():
    yield DaemonPartSpec(name="part", factory="fake.engine:Part", description="Serves.")

@hookimpl
def voicebridge_checks():
    yield CheckSpec(name="check", factory="fake.engine:Check", description="Looks.", seconds=1)

@hookimpl
def voicebridge_events():
    yield ListenerSpec(name="listener", factory="fake.engine:Listener", description="Notes.", events=["transcript.written", "some.news"])
"""

ENGINE = """
import socket, subprocess, sys, tempfile, urllib.request
from pathlib import Path
from threading import Event, Thread
from voicebridge import Finding

class Part:
    def __init__(self):
        self.ended = self.thread = self.socket = None

    def start(self, host):
        self.path = host.data_folder("fake") / "state"
        self.path.write_text("running")
        self.begin()

    def begin(self):
        self.ended = Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = Thread(target=self.ended.wait)
        self.thread.start()

    def status(self):
        return {"port": self.socket.getsockname()[1], "state": "running"}

    def reload(self, host):
        self.end()
        self.begin()

    def stop(self, seconds):
        self.end()

    def end(self):
        if self.ended is not None:
            self.ended.set()
            self.thread.join()
            self.socket.close()

class Check:
    def check(self):
        yield Finding("ok", "fine")

class Listener:
    def handle(self, event):
        event.data.get("recording")
"""

STARTS = ["test_its_status_is_told_at_once", "test_it_can_be_reloaded", "test_it_can_be_stopped_twice"]
BEHIND = "test_it_leaves_nothing_behind_and_another_one_can_start"
UNSTARTED = "test_it_can_be_stopped_without_being_started"
KEPT = ("class Part:", "KEPT = []\n\nclass Part:")
READABLE, ONLY_LOOKS = "test_its_findings_are_in_time_and_readable", "test_it_only_looks"
PROCESSES, IGNORES = "test_it_processes_events", "test_it_ignores_what_it_does_not_know"


def outcome(
    kit: Kit, contract: str, name: str, *changes: tuple[str, str], only: str = "not test_the_descriptor"
) -> tuple[set[str], set[str]]:
    """The tests that passed, and those that failed, with these changes of the engine."""
    modules = {"plugin": PLUGIN, "engine": kit.changed(ENGINE, changes)}
    passed, skipped, failed = kit.run(contract, name, "", modules, subject="name", only=only)
    assert skipped == set()
    return passed, failed


@pytest.mark.parametrize(
    ("contract", "name", "count"), [("DaemonPartContract", "part", 7), ("CheckContract", "check", 4), ("ListenerContract", "listener", 4)]
)
def test_a_correct_one_passes(contract: str, name: str, count: int, kit: Kit) -> None:
    passed, failed = outcome(kit, contract, name, only="test")
    assert (len(passed), failed) == (count, set())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([("    def reload(self, host):", "    def load(self, host):")], {"test_it_can_be_created", *STARTS, UNSTARTED, BEHIND}),
        ([('self.path.write_text("running")', "raise ValueError")], {*STARTS, BEHIND}),
        ([('self.path.write_text("running")', "sys.exit(3)")], {*STARTS, BEHIND}),
        ([('"state": "running"}', '"state": self}')], {STARTS[0]}),
        ([('"state": "running"}', '"state": float("nan")}')], {STARTS[0]}),
        ([('"state": "running"}', "3: 4}")], {STARTS[0]}),
        ([('return {"port": self.socket.getsockname()[1], "state": "running"}', "return ['running']")], {STARTS[0]}),
        ([('return {"port"', 'Event().wait(0.6); return {"port"')], {STARTS[0]}),
        ([("        self.end()\n        self.begin()", "        raise ValueError")], {STARTS[1], BEHIND}),
        ([("        self.end()\n        self.begin()", "        Thread(target=Event().wait, daemon=True).start()")], {BEHIND}),
        ([("            self.thread.join()\n", "            self.thread.join(); del self.thread\n")], {STARTS[2]}),
        ([("        if self.ended is not None:\n", "        if True:\n")], {UNSTARTED}),
        ([("            self.socket.close()\n", "            KEPT.append(self.socket)\n"), KEPT], {BEHIND}),
        ([("            self.socket.close()\n", "            self.socket.close(); tempfile.mkstemp()\n")], {BEHIND}),
    ],
)  # fmt: skip
def test_each_fault_of_a_part_is_found(changes: list[tuple[str, str]], expected: set[str], kit: Kit) -> None:
    _, failed = outcome(kit, "DaemonPartContract", "part", *changes)
    assert failed == expected


def test_a_child_process_that_stays_is_found(kit: Kit) -> None:
    started = "self.thread.start()\n        self.child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)"
    ended = "self.ended.set()\n            self.child.stdin.flush()"
    _, failed = outcome(kit, "DaemonPartContract", "part", ("self.thread.start()", started), ("self.ended.set()", ended))
    assert BEHIND in failed


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return ['fine']", {READABLE}),
        ("return [Finding('good', 'fine')]", {READABLE}),
        ("return [Finding('ok', 'two\\nlines')]", {READABLE}),
        ("return [Finding('ok', 'Fine.')]", {READABLE}),
        ("Event().wait()", {READABLE, ONLY_LOOKS}),
        ("raise ValueError", {READABLE, ONLY_LOOKS}),
        ("Path(tempfile.mkstemp()[1]); return []", {ONLY_LOOKS}),
        ("Thread(target=Event().wait, daemon=True).start(); return []", {ONLY_LOOKS}),
        (
            "import contextlib\n        with contextlib.suppress(OSError):\n            socket.create_connection(('192.0.2.1', 80))\n"
            "        return []",
            {ONLY_LOOKS},
        ),
    ],
)
def test_each_fault_of_a_check_is_found(body: str, expected: set[str], kit: Kit) -> None:
    _, failed = outcome(kit, "CheckContract", "check", ('yield Finding("ok", "fine")', body))
    assert failed == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("event.data['recording']", {IGNORES}),
        ("event.data['recording'].upper(); event.data['language'].upper()", {PROCESSES, IGNORES}),
        ("sys.exit(3)", {PROCESSES, IGNORES}),
    ],
)  # fmt: skip
def test_each_fault_of_a_listener_is_found(body: str, expected: set[str], kit: Kit) -> None:
    _, failed = outcome(kit, "ListenerContract", "listener", ('event.data.get("recording")', body))
    assert failed == expected
