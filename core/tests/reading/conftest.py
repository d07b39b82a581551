"""Shared by the tests of reading aloud: a model whose sentences are distinguishable, and a player for it."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voicebridge.engines.loader import load
from voicebridge.hotkeys.actions import HotkeyAction
from voicebridge.options import EngineOptions
from voicebridge.ports import TextToSpeech
from voicebridge.reading import requests
from voicebridge.reading.choose import Choices
from voicebridge.reading.player import ReadAloud
from voicebridge.runtime.load import registry
from voicebridge.runtime.model import Model
from voicebridge.specs import TtsSpec
from voicebridge.testing.lab.desktops import Recording, SoundServer
from voicebridge.testing.processes import wait_until
from voicebridge.testing.sounds import Sound

RATE = 24_000
RECORDED = 48_000
SECONDS = 0.6
"""Duration of each sentence at its natural pace."""
PLUGIN = """
    from voicebridge import TtsSpec, hookimpl

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="noise", factory="PACKAGE.engine:Engine", light=True, speed=True, normalizes=True, sample_rate=24_000)
        yield TtsSpec(name="steady", factory="PACKAGE.engine:Engine", normalizes=True, sample_rate=24_000)
        yield TtsSpec(name="narrow", factory="PACKAGE.engine:Engine", speed=True, speed_range=(0.9, 1.1), sample_rate=24_000)
"""
ENGINE = """
    import zlib
    import numpy as np
    from voicebridge import AudioChunk, ModelError

    class Engine:
        def __init__(self, name, options):
            pass

        def synthesize(self, text, request):
            for piece in text:
                if "stumble" in piece:
                    raise ModelError("The engine has stumbled. Pick it up.")
                white = np.random.default_rng(zlib.crc32(piece.encode())).standard_normal(round(24_000 * 0.6 / request.speed))
                smooth = np.convolve(white, np.ones(8) / 8, "same")
                sound = (0.3 * smooth / np.abs(smooth).max()).astype(np.float32)
                for at in range(0, len(sound), 2_400):
                    yield AudioChunk(sound[at : at + 2_400], 24_000)

        def close(self):
            pass
"""


@pytest.fixture
def spoken() -> Callable[..., Sound]:
    """The engine's audio for a sentence, as recorded."""

    def spoken(sentence: str, speed: float = 1.0) -> Sound:
        white = np.random.default_rng(zlib.crc32(sentence.encode())).standard_normal(round(RATE * SECONDS / speed))
        smooth = np.convolve(white, np.ones(8) / 8, "same")
        return np.repeat(np.asarray(0.3 * smooth / np.abs(smooth).max(), np.float32), RECORDED // RATE)

    return spoken


@pytest.fixture
def find() -> Callable[..., tuple[float, float]]:
    """Find a part in a recording; returns its position (s) and similarity (1 is the same)."""

    def find(heard: Sound, part: Sound) -> tuple[float, float]:
        size = 1 << (len(heard) + len(part)).bit_length()
        match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size)), size)[: len(heard)]
        at = int(np.argmax(np.abs(match)))
        there = heard[at : at + len(part)]
        there = np.pad(there, (0, len(part) - len(there)))
        return at / RECORDED, float(np.dot(there, part) / (np.linalg.norm(there) * np.linalg.norm(part) + 1e-9))

    return find


@pytest.fixture
def is_heard(spoken: Callable[..., Sound], find: Callable[..., tuple[float, float]]) -> Callable[..., bool]:
    """Whether a sentence is in the recording from start to end; on a busy machine there may be gaps."""

    def is_heard(heard: Sound, sentence: str, speed: float = 1.0) -> bool:
        tenths = np.array_split(spoken(sentence, speed), 10)  # a faster one is the first eight tenths of this
        return all(any(find(heard, each)[1] > 0.8 for each in some) for some in (tenths[:2], tenths[-2:]))

    return is_heard


@pytest.fixture
def is_begun(spoken: Callable[..., Sound], find: Callable[..., tuple[float, float]]) -> Callable[..., bool]:
    """Whether the start of a sentence is in the recording."""

    def is_begun(heard: Sound, sentence: str) -> bool:
        return find(heard, spoken(sentence)[: RECORDED // 8])[1] > 0.8

    return is_begun


@pytest.fixture
def loud_until() -> Callable[..., float]:
    """The time (s) of the last sound."""

    def loud_until(heard: Sound) -> float:
        loud = np.flatnonzero(np.abs(heard) > 0.005)
        return float(loud[-1]) / RECORDED if len(loud) else 0.0

    return loud_until


@pytest.fixture
def now() -> Callable[..., float]:
    """The duration (s) of the recording so far."""

    def now(recording: Recording) -> float:
        return len(recording.sound) / RECORDED

    return now


class Paper:
    """A clipboard whose content is set by a test."""

    def __init__(self) -> None:
        self.text = self.selected = ""

    def read(self) -> str:
        return self.text

    def selection(self) -> str:
        return self.selected

    def write(self, text: str) -> None:
        self.text = text


class Scene:
    """Reading aloud with all its parts."""

    def __init__(self, speaker: Callable[[], object]) -> None:
        self.told: list[str] = []
        self.paper = Paper()
        self.engines: list[TextToSpeech] = []
        self.registry = registry(None)
        self.aloud = ReadAloud(Choices(lambda: self.registry), self, speaker, lambda: self.paper, self.told.append)  # type: ignore[arg-type]

    def tts(self, model: Model[TtsSpec], options: EngineOptions | None) -> TextToSpeech:
        self.engines.append(load(model, options))
        return self.engines[-1]

    def configure(self, home: Path, text: str) -> None:
        (home / "config.toml").write_text(text)
        self.registry = registry(None)

    def press(self, action: HotkeyAction) -> None:
        requests.press(self.aloud, action, self.told.append)

    def wait_for(self, piece: int) -> None:
        wait_until(lambda: (self.aloud.status().piece or 0) >= piece, f"sentence {piece}")

    def wait_for_the_end(self) -> None:
        wait_until(lambda: self.aloud.status().state == "idle", "the end of the text")

    def close(self) -> None:
        self.aloud.close()
        wait_until(lambda: not [each for each in threading.enumerate() if each.name.startswith("aloud")], "its threads to end")


@pytest.fixture
def new_scene(site: Any, home: Path) -> Callable[..., AbstractContextManager[Scene]]:
    """Creates a scene whose model has distinguishable sentences; by default with the speaker that works on every system."""
    from voicebridge.desktop.speaker import MiniaudioSpeaker  # unavailable if its library is missing

    site.install("noise", PLUGIN, engine=ENGINE)
    return lambda speaker=MiniaudioSpeaker: closing(Scene(speaker))


@pytest.fixture
def scene(new_scene: Callable[..., AbstractContextManager[Scene]], sound_server: SoundServer) -> Iterator[Scene]:
    with new_scene() as found:
        yield found
