"""What the tests that cross packages share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
_AS_ROOT = sys.platform == "linux" and os.geteuid() == 0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for the configuration and the cache, so that no test sees what a user or another test has set."""
    for name in [name for name in os.environ if name.startswith(("VOICEBRIDGE_", "_VOICEBRIDGE_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "voicebridge-home"
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the workspace."""
    return ROOT


@pytest.fixture(scope="session")
def packages() -> list[Path]:
    """The folder of every package in the workspace, the core first."""
    return [ROOT / "core", *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


@pytest.fixture(scope="session")
def command() -> str:
    """The installed command."""
    return shutil.which("voicebridge", path=str(Path(sys.executable).parent)) or "voicebridge"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a process of the command finds: a home of its own, no network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOICEBRIDGE_", "HF_"))}
    return {**kept, "VOICEBRIDGE_HOME": str(tmp_path / "home"), "VOICEBRIDGE_OFFLINE": "1"}


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str], command: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``voicebridge stt`` with tiny.en in a folder of its own; ``before`` is a command that starts it."""

    def run(*words: str, model: str = "tiny.en", before: tuple[str, ...] = (), **settings: Any) -> subprocess.CompletedProcess[str]:
        extra = settings.pop("environment", {})
        return subprocess.run(
            [*before, command, "stt", "-m", model, *words],
            cwd=tmp_path, env={**environment, **extra}, capture_output=True, text=True, encoding="utf-8", check=False, **settings,
        )  # fmt: skip

    return run


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Write the spoken sample, or any other sound of 48 kHz, into any container and codec, with or without pictures or sound."""

    def write(
        name: str, codec: str, *, rate: int = 48_000, layout: str = "mono", video: bool = False, sound: Any = None,
        options: dict[str, str] | None = None,
    ) -> Path:  # fmt: skip
        path = tmp_path / name
        sound = spoken_sample(48_000) if sound is None else sound
        with av.open(str(path), "w", options=options or {}) as container:
            pictures = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p") if video else None
            track: Any = container.add_stream(codec, rate=rate, layout=layout) if codec else None
            if pictures is not None:
                for index in range(20):
                    picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
                    picture.pts = index
                    container.mux(pictures.encode(picture))
                container.mux(pictures.encode(None))
            if track is None:
                return path
            size = track.codec_context.frame_size or 1024
            resampler = av.AudioResampler(format=track.format.name, layout=layout, rate=rate, frame_size=size)
            for at in range(0, len(sound), 4800):
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[np.newaxis, at : at + 4800]), format="flt", layout="mono")
                frame.sample_rate, frame.pts = 48_000, at
                for resampled in resampler.resample(frame):
                    container.mux(track.encode(resampled))
            for resampled in resampler.resample(None):
                container.mux(track.encode(resampled))
            container.mux(track.encode(None))
        return path

    return write


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KB with nothing left on it."""
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
    """Give the spoken sample at a rate in Hz, as ``float32[n]``."""
    return spoken_sample
