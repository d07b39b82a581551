"""A sound server and an X server for a test, on a machine without them: fixtures to be imported in a conftest.py.

They need Linux and some programs; without these, tests are skipped with the names of the packages. Every server has its own folder or
number, so that tests can run in parallel, and is ended with its test.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voicebridge.audio.pcm import BYTES, from_pcm, to_pcm
from voicebridge.testing.processes import PATIENCE, end, need, wait_until
from voicebridge.testing.sounds import Sound

OUTPUT = "vb_out"
"""Id of the default output of a :class:`SoundServer`; what is played on it can be recorded."""
OTHER_OUTPUT = "vb_other"
NAMES = {OUTPUT: "Loudspeaker", OTHER_OUTPUT: "Headphones"}
"""The user-visible names of the outputs."""
MICROPHONE = "vb_mic"
"""Default id of the microphone added by :meth:`SoundServer.plug_in`."""
OTHER_MICROPHONE = "vb_headset"


@dataclass
class Recording:
    """A recording of an output."""

    path: Path
    sample_rate: int

    @property
    def sound(self) -> Sound:
        """The audio so far, ``float32[n]``."""
        data = self.path.read_bytes()
        return from_pcm(data[: len(data) // BYTES * BYTES])

    def wait_for(self, seconds: float) -> None:
        """Return when that much has been recorded."""
        wait_until(lambda: self.path.stat().st_size >= seconds * self.sample_rate * 2, "the recording to go on")


def without_silence(heard: Sound) -> Sound:
    """What is heard in a recording of an output, without the silence around it and where a busy machine had no time to play on."""
    # A loud sound crosses zero more often than that.
    return heard[np.convolve(np.abs(heard) > 0.003, np.ones(240), "same") > 0.5]


@dataclass
class SoundServer:
    """A PulseAudio server with two silent outputs, and microphones that record audio provided by a test."""

    folder: Path
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    """The variables with which programs find it."""
    sample_rate: int = 48_000
    """In Hertz, of both outputs."""
    _helpers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _plugged_in: dict[str, list[str]] = field(default_factory=dict)

    def plug_in(self, microphone: str = MICROPHONE, name: str = "Microphone") -> None:
        """Add a silent microphone, which becomes the system's default; ``name`` is its user-visible name."""
        spoken = f"{microphone}_spoken"  # the microphone records what is played on it
        # Without rewinds, it works in blocks of 50 ms, like a sound card, and otherwise in blocks of 2 s.
        sink = [
            "module-null-sink",
            "rate=48000",
            "channels=1",
            "norewinds=1",
            f"sink_name={spoken}",
            f"sink_properties=device.description=Near{name}",
        ]
        source = ["module-remap-source", f"master={spoken}.monitor", f"source_name={microphone}"]
        source += [f"source_properties=device.description={name}"]
        self._plugged_in[microphone] = [self.control("load-module", *module).strip() for module in (sink, source)]
        self.control("set-default-source", microphone)

    def unplug(self, microphone: str = MICROPHONE) -> None:
        """Remove a microphone, also while it is being recorded."""
        for module in reversed(self._plugged_in.pop(microphone)):
            self.control("unload-module", module)

    def speak(self, sound: Path | Sound, sample_rate: int = 16_000, microphone: str = MICROPHONE) -> None:
        """Play audio into a microphone, adding it if necessary, and return at its end.

        Args:
            sound: a WAV or FLAC file, or ``float32[n]``.
            sample_rate: of an array, in Hz.
            microphone: that records it.
        """
        if code := self.begin_to_speak(sound, sample_rate, microphone).wait(PATIENCE + _seconds(sound, sample_rate)):
            pytest.fail(f"paplay ended with code {code}")

    def begin_to_speak(self, sound: Path | Sound, sample_rate: int = 16_000, microphone: str = MICROPHONE) -> subprocess.Popen[bytes]:
        """The same without waiting; the process ends with the audio, or with the server."""
        if microphone not in self._plugged_in:
            self.plug_in(microphone)
        command = ["paplay", f"--device={microphone}_spoken"]
        if isinstance(sound, Path):
            speaker = _start([*command, str(sound)], self.environment)
        else:
            path = self.folder / f"spoken-{len(self._helpers)}.raw"
            path.write_bytes(to_pcm(sound))
            command += ["--raw", "--format=s16le", "--channels=1", f"--rate={sample_rate}"]
            speaker = _start([*command, str(path)], self.environment)
        self._helpers.append(speaker)
        return speaker

    @contextmanager
    def recording(self, output: str = OUTPUT) -> Iterator[Recording]:
        """Record an output; recording has started when this returns."""
        path = self.folder / f"{output}-{len(self._helpers)}.raw"
        with path.open("wb") as file:
            command = ["parec", "--device", f"{output}.monitor", "--raw", "--format=s16le", "--channels=1", "--latency-msec=10"]
            recorder = _start([*command, f"--rate={self.sample_rate}"], self.environment, stdout=file)
        self._helpers.append(recorder)
        recorded = Recording(path, self.sample_rate)
        try:
            recorded.wait_for(0.1)
            yield recorded
        finally:
            end(recorder)

    def control(self, *words: str) -> str:
        """The output of ``pactl`` with these arguments."""
        # S603, S607: a program of the machine, and arguments of the test.
        done = subprocess.run(["pactl", *words], env={**os.environ, **self.environment}, capture_output=True, text=True, check=True)  # noqa: S603, S607
        return done.stdout

    def kill(self) -> None:
        """Kill the server, as in a crash."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it, and everything that plays and records."""
        for process in [*self._helpers, self.process]:
            end(process)


@pytest.fixture
def sound_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """A sound server used by this process and its children."""
    need({"pulseaudio": "pulseaudio", "parec": "pulseaudio-utils", "pactl": "pulseaudio-utils"})
    with sound_server_in(tmp_path / "sound") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@contextmanager
def sound_server_in(folder: Path) -> Iterator[SoundServer]:
    """The same outside tests: a sound server with its files in ``folder``, which is created."""
    folder.mkdir(mode=0o700)
    environment = {
        "PULSE_SERVER": f"unix:{folder}/native", "PULSE_RUNTIME_PATH": str(folder), "PULSE_STATE_PATH": str(folder),
        "PULSE_COOKIE": str(folder / "cookie"), "PULSE_CLIENTCONFIG": os.devnull,
    }  # fmt: skip
    modules = [f"module-native-protocol-unix socket={folder}/native auth-anonymous=1 auth-cookie-enabled=0"]
    # Without rewinds, such an output works in blocks of 50 ms, like a sound card, and otherwise in blocks of 2 s.
    sink = "module-null-sink rate=48000 norewinds=1"
    modules += [f"{sink} sink_name={output} sink_properties=device.description={name}" for output, name in NAMES.items()]
    load = [word for module in modules for word in ("-L", module)]
    command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes", *load]
    process = _start(command, environment)
    server = SoundServer(folder, process, environment)
    try:
        wait_until(lambda: _answers(folder / "native"), "PulseAudio")
        server.control("set-default-sink", OUTPUT)
        yield server
    finally:
        server.close()


@pytest.fixture
def microphone(sound_server: SoundServer) -> SoundServer:
    """The sound server with a microphone."""
    need({"paplay": "pulseaudio-utils"})
    sound_server.plug_in()
    return sound_server


@pytest.fixture
def no_sound_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session without a sound server."""
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    monkeypatch.setenv("PULSE_RUNTIME_PATH", str(tmp_path))
    monkeypatch.setenv("PULSE_CLIENTCONFIG", os.devnull)


@pytest.fixture
def x_display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An X server without a screen; sets DISPLAY and returns it."""
    need({"Xvfb": "xvfb"})
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
        end(process)


def _seconds(sound: Path | Sound, sample_rate: int) -> float:
    """Maximum seconds for playing audio: 16-bit audio fits into that many bytes."""
    return sound.stat().st_size / 4_000 if isinstance(sound, Path) else len(sound) / sample_rate


def _start(command: Sequence[str], environment: Mapping[str, str], **settings: Any) -> subprocess.Popen[bytes]:
    settings = {"stdout": subprocess.DEVNULL, **settings}
    return subprocess.Popen(  # noqa: S603 - programs of the test machine
        command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **settings
    )


def _answers(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
