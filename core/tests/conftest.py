"""Shared by several folders: media, a temporary home, plugins that are really installed, the command in this process, desktops."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from voicebridge.cli import app
from voicebridge.runtime import installed
from voicebridge.testing.lab.desktops import microphone as microphone
from voicebridge.testing.lab.desktops import sound_server as sound_server
from voicebridge.testing.lab.loggers import loggers_restored as loggers_restored
from voicebridge.testing.lab.media import write_media
from voicebridge.testing.sounds import Sound

# The time for an example, or for generating one, is not meaningful on a busy machine.
settings.register_profile("voicebridge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("voicebridge")

Record = Callable[..., Path]


def tone(seconds: float = 1.0, hertz: float = 440.0, rate: int = 48_000) -> Sound:
    """A sine at half full scale, ``float32[n]``."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Write 48 kHz mono ``float32[n]`` to a file with any container and codec, with or without video."""

    def write(
        name: str, codec: str = "pcm_s16le", rate: int = 16_000, layout: str = "mono", sound: Sound | None = None, **more: Any
    ) -> Path:
        return write_media(tmp_path / name, tone() if sound is None else sound, codec, rate=rate, layout=layout, **more)

    return write


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``VOICEBRIDGE_HOME``, without variables set in the environment."""
    for name in [*os.environ, "VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE"]:
        if name.startswith("VOICEBRIDGE_") or name == "HF_HUB_OFFLINE":
            monkeypatch.setenv(name, "")  # so that it is restored even if a run sets it
            monkeypatch.delenv(name)
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(place))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):  # where doctor deletes files of other software
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    return place


@dataclass
class Site:
    """A folder of installed packages that contains only what a test installs."""

    path: Path

    def install(self, name: str, source: str, *, dist: str | None = None, version: str = "1.0", **modules: str) -> str:
        """Install a plugin: a module with an entry point, and further modules in the same package; returns the package's name."""
        dist = dist or f"{name}-plugin"
        package = "planted_" + "".join(c if c.isalnum() else "_" for c in dist)
        folder = self.path / package
        folder.mkdir()
        for module, text in {"__init__": "", "plugin": source, **modules}.items():
            (folder / f"{module}.py").write_text(textwrap.dedent(text).replace("PACKAGE", package), encoding="utf-8")
        info = self.path / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[voicebridge]\n{name} = {package}.plugin\n", encoding="utf-8")
        return package

    def discover(self) -> tuple[importlib.metadata.EntryPoint, ...]:
        """The plugins installed in this folder."""
        found = importlib.metadata.distributions(path=[str(self.path)])
        return tuple(point for each in found for point in each.entry_points if point.group == "voicebridge")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The plugins that a test installs, instead of those of the environment."""
    place = Site(tmp_path / "site")
    place.path.mkdir()
    monkeypatch.syspath_prepend(place.path)
    monkeypatch.setattr(installed, "_of_packages", place.discover)
    yield place
    for name in [name for name in sys.modules if name.startswith("planted_")]:
        del sys.modules[name]


PLUGIN = """
    from voicebridge import SttSpec, TtsSpec, hookimpl

    COMMON = dict(factory="PACKAGE.engine:Engine", options="PACKAGE.engine:Options", weights="PACKAGE.engine:Store")

    @hookimpl
    def voicebridge_stt_models():
        sized = dict(megabytes=1500, fast=2, accurate=5)
        yield SttSpec(name="big", languages={"de", "en"}, translate=True, words=True, aliases=["large"], **sized, **COMMON)
        yield SttSpec(name="small", languages={"en"}, description="Small and quick.", open_names="a folder", **COMMON)

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="clara", factory="PACKAGE.engine:Engine", options="PACKAGE.engine:VoiceOptions", aliases=["voice"])
"""

ENGINE = """
    from pydantic import Field
    from voicebridge import EngineOptions, Segment, WeightsPlace
    from voicebridge import paths

    class Options(EngineOptions):
        beam_size: int = Field(5, ge=1, description="How wide to look.")
        temperature: tuple[float, ...] = Field((0.0, 0.5), min_length=1, description="How freely to choose.")

    class VoiceOptions(EngineOptions):
        noise: float = Field(0.5, description="How lively to speak.")

    class Engine:
        def __init__(self, name, options):
            if name == "broken":
                raise RuntimeError("no such thing")
            self.name, self.options = name, options

        def transcribe(self, audio, request):
            yield Segment(0, 1, f"{self.name} with {self.options}")

    class Store:
        def places(self, model):
            ours = paths.cache_dir() / "echo" / model
            yield WeightsPlace("cache", str(ours), ours.is_dir())
            if "/" in model or model in ("big", "small", "en_US-odd"):
                yield WeightsPlace("hub", "https://hub.invalid/" + model, not paths.is_offline(), local=False, note="downloaded on "
                    "first use")

        def download(self, model, progress=None):
            folder = paths.cache_dir() / "echo" / model
            folder.mkdir(parents=True)
            if progress:
                progress(1, 2)
            return folder

        def remove(self, model):
            folder = paths.cache_dir() / "echo" / model
            if not folder.is_dir():
                return []
            folder.rmdir()
            return [folder]
"""


@pytest.fixture
def echo(site: Site) -> Site:
    """The installed plugin ``echo``: two models that can be downloaded, and a voice that needs no weights."""
    site.install("echo", PLUGIN, engine=ENGINE)
    return site


@dataclass(frozen=True)
class Ran:
    """The result of a run of the command."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs ``voicebridge`` with these arguments as in a fresh process."""

    def call(*arguments: str) -> Ran:
        for name in ("VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE"):
            if os.environ.get(name) == "1":  # left by an earlier run's --offline
                monkeypatch.delenv(name)
        monkeypatch.setattr(sys, "argv", ["voicebridge", *arguments])
        with pytest.raises(SystemExit) as ending:
            app.main()
        captured = capsys.readouterr()
        return Ran(int(ending.value.code or 0), captured.out, captured.err)

    return call


VOICES_PLUGIN = """
    from voicebridge import TtsSpec, Voice, hookimpl

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="plain", factory="PACKAGE.engine:Engine", light=True, languages={"en", "de"},
                      voices=[Voice("joe", "en", "calm"), Voice("lotte", "de")])
        yield TtsSpec(name="far", factory="PACKAGE.engine:Engine", weights="PACKAGE.engine:Store", cloning=True)
        yield TtsSpec(name="clone", factory="PACKAGE.engine:Engine", cloning=True, sample_rate=24_000)
"""

VOICES_ENGINE = """
    import numpy as np
    from voicebridge import AudioChunk, WeightsPlace

    class Engine:
        def __init__(self, name, options):
            self.rate = 24_000 if name == "clone" else 16_000

        def synthesize(self, text, request):
            for piece in text:
                hertz = 880 if request.sample is not None else 440
                time = np.arange(self.rate) / self.rate
                yield AudioChunk((0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32), self.rate)

        def close(self):
            pass

    class Store:
        def places(self, model):
            yield WeightsPlace("hub", "https://hub.invalid/" + model, True, local=False)
"""


@pytest.fixture
def acme(site: Site) -> Site:
    """The installed plugin ``acme``: a model with two voices, and two that clone samples, one of which is remote."""
    site.install("acme", VOICES_PLUGIN, engine=VOICES_ENGINE)
    return site
