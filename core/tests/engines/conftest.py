"""A small plugin whose engines do what a test requests, including errors; worker processes find it on their path."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from voicebridge.engines.pool import Pool
from voicebridge.engines.supervisor import Limits
from voicebridge.runtime.model import Model
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.specs import SttSpec, TtsSpec
from voicebridge.speech import AudioChunk, SttRequest
from voicebridge.testing.processes import wait_until

RATE = 16_000
ENGINES = """
    import os, signal, sys, threading, time
    from pathlib import Path
    import numpy as np
    from pydantic import Field
    from voicebridge import AudioChunk, EngineOptions, ModelError, Segment, WeightsNotFoundError, Word

    class Options(EngineOptions):
        notes: str = Field("", description="A folder to leave notes in.")
        load: str = Field("", description="What to do while loading.")
        shape: tuple[float, ...] = Field((0.5,), description="Of no consequence.")

    def do(what, notes):
        if what.endswith("once"):
            try:
                Path(notes, "once").touch(exist_ok=False)
            except FileExistsError:
                return
        name = what.split()[0]
        if name == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif name == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif name == "exit":
            os._exit(7)
        elif name == "quit":
            sys.exit(3)
        elif name == "raise":
            raise RuntimeError("the mill is\\nbroken")
        elif name == "refuse":
            raise WeightsNotFoundError("The weights are nowhere. Fetch them.")
        elif name == "hang":
            threading.Event().wait()
        elif name == "print":
            print("{}" * 50_000, flush=True)
            os.write(1, b"noise\\n")
            os.system("echo noise")
            sys.stdin.read()

    class Engine:
        def __init__(self, name, options):
            self.name, self.options = name, options
            if options.notes:
                with Path(options.notes, "loaded").open("a") as log:
                    print(name, os.getpid(), file=log)
            if options.load:
                do(options.load, options.notes)

        def close(self):
            if self.options.notes:
                Path(self.options.notes, "closed").touch()

        def obey(self, words, number):
            for word in words:
                what, _, at = word.partition("@")
                if int(at or 0) == number:
                    do(what, self.options.notes)

    class Ear(Engine):
        def transcribe(self, audio, request):
            try:
                for number, chunk in enumerate(audio):
                    self.obey(request.hotwords, number)
                    end = chunk.start + chunk.duration
                    if end > request.after:
                        text = f"{number} {float(chunk.samples.sum()):g}"
                        if request.partials:
                            yield Segment(chunk.start, end, "perhaps", final=False)
                        yield Segment(chunk.start, end, text, (Word(chunk.start, end, "w", np.float64(0.5)),), language="en")
            finally:
                if self.options.notes:
                    Path(self.options.notes, "ended").touch()

    class Mouth(Engine):
        def synthesize(self, text, request):
            at = 0
            for number, piece in enumerate(text):
                for _ in range(3):
                    self.obey((request.voice or "").split(","), at // 1000) if request.voice else None
                    samples = ((np.arange(at, at + 1000) % 997 + len(piece)) / 2048).astype(np.float32)
                    yield AudioChunk(samples, 16_000, at / 16_000)
                    at += 1000
"""


class Mill:
    """The plugin and its processes."""

    def __init__(self, folder: Path) -> None:
        self.notes = folder
        self.record = PluginRecord("mill", "voicebridge-mill", "1.0", "mill_engines")

    @property
    def engines(self) -> Any:
        """The module with its engines, imported in this process."""
        return import_module("mill_engines")

    def ear(self, name: str = "ear", *, resume: bool = False) -> Model[SttSpec]:
        """A model that returns the sum of each chunk."""
        spec = SttSpec(name=name, factory="mill_engines:Ear", options="mill_engines:Options", resume=resume, partials=True)
        return Model(self.record, spec, name)

    def mouth(self) -> Model[TtsSpec]:
        """A model that yields a ramp, three chunks per passage."""
        return Model(self.record, TtsSpec(name="mouth", factory="mill_engines:Mouth", options="mill_engines:Options"), "mouth")

    def options(self, load: str = "") -> Any:
        """Its options."""
        return self.engines.Options(notes=str(self.notes), load=load)

    @staticmethod
    def sound(chunks: int, samples: int = 800) -> list[AudioChunk]:
        """Different chunks of 50 ms each."""
        return [AudioChunk(np.full(samples, (n + 1) / 1024, np.float32), RATE, n * samples / RATE) for n in range(chunks)]

    @staticmethod
    def texts(chunks: int, samples: int = 800) -> list[str]:
        """The texts that ``ear`` returns for :meth:`sound`."""
        return [f"{n} {(n + 1) * samples / 1024:g}" for n in range(chunks)]

    def heard(self, engine: Any, chunks: int = 6, **asked: Any) -> list[str]:
        """The final texts for a number of chunks."""
        return [segment.text for segment in engine.transcribe(self.sound(chunks), SttRequest(**asked)) if segment.final]

    @staticmethod
    def is_running(pid: int) -> bool:
        """Whether a process exists."""
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    @staticmethod
    def tell(pid: int, name: str = "SIGKILL") -> None:
        """Send a signal to a process."""
        os.kill(pid, getattr(signal, name))

    def loaded(self) -> list[str]:
        """The models that were loaded, in order."""
        path = self.notes / "loaded"
        return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []

    def pids(self) -> list[int]:
        """The processes that loaded them."""
        return [int(line.split()[1]) for line in (self.notes / "loaded").read_text().splitlines()]


@pytest.fixture
def mill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mill]:
    site = tmp_path / "site"
    site.mkdir()
    (site / "mill_engines.py").write_text(textwrap.dedent(ENGINES), encoding="utf-8")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    yield Mill(tmp_path)
    sys.modules.pop("mill_engines", None)


@pytest.fixture
def new_pool() -> Iterator[Callable[..., Pool]]:
    """Creates pools with short limits; all their processes and threads must have ended at the end."""
    before = set(threading.enumerate())
    pools: list[Pool] = []

    def make(idle_unload: float | None = None, tell: Callable[[str], None] = lambda _: None, **limits: float) -> Pool:
        pools.append(Pool(idle_unload, tell, Limits(**{"tick": 0.05, **limits})))
        return pools[-1]

    yield make
    pids = [each.pid for pool in pools for each in pool.loaded() if each.pid]
    for pool in pools:
        pool.close()
    assert not [pid for pid in pids if Mill.is_running(pid)]
    wait_until(lambda: not [each for each in set(threading.enumerate()) - before if each.name.startswith("engine")], "the pool's threads")
