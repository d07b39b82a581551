"""A watched folder, and a small engine that records completed requests."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voicebridge import paths
from voicebridge.engines.loader import load
from voicebridge.journal.ledger import Ledger
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import WatchSettings
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.watch.choose import WatchedFolder, resolve
from voicebridge.watch.queue import FolderQueue
from voicebridge.watch.watcher import Watcher

PLUGIN = """
    from voicebridge import SttSpec, TtsSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="teller", factory="PACKAGE.engine:Teller", resume=True, parallel=2)
        yield SttSpec(name="broken", factory="PACKAGE.engine:Broken")

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="hummer", factory="PACKAGE.engine:Hummer", languages={"en"})
"""
ENGINE = """
    import os, time
    import numpy as np
    from voicebridge import AudioChunk, ModelError, Segment, WeightsNotFoundError

    def note(line):
        handle = os.open(os.environ["ASKED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, f"{line}\\n".encode())
        os.close(handle)

    class Teller:
        def __init__(self, name, options):
            pass

        def transcribe(self, audio, request):
            number = 0
            for chunk in audio:
                number = round(float(np.median(np.abs(chunk.samples))) * 32768)
                time.sleep(float(os.environ.get("TAKES", "0")))
                if number == 666:
                    raise ModelError("The number of the beast can't be told. Choose another.")
                if chunk.start + chunk.duration > request.after:
                    yield Segment(chunk.start, chunk.start + chunk.duration, f"Number {number}.", language="en")
            note(number)

        def close(self):
            pass

    class Broken:
        def __init__(self, name, options):
            raise WeightsNotFoundError("The weights are nowhere. Fetch them.")

    class Hummer:
        def __init__(self, name, options):
            pass

        def synthesize(self, text, request):
            for piece in text:
                time.sleep(float(os.environ.get("TAKES", "0")))
                yield AudioChunk(np.full(100 * len(piece) + 1000, 0.25, np.float32), 16000)
                note(piece)

        def close(self):
            pass
"""


class Loads:
    """Returns newly loaded engines for each batch."""

    def stt(self, model: Any, options: Any) -> Any:
        return load(model, options)

    def tts(self, model: Any, options: Any) -> Any:
        return load(model, options)


class Room:
    """A folder and its watcher."""

    def __init__(self, folder: Path, site: Path, asked: Path) -> None:
        folder.mkdir()
        self.folder, self.site = folder, site
        self._asked = asked
        self.told: list[str] = []
        self.wrong: list[str] = []

    def drop(self, name: str, number: int, seconds: float = 0.2, folder: Path | None = None) -> Path:
        """Put a recording into the folder whose content is a number."""
        path = (folder or self.folder) / name
        path.write_bytes(recording(path, number, seconds))
        return path

    def resolve(self, **settings: Any) -> WatchedFolder:
        given = {"folder": str(self.folder), "model": "hummer" if settings.get("tts") else "teller", **settings}
        return resolve(WatchSettings(**given), Registry(load_plugins(), Config.load()))

    @contextmanager
    def watching(self, *folders: WatchedFolder, ledger: Path | None = None, **settings: Any) -> Iterator[Watcher]:
        """Watch the folder, with a ledger of this machine or of another."""
        keeps = Ledger(ledger or paths.data_dir() / "history")
        watcher = Watcher(folders or [self.resolve(**settings)], keeps, Loads(), self.told.append, self.wrong.append)
        watcher.start()
        try:
            yield watcher
        finally:
            watcher.close(20)
            keeps.close()

    def watch_once(self, *folders: WatchedFolder, **settings: Any) -> None:
        """Watch until nothing remains to be done."""
        with self.watching(*folders, **settings) as watcher:
            wait_until(lambda: watcher.is_idle, lambda: f"{watcher.status()} {self.told} {self.wrong}")

    def asked(self) -> list[str]:
        """The completed requests, in order."""
        return self._asked.read_text().splitlines() if self._asked.exists() else []

    def names(self) -> list[str]:
        """Every file in the folder, including hidden ones."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


def recording(path: Path, number: int, seconds: float) -> bytes:
    """The bytes of a WAV file; ``path`` is a temporary file for it."""
    hidden = path.with_name(f".{path.name}.made")
    with wave.open(str(hidden), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
        file.writeframes(np.tile(np.array([number, -number], "<i2"), round(seconds * 8_000)).tobytes())
    content = hidden.read_bytes()
    hidden.unlink()
    return content


@pytest.fixture
def room(tmp_path: Path, site: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    site.install("watched", PLUGIN, engine=ENGINE)
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    return Room(tmp_path / "drop", site.path, tmp_path / "asked")


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for a condition, with a limit."""
    return lambda reached, seconds=PATIENCE: wait_until(reached, "what is meant", seconds=seconds)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Wait until a watched folder has been scanned a number of times more, after any scan in progress."""
    seen = [0]
    look = FolderQueue.look

    def count(queue: FolderQueue) -> list[str]:
        found = look(queue)
        seen[0] += 1
        return found

    monkeypatch.setattr(FolderQueue, "look", count)

    def wait(times: int) -> None:
        enough = seen[0] + 1 + times
        wait_until(lambda: seen[0] >= enough, f"{times} more looks at the folder")

    return wait
