"""The commands, the daemon and its workers open no foreign socket, look up no host and write nowhere else, including native threads.

Offline mode is not set here: with local weights, VoiceBridge has no reason to use the network.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from voicebridge.testing.processes import wait_until
from voicebridge.testing.system_calls import Watch, as_a_user_has, desktop_folders, desktop_sockets, need_system_calls

SPEECH = "welcome.flac"


@dataclass
class Watched:
    """The command for a first-time user, with all system calls monitored."""

    command: str
    user: Path
    watch: Watch
    environment: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it monitored."""
        return subprocess.run(
            self.watch.command([self.command, *words]), cwd=self.user, env=self.environment, capture_output=True, text=True,
            encoding="utf-8", check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start it monitored."""
        return subprocess.Popen(
            self.watch.command([self.command, *words]), cwd=self.user, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


@pytest.fixture
def watched(tmp_path: Path, root: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A temporary home in which only VoiceBridge's files and the user's recordings may be changed."""
    need_system_calls()
    for name in ("VOICEBRIDGE_HOME", "VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    user, places, record = (tmp_path / name for name in ("user", "places", "record"))
    for folder in (work := user / "work", places, record):
        folder.mkdir(parents=True)
    (work / SPEECH).write_bytes((root / "samples" / SPEECH).read_bytes())
    environment = {
        **as_a_user_has(), "HOME": str(user), "VOICEBRIDGE_HOME": str(places), "TMPDIR": str(places),
        "VOICEBRIDGE_DICTATION_SOUNDS": "false", "VOICEBRIDGE_STT_MODEL": "tiny.en",
    }  # fmt: skip
    desktop = desktop_folders(user)
    for folder in desktop:
        folder.mkdir(parents=True)
    return Watched(command, work, Watch(record, [work, places, *desktop], desktop_sockets()), environment)


@pytest.mark.parametrize(
    ("words", "code", "seen"),
    [
        (("stt", SPEECH, "-f", "srt"), 0, "silero_vad"),
        (("tts", "Nothing leaves this machine.", "-m", "joe", "-o", "spoken.wav"), 0, "spoken.wav"),
        (("models",), 0, "voicebridge"),
        (("doctor",), None, "onnxruntime_pybind11_state"),
        (("dictate",), 1, "voicebridge"),
    ],
    ids=["stt", "tts", "models", "doctor", "dictate without a desktop"],
)
def test_a_command_stays_on_the_machine(watched: Watched, words: tuple[str, ...], code: int | None, seen: str) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        watched.environment.pop(name, None)
    done = watched.run(*words)
    assert code is None or done.returncode == code, done.stderr
    assert watched.watch.has_seen(seen)
    assert watched.watch.faults() == []


def test_the_daemon_and_its_workers_stay_on_the_machine(watched: Watched) -> None:
    def ask(*words: str) -> int:
        return subprocess.run(
            [watched.command, *words], cwd=watched.user, env=watched.environment, capture_output=True, check=False
        ).returncode

    daemon = watched.start("daemon", "run")
    try:
        wait_until(lambda: ask("daemon", "status") == 0, "the daemon to answer", daemon, every=0.1)
        assert ask("stt", SPEECH) == 0
        assert ask("tts", "Nothing leaves this machine.", "-m", "joe", "-o", "spoken.wav") == 0
    finally:
        ask("daemon", "stop")
        daemon.wait(60)
    for data in ("silero_vad", "espeak-ng-data"):  # both workers were monitored
        assert watched.watch.has_seen(data), data
    assert watched.watch.faults() == []
