"""A temporary journal for each test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from voicebridge.audio.capture_file import CaptureFile
from voicebridge.journal.history import Entry, History

RATE = 16_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history"


@pytest.fixture
def journal(folder: Path) -> Iterator[History]:
    with closing(History(folder)) as journal:
        yield journal


@pytest.fixture
def say() -> Callable[..., None]:
    """Record a number of seconds for an entry."""

    def say(entry: Entry, seconds: float = 0.5) -> None:
        with closing(CaptureFile(entry.audio, RATE)) as file:
            file.write(np.full(round(seconds * RATE), 0.1, np.float32))

    return say


@pytest.fixture
def dictated(say: Callable[..., None]) -> Callable[..., Entry]:
    """An entry that has reached ``state``, started ``ago`` days ago."""

    def dictated(journal: History, text: str = "Hello.", *, ago: float = 0.0, state: str = "delivered") -> Entry:
        entry = journal.begin(RATE)
        say(entry)
        if state != "recording":
            journal.recorded(entry.id, 0.5)
        if state in ("transcribed", "delivered"):
            journal.transcribed(entry.id, text, "fake/model")
        if state == "delivered":
            journal.delivered(entry.id, "cursor")
        if state == "failed":
            journal.failed(entry.id, "It failed.")
        if state == "cancelled":
            journal.cancelled(entry.id, 1.5)
        began = datetime.now(UTC) - timedelta(days=ago)
        journal._database.execute("UPDATE entries SET began = ? WHERE id = ?", [began.isoformat(), entry.id])
        return journal.get(entry.id)

    return dictated


@pytest.fixture
def in_process() -> Callable[..., subprocess.Popen[str]]:
    """Starts a process that uses the journal; returns once it has executed ``code``."""

    def in_process(folder: Path, code: str) -> subprocess.Popen[str]:
        program = (
            "import sys, numpy\nfrom pathlib import Path\nfrom voicebridge.journal.history import History\n"
            "from voicebridge.audio.capture_file import CaptureFile\njournal = History(Path(sys.argv[1]))\n"
            f"{code}\nprint('ready', flush=True)\nsys.stdin.read()"
        )
        process = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    return in_process
