"""Listeners of plugins are told what commands and the daemon do; with real speech, and for dictation on a real desktop."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from voicebridge.testing.lab.desktops import SoundServer
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import wait_until
from voicebridge.testing.sounds import FOX

if TYPE_CHECKING:
    from tests.daemon.conftest import Daemon

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone"),
    pytest.mark.timeout(600),
]

LISTENER = """
import json, os
from voicebridge import Host, ListenerSpec, hookimpl

@hookimpl
def voicebridge_events():
    yield ListenerSpec(name="log", factory="NAME_plugin:Log")

class Log:
    def handle(self, event):
        with (Host.current().data_folder("NAME") / "events.jsonl").open("a") as file:
            print(json.dumps({"name": event.name, "process": os.getpid(), **event.data}), file=file)
"""


def events(daemon: Daemon) -> list[dict[str, Any]]:
    path = daemon.folder / "ears" / "events.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def without_process(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "process"}


def test_commands_tell_what_they_have_written(daemon: Daemon, root: Path, tmp_path: Path) -> None:
    daemon.plant("ears", LISTENER)
    recording, broken = shutil.copy(root / "samples" / "welcome.flac", tmp_path), tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    daemon.run("stt", str(recording), str(broken), "-f", "txt", code=1)
    (tmp_path / "text.md").write_text("Good morning.")
    daemon.run("tts", str(tmp_path / "text.md"), "-m", "piper/joe", "-o", str(tmp_path / "text.wav"))
    failed, *others = sorted((without_process(each) for each in events(daemon)), key=lambda each: str(each["name"]))
    assert (failed["name"], failed["path"]) == ("job.failed", str(broken))
    assert str(broken) in failed["message"]
    assert [each["name"] for each in others] == ["speech.written", "transcript.written"]
    assert others[0] == {
        "name": "speech.written", "document": str(tmp_path / "text.md"), "file": str(tmp_path / "text.wav"), "model": "piper/joe",
    }  # fmt: skip
    written = others[1]
    assert (written["recording"], written["files"]) == (str(recording), [str(tmp_path / "welcome.txt")])
    assert (written["model"], written["language"]) == ("whisper/tiny.en", "en")
    assert 1 < written["duration"] < 60


def test_python_tells_what_it_has_written(daemon: Daemon, tmp_path: Path) -> None:
    daemon.plant("ears", LISTENER)
    target = tmp_path / "speech.wav"
    script = f"import voicebridge; voicebridge.save_speech('Good morning.', {str(target)!r}, model='piper/joe')"
    subprocess.run([sys.executable, "-c", script], env=daemon.environment, check=True)
    assert [without_process(each) for each in events(daemon)] == [
        {"name": "speech.written", "document": None, "file": str(target), "model": "piper/joe"}
    ]


def test_the_daemon_tells_of_models_and_folders_and_a_command_that_it_serves_of_its_files(
    daemon: Daemon, root: Path, tmp_path: Path
) -> None:
    daemon.plant("ears", LISTENER)
    folder = tmp_path / "watched"
    folder.mkdir()
    daemon.configure(f"[daemon]\nidle_unload = 0\n[[watch]]\nfolder = '{folder}'\nstable_for = 0\n")
    daemon.run("daemon", "start")
    recording = Path(shutil.copy(root / "samples" / "welcome.flac", tmp_path))
    daemon.run("stt", str(recording), "-f", "txt")
    pid = daemon.status["pid"]
    (written,) = [each for each in events(daemon) if each["name"] == "transcript.written"]
    assert written["process"] != pid
    wait_until(lambda: "model.unloaded" in [each["name"] for each in events(daemon)], "the end of the model")
    loaded, unloaded = (each for each in events(daemon) if each["process"] == pid)
    assert without_process(loaded) == {"name": "model.loaded", "model": "whisper/tiny.en", "kind": "stt"}
    assert without_process(unloaded) == {"name": "model.unloaded", "model": "whisper/tiny.en", "kind": "stt"}
    shutil.copy(recording, folder / "again.flac")
    wait_until(lambda: [each for each in events(daemon) if each.get("recording") == str(folder / "again.flac")], "the transcript")
    again = next(each for each in events(daemon) if each.get("recording") == str(folder / "again.flac"))
    assert (again["files"], again["process"]) == ([str(folder / "again.txt")], pid)


def test_a_dictation_is_told_without_its_text(daemon: Daemon, x_desktop: XDesktop, microphone: SoundServer) -> None:
    daemon.environment = {
        **daemon.environment, **x_desktop.environment, **microphone.environment, "VOICEBRIDGE_DICTATION_SOUNDS": "false",
        "VOICEBRIDGE_DICTATION_TO": "clipboard",
    }  # fmt: skip
    daemon.plant("ears", LISTENER)
    daemon.run("daemon", "start")
    daemon.run("dictate", "start")
    wait_until(lambda: "recording.started" in [each["name"] for each in events(daemon)], "the recording")
    microphone.speak(FOX.at(16_000))
    daemon.run("dictate", "stop")
    wait_until(lambda: "dictation.delivered" in [each["name"] for each in events(daemon)], lambda: daemon.log)
    found = [without_process(each) for each in events(daemon) if not each["name"].startswith("model.")]
    assert [each["name"] for each in found] == ["recording.started", "recording.stopped", "dictation.delivered"]
    delivered = found[-1]
    assert delivered.keys() == {"name", "to", "application", "duration"}
    assert delivered["to"] == "clipboard"
    assert delivered["duration"] > 1
