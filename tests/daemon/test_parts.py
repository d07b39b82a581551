"""Parts of plugins in a real daemon: a correct one, faulty ones next to it, reloads, and a kill."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from voicebridge.testing.processes import wait_until

if TYPE_CHECKING:
    from tests.daemon.conftest import Daemon

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only here is it certain that the session has no hotkeys"),
    pytest.mark.timeout(300),
]

GOOD = """
import logging
from pathlib import Path
from threading import Event, Thread
from voicebridge import DaemonPartSpec, Host, hookimpl

@hookimpl
def voicebridge_daemon_parts():
    yield DaemonPartSpec(name="part", factory="NAME_plugin:Part")

class Part:
    def start(self, host):
        self.folder = host.data_folder("NAME")
        self.profile, self.ended, self.reloads = host.profile, Event(), 0
        self.thread = Thread(target=self.run, name="NAME-thread")
        self.thread.start()
        (self.folder / "started").touch()
        host.logger("NAME").warning("a warning of the plugin")
        logging.getLogger(__name__).warning("a warning of its package")
        print("printed at the start")

    def run(self):
        print("printed in a thread")
        self.ended.wait()

    def status(self):
        return {"reloads": self.reloads, "is current": Host.current().profile == self.profile}

    def reload(self, host):
        self.reloads += 1

    def stop(self, seconds):
        self.ended.set()
        self.thread.join()
        (self.folder / "stopped").touch()
"""

FAULTY = """
import sys
from threading import Event
from voicebridge import DaemonPartSpec, UsageError, hookimpl

PARTS = [
    "start_raises", "start_exits", "start_refuses", "start_hangs", "status_hangs", "status_raises", "status_is_wrong", "status_is_large",
    "reload_raises", "reload_hangs", "stop_raises", "stop_hangs", "thread_stays",
]

@hookimpl
def voicebridge_daemon_parts():
    for name in [*PARTS, "missing"]:
        yield DaemonPartSpec(name=name, factory=f"faulty_plugin:{name.title().replace('_', '')}")

class Part:
    def start(self, host): pass
    def status(self): return {}
    def reload(self, host): pass
    def stop(self, seconds): pass

class StartRaises(Part):
    def start(self, host): raise ValueError("bad luck")

class StartExits(Part):
    def start(self, host): sys.exit(3)

class StartRefuses(Part):
    def start(self, host): raise UsageError("Port 80 is in use. Choose another.")

class StartHangs(Part):
    def start(self, host): Event().wait()

class StatusHangs(Part):
    def status(self): Event().wait()

class StatusRaises(Part):
    def status(self): raise KeyboardInterrupt

class StatusIsWrong(Part):
    def status(self): return ["running"]

class StatusIsLarge(Part):
    def status(self): return {"text": "x" * 100_000}

class ReloadRaises(Part):
    def reload(self, host): raise ValueError("bad luck")

class ReloadHangs(Part):
    def reload(self, host): Event().wait()

class StopRaises(Part):
    def stop(self, seconds): sys.exit(3)

class StopHangs(Part):
    def stop(self, seconds): Event().wait()

class ThreadStays(Part):
    def start(self, host):
        from threading import Thread
        Thread(target=Event().wait).start()
"""


USER = """
import os, sys
from threading import Thread
from voicebridge import DaemonPartSpec, hookimpl, load_model

@hookimpl
def voicebridge_daemon_parts():
    yield DaemonPartSpec(name="part", factory="NAME_plugin:Part")

class Part:
    def __init__(self):
        self.found = {}

    def start(self, host):
        self.thread = Thread(target=self.run, args=(host,))
        self.thread.start()

    def run(self, host):
        with host.load_stt() as model, load_model("whisper/tiny.en") as other:
            texts = {each.transcribe(os.environ["RECORDING"]).text for each in (model, other)}
        self.found = {"text": " ".join(texts), "engine here": "faster_whisper" in sys.modules}

    def status(self):
        return self.found

    def reload(self, host):
        pass

    def stop(self, seconds):
        self.thread.join(seconds)
"""


def is_gone(pid: int) -> bool:
    """Whether a process has ended; a zombie counts as ended."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_part_runs_is_reloaded_and_stopped(daemon: Daemon) -> None:
    daemon.plant("good", GOOD)
    daemon.run("daemon", "start")
    parts = daemon.parts
    assert list(parts) == ["reading aloud", "watched folders", "dictation", "hotkeys", "copied text", "good/part"]
    assert parts["good/part"] == {
        "name": "good/part", "plugin": "good", "state": "running", "status": {"reloads": 0, "is current": True}, "problem": None,
    }  # fmt: skip
    assert parts["dictation"]["status"]["model"] == "whisper/tiny.en"
    assert parts["hotkeys"]["problem"].startswith("No hotkeys can be used here.")
    daemon.run("daemon", "reload")
    assert daemon.parts["good/part"]["status"] == {"reloads": 1, "is current": True}
    shown = daemon.run("daemon", "status")
    assert "good/part" in shown
    assert "reloads 1, is current yes" in shown
    assert "daemon part good/part" in daemon.run("doctor")
    for told in ("a warning of the plugin", "a warning of its package", "printed at the start", "good-thread printed: printed in a thread"):
        assert told in daemon.log
    daemon.run("daemon", "stop")
    assert (daemon.folder / "good" / "stopped").exists()


def test_parts_that_come_are_started_and_those_that_go_are_stopped(daemon: Daemon) -> None:
    daemon.plant("first", GOOD)
    daemon.run("daemon", "start")
    daemon.uproot("first")
    daemon.plant("second", GOOD)
    daemon.run("daemon", "reload")
    assert [name for name in daemon.parts if "/" in name] == ["second/part"]
    assert (daemon.folder / "first" / "stopped").exists()
    assert (daemon.folder / "second" / "started").exists()


def test_what_ends_the_daemon_while_it_starts_is_said(daemon: Daemon) -> None:
    daemon.plant("fatal", GOOD.replace('print("printed at the start")', "import os; os.kill(os.getpid(), 9)"))
    said = daemon.run("daemon", "start", code=1)
    reason = "it was killed by signal 9, after: Warning: a warning of the plugin. See: voicebridge daemon logs"
    assert said == f"Error: VoiceBridge did not start: {reason}\n"


def test_faulty_parts_harm_only_themselves(daemon: Daemon) -> None:
    daemon.plant("faulty", FAULTY)
    daemon.plant("good", GOOD)
    daemon.run("daemon", "start")
    problems = {name: each["problem"] for name, each in daemon.parts.items() if each["plugin"]}
    blame = "Report it to the maintainers of voice-faulty."
    assert problems["faulty/start_raises"] == f"start() of the daemon part faulty/start_raises failed: ValueError: bad luck. {blame}"
    assert problems["faulty/start_exits"] == f"start() of the daemon part faulty/start_exits failed: SystemExit: 3. {blame}"
    assert problems["faulty/start_refuses"] == "The daemon part faulty/start_refuses: Port 80 is in use. Choose another."
    assert problems["faulty/start_hangs"] == f"start() of the daemon part faulty/start_hangs took longer than 5 s. {blame}"
    assert problems["faulty/status_hangs"] == "doesn't answer"
    assert "KeyboardInterrupt" in problems["faulty/status_raises"]
    assert (
        problems["faulty/status_is_wrong"] == f"status() of the daemon part faulty/status_is_wrong returned a list, not a mapping. {blame}"
    )
    assert "returned more than" in problems["faulty/status_is_large"]
    assert "faulty_plugin" in problems["faulty/missing"]
    assert {name for name, problem in problems.items() if not problem} == {
        "good/part", *(f"faulty/{name}" for name in ("reload_raises", "reload_hangs", "stop_raises", "stop_hangs", "thread_stays")),
    }  # fmt: skip
    daemon.run("daemon", "reload")
    parts = daemon.parts
    assert (parts["faulty/reload_hangs"]["state"], parts["faulty/reload_raises"]["state"]) == ("failed", "running")
    assert "took longer than 5 s" in parts["faulty/reload_hangs"]["problem"]
    assert "failed: ValueError: bad luck" in parts["faulty/reload_raises"]["problem"]
    assert parts["good/part"]["status"]["reloads"] == 1
    assert "doesn't answer" in daemon.run("daemon", "status")
    pid = daemon.status["pid"]
    daemon.run("daemon", "stop")
    assert is_gone(pid)
    log = daemon.log
    assert f"stop() of the daemon part faulty/stop_hangs took longer than 3 s. {blame}" in log
    assert f"stop() of the daemon part faulty/stop_raises failed: SystemExit: 3. {blame}" in log
    assert "status() of the daemon part faulty/status_hangs took longer than 0.5 s." in log
    assert (daemon.folder / "good" / "stopped").exists()


def test_after_a_kill_the_next_daemon_starts_it_again(daemon: Daemon) -> None:
    daemon.plant("good", GOOD)
    daemon.run("daemon", "start")
    pid = daemon.status["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), "its end")
    (daemon.folder / "good" / "started").unlink()
    daemon.run("daemon", "start")
    assert (daemon.folder / "good" / "started").exists()
    assert daemon.parts["good/part"]["state"] == "running"


def test_a_part_uses_the_models_of_the_daemon(daemon: Daemon, root: Path) -> None:
    daemon.plant("user", USER)
    daemon.environment = {**daemon.environment, "RECORDING": str(root / "samples" / "welcome.flac")}
    daemon.run("daemon", "start")
    wait_until(lambda: daemon.parts["user/part"]["status"].get("text") or daemon.parts["user/part"]["problem"], lambda: daemon.log)
    status = daemon.status
    (part,) = [each for each in status["parts"] if each["name"] == "user/part"]
    assert "short recording" in part["status"]["text"].lower()
    assert part["status"]["engine here"] is False
    (model,) = status["models"]
    assert model["model"] == "whisper/tiny.en"
    assert model["pid"] not in (0, status["pid"])
