"""Fixtures shared by the tests that span several packages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import psutil
import pytest
from voicebridge.testing.lab.bus import session_bus as session_bus
from voicebridge.testing.lab.desktops import microphone as microphone
from voicebridge.testing.lab.desktops import no_sound_server as no_sound_server
from voicebridge.testing.lab.desktops import sound_server as sound_server
from voicebridge.testing.lab.desktops import x_display as x_display
from voicebridge.testing.lab.loggers import loggers_restored as loggers_restored
from voicebridge.testing.lab.media import write_media
from voicebridge.testing.lab.pages import read_blocks
from voicebridge.testing.lab.wayland import sway_desktop as sway_desktop
from voicebridge.testing.lab.x11 import x_desktop as x_desktop
from voicebridge.testing.processes import wait_until

ROOT = Path(__file__).resolve().parents[1]
_AS_ROOT = sys.platform == "linux" and os.geteuid() == 0


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start long tests first (those with their own timeout, and heavy ones), so that none is left for a single worker at the end."""
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("timeout", "heavy")])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary home for configuration and cache, so that no test sees what a user or another test has set."""
    for name in [name for name in os.environ if name.startswith(("VOICEBRIDGE_", "_VOICEBRIDGE_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "voicebridge-home"
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The root folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def packages() -> list[Path]:
    """The folders of all packages in the repository, the core first."""
    return [ROOT / "core", *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


@pytest.fixture(scope="session")
def command() -> str:
    """The path of the installed command."""
    return shutil.which("voicebridge", path=str(Path(sys.executable).parent)) or "voicebridge"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment for processes of the command: a temporary home, no network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOICEBRIDGE_", "HF_"))}
    return {**kept, "VOICEBRIDGE_HOME": str(tmp_path / "home"), "VOICEBRIDGE_OFFLINE": "1"}


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def voicebridge(tmp_path: Path, environment: dict[str, str], command: str) -> Run:
    """Run ``voicebridge`` in a temporary folder, without a terminal; ``before`` is a command that starts it."""

    def run(*words: str, before: tuple[str, ...] = (), **settings: Any) -> subprocess.CompletedProcess[str]:
        extra = settings.pop("environment", {})
        return subprocess.run(
            [*before, command, *words], cwd=tmp_path, env={**environment, **extra}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, encoding="utf-8", check=False, **settings,
        )  # fmt: skip

    return run


@pytest.fixture
def run(voicebridge: Run) -> Run:
    """Run ``voicebridge stt``, by default with tiny.en."""
    return lambda *words, model="tiny.en", **settings: voicebridge("stt", "-m", model, *words, **settings)


@pytest.fixture
def speak(voicebridge: Run) -> Run:
    """Run ``voicebridge tts``."""
    return partial(voicebridge, "tts")


@pytest.fixture
def expect_refusal(tmp_path: Path) -> Callable[..., str]:
    """Run a command that must fail with one line, without leaving a file or loading a model; returns the line."""

    def expect(run: Run, *words: str, code: int = 1, loads: bool = False, **settings: Any) -> str:
        before = _files_in(tmp_path)
        done = run(*words, **settings)
        assert (done.returncode, done.stdout) == (code, ""), done
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("Error: ")
        assert _files_in(tmp_path) == before
        assert loads or "loaded in" not in done.stderr
        return done.stderr

    return expect


def _files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if folder / "home" not in (path, *path.parents)}


@pytest.fixture
def daemon_status(voicebridge: Run) -> Iterator[Callable[[], dict[str, Any]]]:
    """A daemon; returns its status."""
    started = voicebridge("daemon", "start")
    assert started.returncode == 0, started.stderr

    def call() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(voicebridge("daemon", "status", "--json").stdout)
        return found

    pid = call()["pid"]
    try:
        yield call
    finally:
        voicebridge("daemon", "stop")
        wait_until(lambda: not psutil.pid_exists(pid), "the daemon to end")


@pytest.fixture
def acme_live(tmp_path: Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment with the plugin of docs/plugins/partial-results.md: its model acme-live/sing is a streaming one with drafts."""
    site = tmp_path / "acme-live"
    for block in read_blocks(ROOT / "docs/plugins/partial-results.md"):
        if block.title:
            block.write(site)
    info = site / "src/acme_live-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-live\nVersion: 1.0.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[voicebridge]\nacme-live = acme_live.plugin\n", "utf-8")
    subprocess.run([sys.executable, site / "make_song.py"], cwd=tmp_path, check=True)
    environment["PYTHONPATH"] = str(site / "src")
    return environment


@pytest.fixture
def pitch(tmp_path: Path, environment: dict[str, str]) -> Path:
    """The package of ``voicebridge plugins new pitch --kind diarizer`` in the environment: its diarizer is pitch/pitch."""
    from voicebridge.cli.plugins.new import PluginKind, write_package

    source = write_package("pitch", PluginKind.DIARIZER, tmp_path) / "src"
    info = source / "voicebridge_pitch-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voicebridge-pitch\nVersion: 0.1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[voicebridge]\npitch = voicebridge_pitch.plugin\n", "utf-8")
    environment["PYTHONPATH"] = str(source)
    return source / "voicebridge_pitch"


@pytest.fixture
def meeting(record: Callable[..., Path]) -> Path:
    """``meeting.wav``: a low voice, a high one, and the low one again, with pauses of 0.7 s; 10.4 s in all."""
    import numpy as np
    from voicebridge.testing import FOX, STELLA

    low, high, pause = FOX.at(48_000), STELLA.at(48_000), np.zeros(33_600, np.float32)
    faster = np.arange(0, len(high) - 1, 1.4)  # as if from a smaller person
    high = np.interp(faster, np.arange(len(high)), high).astype(np.float32)
    return record("meeting.wav", "pcm_s16le", sound=np.concatenate([low, pause, high, pause, low, pause]))


@pytest.fixture
def run_here(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run ``voicebridge`` in a temporary folder, but in this process: for the many runs that end before a model is loaded."""
    from voicebridge.cli import app

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["voicebridge", *words])
        capfd.readouterr()
        with mock.patch.dict(os.environ, environment, clear=True), pytest.raises(SystemExit) as ending:
            app.main()
        return subprocess.CompletedProcess(words, int(ending.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Write the speech sample, or any other 48 kHz sound, to any container and codec, with or without video or audio."""

    def write(name: str, codec: str, *, rate: int = 48_000, sound: Any = None, **more: Any) -> Path:
        return write_media(tmp_path / name, spoken_sample(48_000) if sound is None else sound, codec, rate=rate, **more)

    return write


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KB that is full."""
    if not _AS_ROOT:
        pytest.skip("only root may mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        with (disk / "others").open("wb", buffering=0) as others:
            while True:
                try:
                    others.write(bytes(4096))
                except OSError:
                    break
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def spoken_sample(rate: int) -> Any:
    """``samples/welcome.flac`` as ``float32[n]``."""
    from voicebridge.audio.decode import AudioReader

    with AudioReader(ROOT / "samples/welcome.flac") as reader:
        return np.concatenate([chunk.samples for chunk in reader.chunks(rate)])


@pytest.fixture(scope="session")
def sample_at() -> Callable[[int], Any]:
    """Return the speech sample at a rate in Hz, as ``float32[n]``."""
    return spoken_sample
