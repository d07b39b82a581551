"""A working day of the daemon: the typical load of several hours, without the pauses in between.

Memory, threads, open files and temporary files at its end are the same as after the first hour.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import pytest
from voicebridge import paths
from voicebridge.control import ask
from voicebridge.errors import UnavailableError
from voicebridge.journal.history import DELIVERED, History
from voicebridge.testing.lab.desktops import SoundServer
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE, THOROUGH, wait_until
from voicebridge.testing.sounds import FOX

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone"),
    pytest.mark.timeout(900),
]
RATE = 16_000
HOURS, A_HOUR = 8 if THOROUGH else 4, 6
"""A dictation, a file, a text to read and some requests every ten minutes."""
GROWTH = 5.0
"""MiB between the first hours and the last that do not count as growth; with a heap per thread it is twenty in eight hours."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The resources of a process."""

    memory: float
    """MiB of private memory: whether mapped files count depends on who else has mapped them."""
    threads: int
    files: int
    temporary: int
    """Files in the temporary folders."""


class Day:
    """A daemon and its load."""

    def __init__(self, command: str, environment: dict[str, str], sound: SoundServer, folder: Path) -> None:
        self._command, self._environment, self._sound, self._folder = command, environment, sound, folder
        self._said = FOX.at(RATE)[: round(0.9 * RATE)]
        self._count = 0
        self.process = subprocess.Popen([command, "daemon", "run"], env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "the daemon")

    def hour(self) -> Taken:
        """Use it for an hour, and measure when everything is finished."""
        for _ in range(A_HOUR):
            self._count += 1
            self._dictate()
            self._drop()
            ask("read.text", text="This is read aloud.")
            self._pester()
            ask("daemon.status")
        ask("read.stop")
        ask("daemon.reload", seconds=PATIENCE)
        done = subprocess.run([self._command, "stt", str(self._recording())], env=self._environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: ask("daemon.status")["queue"] == 0, "the files")
        wait_until(lambda: ask("daemon.status")["reading"]["state"] == "idle", "silence")
        wait_until(lambda: not ask("daemon.status")["models"], "the models to be unloaded")
        return self._take_stock()

    def _dictate(self) -> None:
        ask("dictate.start")
        wait_until(lambda: ask("daemon.status")["dictation"]["recording"], "the recording")
        self._sound.speak(self._said, RATE)
        ask("dictate.stop")
        with closing(History(paths.data_dir() / "history")) as journal:
            wait_until(lambda: len(journal.entries()) == self._count and journal.entries(1)[0].state == DELIVERED, "the text")

    def _drop(self) -> None:
        with wave.open(str(self._folder / f"recording-{self._count}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
            silence = np.zeros(160 * self._count, np.float32)  # no two have the same content
            file.writeframes((np.concatenate([silence, self._said]) * 32767).astype("<i2").tobytes())

    def _recording(self) -> Path:
        return self._folder / f"recording-{self._count}.wav"

    def _pester(self) -> None:
        """Connect and send an invalid message, half a line, and nothing."""
        for words in (b"\x00\xff\n", b'{"version": 1, "do": "dae', b""):
            with socket.socket(socket.AF_UNIX) as peer, suppress(OSError):
                peer.connect(str(paths.runtime_dir() / "control"))
                peer.sendall(words)

    def _answers(self) -> bool:
        with suppress(UnavailableError):
            return bool(ask("daemon.status")["pid"] == self.process.pid)
        return False

    def _take_stock(self) -> Taken:
        """Measure once everything that ends by itself has ended."""
        process = psutil.Process(self.process.pid)
        temporary = [each for folder in ("tmp", "home/runtime") for each in (self._folder.parent / folder).rglob("*")]
        last, since = (0, 0), time.monotonic()
        while time.monotonic() - since < 1.0:
            if (now := (process.num_threads(), process.num_fds())) != last:
                last, since = now, time.monotonic()
            time.sleep(0.05)
        written = re.search(r"RssAnon:\s*(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        assert written is not None
        return Taken(int(written[1]) / 1024, *last, len(temporary))


@pytest.fixture
def day(
    command: str, environment: dict[str, str], x_desktop: XDesktop, microphone: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Day]:
    for name in ("drop", "tmp"):
        (tmp_path / name).mkdir()
    home = Path(environment["VOICEBRIDGE_HOME"])
    home.mkdir()
    (home / "config.toml").write_text(
        '[stt]\nmodel = "tiny.en"\n[dictation]\nto = "clipboard"\n[reading]\nnext = "queue"\n'
        f'[[watch]]\nfolder = "{tmp_path}/drop"\n[daemon]\nidle_unload = 1\n'
    )
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(home))  # for requests from this process
    kept = {name: value for name, value in environment.items() if name not in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
    more = {**x_desktop.environment, **microphone.environment, "TMPDIR": str(tmp_path / "tmp")}
    day = Day(command, {**kept, **more}, microphone, tmp_path / "drop")
    yield day
    day.process.terminate()
    day.process.wait(PATIENCE)


def test_hours_of_use_leave_the_daemon_as_large_as_the_first_one(day: Day) -> None:
    hours = [day.hour() for _ in range(HOURS)]
    first, last = hours[0], hours[-1]
    assert (last.threads, last.files, last.temporary) == (first.threads, first.files, first.temporary), hours
    memory = [hour.memory for hour in hours]
    ends = HOURS // 2 - 1
    assert median(memory[-ends:]) - median(memory[:ends]) < GROWTH, memory
