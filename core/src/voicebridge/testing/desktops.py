"""A sound server and a desktop of a test's own, on a machine that has neither: fixtures to be imported into a conftest.py.

They need Linux and its programs; where those are missing, tests are skipped and say which package to install. Every server has its own
folder or number, so that tests may run side by side, and ends with its test.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from voicebridge.audio.pcm import BYTES, from_pcm
from voicebridge.testing.sounds import Sound

PATIENCE = 20.0
"""Seconds that a server may take to come up."""
OUTPUT = "vb_out"
"""Id of the default output of a :class:`SoundServer`; what is played on it can be recorded."""
OTHER_OUTPUT = "vb_other"
NAMES = {OUTPUT: "Loudspeaker", OTHER_OUTPUT: "Headphones"}
"""What people see of the outputs."""


@dataclass
class Recording:
    """What is heard on an output while it is recorded."""

    path: Path
    sample_rate: int

    @property
    def sound(self) -> Sound:
        """All that has been heard so far, ``float32[n]``."""
        data = self.path.read_bytes()
        return from_pcm(data[: len(data) // BYTES * BYTES])

    def wait_for(self, seconds: float) -> None:
        """Return once that much has been recorded."""
        _wait_until(lambda: self.path.stat().st_size >= seconds * self.sample_rate * 2, "the recording to go on")


@dataclass
class SoundServer:
    """A PulseAudio server with two outputs that nobody hears."""

    folder: Path
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    """The variables by which programs find it."""
    sample_rate: int = 48_000
    """Hertz, of both outputs."""
    _recorders: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @contextmanager
    def recording(self, output: str = OUTPUT) -> Iterator[Recording]:
        """Record what is played on an output; it has begun when this returns."""
        path = self.folder / f"{output}-{len(self._recorders)}.raw"
        with path.open("wb") as file:
            command = ["parec", "--device", f"{output}.monitor", "--raw", "--format=s16le", "--channels=1", "--latency-msec=10"]
            recorder = _start([*command, f"--rate={self.sample_rate}"], self.environment, stdout=file)
        self._recorders.append(recorder)
        recorded = Recording(path, self.sample_rate)
        try:
            recorded.wait_for(0.1)
            yield recorded
        finally:
            _end(recorder)

    def control(self, *words: str) -> str:
        """What ``pactl`` with these words says."""
        # S603, S607: a program of the test machine, and words of the test.
        done = subprocess.run(["pactl", *words], env={**os.environ, **self.environment}, capture_output=True, text=True, check=True)  # noqa: S603, S607
        return done.stdout

    def kill(self) -> None:
        """Take the sound away, as a crash does."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def sound_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """A sound server that this process, and those that it starts, play on."""
    _need({"pulseaudio": "pulseaudio", "parec": "pulseaudio-utils", "pactl": "pulseaudio-utils"})
    with sound_server_in(tmp_path / "sound") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@contextmanager
def sound_server_in(folder: Path) -> Iterator[SoundServer]:
    """The same outside tests: a sound server that keeps its things in ``folder``, which is made."""
    folder.mkdir(mode=0o700)
    environment = {
        "PULSE_SERVER": f"unix:{folder}/native", "PULSE_RUNTIME_PATH": str(folder), "PULSE_STATE_PATH": str(folder),
        "PULSE_COOKIE": str(folder / "cookie"), "PULSE_CLIENTCONFIG": os.devnull,
    }  # fmt: skip
    modules = [f"module-native-protocol-unix socket={folder}/native auth-anonymous=1 auth-cookie-enabled=0"]
    # Without rewinds such an output works in blocks of 50 ms, as a sound card does, and otherwise in blocks of 2 s.
    sink = "module-null-sink rate=48000 norewinds=1"
    modules += [f"{sink} sink_name={output} sink_properties=device.description={name}" for output, name in NAMES.items()]
    load = [word for module in modules for word in ("-L", module)]
    command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes", *load]
    process = _start(command, environment)
    server = SoundServer(folder, process, environment)
    try:
        _wait_until(lambda: _answers(folder / "native"), "PulseAudio")
        server.control("set-default-sink", OUTPUT)
        yield server
    finally:
        _end(process)


@pytest.fixture
def no_sound_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session in which no sound server answers."""
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    monkeypatch.setenv("PULSE_RUNTIME_PATH", str(tmp_path))
    monkeypatch.setenv("PULSE_CLIENTCONFIG", os.devnull)


@pytest.fixture
def x_display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An X server without a screen; gives its DISPLAY, which is set."""
    _need({"Xvfb": "xvfb"})
    told, tells = os.pipe()
    command = ["Xvfb", "-displayfd", str(tells), "-screen", "0", "640x480x24", "-nolisten", "tcp", "-ac", "-noreset"]
    process = _start(command, {}, pass_fds=(tells,))
    os.close(tells)
    try:
        with os.fdopen(told) as file:
            number = file.readline().strip()
        if not number:
            pytest.fail("Xvfb did not start")
        monkeypatch.setenv("DISPLAY", f":{number}")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield f":{number}"
    finally:
        _end(process)


def _need(packages: Mapping[str, str]) -> None:
    if sys.platform != "linux":
        pytest.skip("needs Linux")
    if missing := sorted({package for program, package in packages.items() if shutil.which(program) is None}):
        pytest.skip(f"needs: apt install {' '.join(missing)}")


def _start(command: Sequence[str], environment: Mapping[str, str], **settings: Any) -> subprocess.Popen[bytes]:
    settings = {"stdout": subprocess.DEVNULL, **settings}
    return subprocess.Popen(  # noqa: S603 - programs of the test machine
        command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **settings
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        return  # nothing was started
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        os.killpg(process.pid, signal.SIGCONT)  # a test may have frozen it
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until(reached: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > end:
            pytest.fail(f"waited {PATIENCE:g} s for {what}")
        time.sleep(0.01)


def _answers(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
