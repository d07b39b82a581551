"""The daemon as a user runs it: started, controlled, reconfigured, killed and stopped; on a real desktop with real speech."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from voicebridge.testing.lab.desktops import SoundServer
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE, killed_after, wait_until
from voicebridge.testing.sounds import FOX

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")

CHORD = ("ctrl", "alt", "space")


@dataclass
class Daemon:
    """The command in a session, and the daemon that it starts."""

    command: str
    environment: Mapping[str, str]

    @property
    def home(self) -> Path:
        return Path(self.environment["VOICEBRIDGE_HOME"])

    def run(self, *words: str, code: int = 0, stdin: str = "") -> str:
        """Run the command; returns stdout and stderr."""
        done = subprocess.run(
            [self.command, *words], env=self.environment, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == code, f"{words} ended with {done.returncode}: {done.stdout}"
        return done.stdout

    def configure(self, text: str) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "config.toml").write_text(text, encoding="utf-8")

    @property
    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("daemon", "status", "--json"))
        return found

    def is_gone(self, pid: int) -> bool:
        """Whether a process has ended; a zombie counts as ended."""
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    def history(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("history", "list", "--json"))
        return found


def plant(site: Path, name: str, version: str = "1.0") -> None:
    """Install a plugin with a model, or another version of it."""
    for old in site.glob(f"{name}-*.dist-info"):
        shutil.rmtree(old)
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[voicebridge]\n{name} = {name}_plugin\n")
    (site / f"{name}_plugin.py").write_text(
        "from voicebridge import SttSpec, hookimpl\n\n\n@hookimpl\ndef voicebridge_stt_models():\n"
        f"    yield SttSpec(name='model', factory='{name}_plugin:Engine', description='{version}')\n"
    )


def ask_for_model(daemon: Daemon, name: str) -> str | None:
    """The error of the daemon's answer about a model; ``None`` if it knows it."""
    script = f"""
from voicebridge.errors import VoiceBridgeError
from voicebridge.stt.choice import surroundings
from dataclasses import asdict
import os
from voicebridge import control, paths
try:
    here = asdict(surroundings(None, paths.variables(os.environ)))
    control.ask("engine.choose", 30.0, model={name!r}, asked={{}}, options=[], surroundings=here)
except VoiceBridgeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], env=daemon.environment, capture_output=True, text=True, check=True)
    return done.stdout.strip() or None


@pytest.fixture
def daemon(command: str, environment: dict[str, str]) -> Iterator[Daemon]:
    """A daemon that ends with the test, in a session without a desktop."""
    kept = {name: value for name, value in environment.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
    daemon = Daemon(command, {**kept, "VOICEBRIDGE_STT_MODEL": "tiny.en", "VOICEBRIDGE_DICTATION_SOUNDS": "false"})
    yield daemon
    subprocess.run([command, "daemon", "stop"], env=daemon.environment, capture_output=True, check=False, timeout=PATIENCE)


@pytest.fixture
def desk(daemon: Daemon, x_desktop: XDesktop, microphone: SoundServer) -> Daemon:
    """The same on X, with a microphone."""
    daemon.environment = {**daemon.environment, **x_desktop.environment, **microphone.environment}
    return daemon


class TestItsLife:
    def test_start_returns_when_it_answers_and_stop_when_it_has_ended(self, daemon: Daemon) -> None:
        assert "Started VoiceBridge (PID" in daemon.run("daemon", "start")
        status = daemon.status
        assert (status["state"], status["models"]) == ("running", [])
        assert not daemon.is_gone(status["pid"])
        assert "was stopped" in daemon.run("daemon", "stop")
        assert daemon.is_gone(status["pid"])
        assert json.loads(daemon.run("daemon", "status", "--json", code=3)) == {"state": "stopped"}

    def test_status_is_readable(self, daemon: Daemon) -> None:
        assert "is not running. Start it: voicebridge daemon start" in daemon.run("daemon", "status", code=3)
        daemon.run("daemon", "start")
        shown = daemon.run("daemon", "status")
        assert "whisper/tiny.en" in shown
        assert "none loaded" in shown

    def test_a_second_start_leaves_the_first_one_alone(self, daemon: Daemon) -> None:
        daemon.run("daemon", "start")
        pid = daemon.status["pid"]
        assert f"is already running (PID {pid})" in daemon.run("daemon", "start")
        assert "is already running" in daemon.run("daemon", "run", code=2)
        assert daemon.status["pid"] == pid

    def test_start_says_why_it_does_not_come_up(self, daemon: Daemon) -> None:
        daemon.configure('[stt]\nmodel = "no-such-model"\n')
        daemon.environment = {name: value for name, value in daemon.environment.items() if name != "VOICEBRIDGE_STT_MODEL"}
        assert "no-such-model" in daemon.run("daemon", "start", code=1)
        daemon.run("daemon", "status", code=3)

    def test_after_a_kill_it_starts_again(self, daemon: Daemon) -> None:
        daemon.run("daemon", "start")
        first = daemon.status["pid"]
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: daemon.is_gone(first), "its end")
        daemon.run("daemon", "status", code=3)
        daemon.run("daemon", "start")
        assert daemon.status["pid"] != first

    def test_the_folder_that_it_was_started_in_may_go(
        self, daemon: Daemon, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        monkeypatch.chdir(folder)
        daemon.run("daemon", "start")
        monkeypatch.chdir(tmp_path)
        folder.rmdir()
        assert "short recording" in daemon.run("stt", str(root / "samples" / "welcome.flac")).lower()
        assert [each["model"] for each in daemon.status["models"]] == ["whisper/tiny.en"]

    def test_restart_is_another_process(self, daemon: Daemon) -> None:
        daemon.run("daemon", "restart")
        first = daemon.status["pid"]
        daemon.run("daemon", "restart")
        assert daemon.status["pid"] != first
        assert daemon.is_gone(first)

    @pytest.mark.parametrize(("name", "code"), [("SIGTERM", 0), ("SIGINT", 130)])
    def test_a_signal_ends_the_one_in_the_foreground(self, daemon: Daemon, name: str, code: int) -> None:
        with (
            subprocess.Popen([daemon.command, "daemon", "run"], env=daemon.environment, stderr=subprocess.PIPE, text=True) as process,
            killed_after(process),
        ):
            assert process.stderr is not None
            assert process.stderr.readline() == "VoiceBridge is running.\n"
            process.send_signal(getattr(signal, name))
            assert process.wait(PATIENCE) == code
        daemon.run("daemon", "status", code=3)

    def test_a_second_ctrl_c_ends_it_at_once_and_what_was_said_is_finished_by_the_next(self, desk: Daemon, microphone: SoundServer) -> None:
        with (
            subprocess.Popen([desk.command, "daemon", "run"], env=desk.environment, stderr=subprocess.PIPE, text=True) as process,
            killed_after(process),
        ):
            assert process.stderr is not None
            process.stderr.readline()
            desk.run("dictate", "start")
            wait_until(lambda: any(each["pid"] for each in desk.status["models"]), "the worker")
            workers = [each["pid"] for each in desk.status["models"]]
            for pid in workers:
                os.kill(pid, signal.SIGSTOP)  # before anybody speaks: a sentence is transcribed at the pause after it
            microphone.speak(FOX.at(16_000))
            process.send_signal(signal.SIGINT)
            wait_until(lambda: desk.history()[0]["state"] == "recorded", "the end of the recording")
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 130
            for pid in workers:
                os.kill(pid, signal.SIGCONT)  # then it ends, as nobody is there any more
            wait_until(lambda: all(map(desk.is_gone, workers)), "the workers to end")
        desk.run("daemon", "start")
        wait_until(lambda: desk.history()[0]["state"] == "transcribed", "its text")
        assert len(desk.history()) == 1


class TestItsConfiguration:
    def test_a_new_one_is_taken_in_and_a_wrong_one_refused(self, daemon: Daemon) -> None:
        daemon.configure('[dictation]\nto = "clipboard"\n')
        daemon.run("daemon", "start")
        assert daemon.status["dictation"]["to"] == "clipboard"
        daemon.configure('[dictation]\nto = "cursor"\n')
        daemon.run("daemon", "reload")
        assert daemon.status["dictation"]["to"] == "cursor"
        daemon.configure('[dictation]\nto = "moon"\n')
        assert "dictation.to" in daemon.run("daemon", "reload", code=2)
        assert daemon.status["dictation"]["to"] == "cursor"

    def test_plugins_that_come_change_and_go_are_noticed(self, daemon: Daemon, tmp_path: Path) -> None:
        site = tmp_path / "site"
        daemon.environment = {**daemon.environment, "PYTHONPATH": str(site)}
        plant(site, "first")
        daemon.run("daemon", "start")
        plant(site, "second")
        assert daemon.run("daemon", "reload") == "Configuration reloaded.\n"
        assert ask_for_model(daemon, "second/model") is None
        daemon.run("plugins", "disable", "second")
        daemon.run("daemon", "reload")
        assert "not active: disabled" in str(ask_for_model(daemon, "second/model"))
        plant(site, "first", version="2.0")
        assert daemon.run("daemon", "reload") == (
            "Configuration reloaded.\nWarning: The plugin first has changed. Restart the daemon to use it: voicebridge daemon restart\n"
        )
        shutil.rmtree(site)
        site.mkdir()
        daemon.run("daemon", "reload")
        assert "No model is named 'first/model'" in str(ask_for_model(daemon, "first/model"))

    def test_sighup_reads_it_again(self, daemon: Daemon) -> None:
        daemon.run("daemon", "start")
        daemon.configure('[dictation]\nto = "clipboard"\n')
        os.kill(daemon.status["pid"], signal.SIGHUP)
        wait_until(lambda: daemon.status["dictation"]["to"] == "clipboard", "the new configuration")

    def test_a_recording_that_is_under_way_is_not_cut(self, desk: Daemon, microphone: SoundServer) -> None:
        desk.configure('[dictation]\nto = "clipboard"\n')
        desk.run("daemon", "start")
        desk.run("dictate", "start")
        wait_until(lambda: desk.history()[0]["audio"], "the recording")
        desk.configure('[dictation]\nto = "clipboard"\nmax_minutes = 5\n')
        assert "as soon as the recording ends" in desk.run("daemon", "reload")
        microphone.speak(FOX.at(16_000))
        desk.run("dictate", "stop")
        wait_until(lambda: desk.history()[0]["state"] == "delivered", "its text")
        assert desk.history()[0]["text"].lower() == FOX.text.lower()

    def test_a_folder_that_it_names_is_watched_from_then_on(self, daemon: Daemon, root: Path, tmp_path: Path) -> None:
        daemon.run("daemon", "start")
        assert daemon.status["folders"] == []
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        daemon.configure(f'[[watch]]\nfolder = "{inbox}"\n')
        daemon.run("daemon", "reload")
        shutil.copy(root / "samples" / "welcome.flac", inbox)
        wait_until((inbox / "welcome.txt").exists, "the transcript")
        wait_until(lambda: daemon.status["folders"][0]["done"] == 1, "the count")
        assert f"{inbox}" in daemon.run("daemon", "status")


class TestDictation:
    def test_the_words_appear_where_the_cursor_is(self, desk: Daemon, x_desktop: XDesktop, microphone: SoundServer) -> None:
        target = x_desktop.open_entry()
        desk.run("daemon", "start")
        wait_until(lambda: desk.status["hotkeys"]["problem"] is None and desk.status["hotkeys"]["source"], "the keys")
        x_desktop.key_down(*CHORD)
        wait_until(lambda: desk.status["dictation"]["recording"], "the recording")
        microphone.speak(FOX.at(16_000))
        x_desktop.key_up(*CHORD)
        wait_until(lambda: target.text().lower() == FOX.text.lower(), "the words")
        [model] = desk.status["models"]
        assert model["model"] == "whisper/tiny.en"
        assert model["memory"] > 50e6

    def test_stopping_it_leaves_what_is_being_said_in_the_history_and_inserts_nothing(
        self, desk: Daemon, x_desktop: XDesktop, microphone: SoundServer
    ) -> None:
        target = x_desktop.open_entry()
        desk.run("daemon", "start")
        desk.run("dictate", "start")
        wait_until(lambda: any(each["pid"] for each in desk.status["models"]), "the worker")
        microphone.speak(FOX.at(16_000))
        desk.run("daemon", "stop")
        [entry] = desk.history()
        assert (entry["state"], entry["text"].lower()) == ("transcribed", FOX.text.lower())
        assert target.text() == ""
        assert "history copy 1" in desk.run("daemon", "logs")

    def test_keys_that_are_tried_do_nothing_until_the_one_who_tries_them_is_gone(self, desk: Daemon, x_desktop: XDesktop) -> None:
        desk.run("daemon", "start")
        wait_until(lambda: desk.status["hotkeys"]["source"], "the keys")
        with subprocess.Popen(
            [desk.command, "hotkeys", "test"], env=desk.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        ) as trying, killed_after(trying):  # fmt: skip
            assert trying.stderr is not None
            assert trying.stdout is not None
            while "is listening" not in (told := trying.stderr.readline()):
                assert told, "hotkeys test has ended"
            for _ in range(2):
                x_desktop.key_down(*CHORD)
                x_desktop.key_up(*CHORD)
            while "ctrl+alt+space released" not in (shown := trying.stdout.readline()):
                assert shown, "hotkeys test has ended"
            desk.run("daemon", "reload")  # which registers the hotkeys again
            wait_until(lambda: desk.status["hotkeys"]["source"], "the keys")
            x_desktop.key_down(*CHORD)
            x_desktop.key_up(*CHORD)
            while "ctrl+alt+space released" not in (shown := trying.stdout.readline()):
                assert shown, "hotkeys test has ended"
            assert not desk.status["dictation"]["recording"]
        assert desk.history() == []

        def press_records() -> bool:
            x_desktop.key_down(*CHORD)
            x_desktop.key_up(*CHORD)
            return bool(desk.status["dictation"]["recording"])

        wait_until(press_records, "the keys to count again")

    def test_a_recording_that_a_kill_cuts_off_is_finished_by_the_next_daemon_once(self, desk: Daemon, microphone: SoundServer) -> None:
        desk.run("daemon", "start")
        desk.run("dictate", "start")
        wait_until(lambda: desk.history()[0]["audio"], "the recording")
        microphone.speak(FOX.at(16_000))
        pid = desk.status["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: desk.is_gone(pid), "its end")
        desk.run("daemon", "start")
        wait_until(lambda: desk.history()[0]["state"] == "transcribed", "its text")
        assert FOX.text.lower() in desk.history()[0]["text"].lower()
        assert len(desk.history()) == 1

    def test_a_worker_that_is_killed_costs_no_dictation(self, desk: Daemon, microphone: SoundServer) -> None:
        desk.configure('[dictation]\nto = "clipboard"\n')
        desk.run("daemon", "start")
        desk.run("dictate", "start")
        wait_until(lambda: any(each["pid"] for each in desk.status["models"]), "the worker")
        for worker in desk.status["models"]:
            os.kill(worker["pid"], signal.SIGKILL)
        microphone.speak(FOX.at(16_000))
        desk.run("dictate", "stop")
        wait_until(lambda: desk.history()[0]["state"] == "delivered", "its text")
        assert desk.history()[0]["text"].lower() == FOX.text.lower()

    def test_stt_at_the_microphone_uses_its_model(self, desk: Daemon, microphone: SoundServer) -> None:
        desk.run("daemon", "start")
        words = [desk.command, "stt", "--stop-after", "1", "--verbose"]
        with (
            subprocess.Popen(words, env=desk.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process,
            killed_after(process),
        ):
            wait_until(lambda: desk.history(), "the recording to begin")
            microphone.speak(FOX.at(16_000))
            printed, _ = process.communicate(timeout=PATIENCE)
        assert (process.returncode, printed.lower()) == (0, f"{FOX.text.lower()}\n")
        assert [each["model"] for each in desk.status["models"]] == ["whisper/tiny.en"]

    def test_what_is_said_stands_in_no_log(self, desk: Daemon, microphone: SoundServer) -> None:
        desk.configure('[dictation]\nto = "clipboard"\n')
        desk.run("daemon", "start")
        desk.run("dictate", "start")
        wait_until(lambda: desk.history()[0]["audio"], "the recording")
        microphone.speak(FOX.at(16_000))
        desk.run("dictate", "stop")
        wait_until(lambda: desk.history()[0]["state"] == "delivered", "its text")
        logged = desk.run("daemon", "logs", "-n", "1000")
        assert f"A dictation ({len(FOX.text)} characters): clipboard." in logged
        assert "fox" not in logged.lower()
