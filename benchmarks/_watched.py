"""Watched folders in which every file is processed, and the resources of an idle process."""

from __future__ import annotations

import os
import time
import wave
from pathlib import Path

import psutil
from _speech import RATE

FOLDERS, FILES = 10, 1000
_CALM = 10.0
"""Seconds for a process to become idle."""


def done_folders(place: Path, files: int) -> list[Path]:
    """Create folders with ``files`` recordings each, all with transcripts."""
    folders = [place / f"done {number}" for number in range(FOLDERS)]
    for number, folder in enumerate(folders):
        folder.mkdir()
        for each in range(files):
            with wave.open(str(folder / f"{each}.wav"), "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
                file.writeframes(os.urandom(8) + (number * files + each).to_bytes(4, "little"))
            (folder / f"{each}.txt").touch()
    return folders


def idle(pid: int, seconds: float) -> tuple[float, float]:
    """Percentage of a core that a process uses for so many seconds, and the resident memory in MB of it and its children."""
    time.sleep(min(_CALM, seconds))
    watched = psutil.Process(pid)
    before, began = sum(watched.cpu_times()[:2]), time.perf_counter()
    time.sleep(seconds)
    share = 100 * (sum(watched.cpu_times()[:2]) - before) / (time.perf_counter() - began)
    return share, sum(each.memory_info().rss for each in (watched, *watched.children(recursive=True))) / 1e6
