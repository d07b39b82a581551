"""Suspended machines, folders that disappear, and full disks."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from voicebridge.testing.processes import PATIENCE
from voicebridge.watch import scan
from voicebridge.watch import watcher as watcher_module

Until = Callable[..., None]
Looks = Callable[[int], None]


def test_after_the_machine_has_slept_all_is_looked_at_again(
    room: Any, until: Until, looks: Looks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(scan, "LOCAL", 10 * PATIENCE)
    monkeypatch.setattr(scan, "_ECHOES", (0.0, 0.02))  # scanned again for files that came just after a change
    asleep = [0.0]  # seconds; wall time continues meanwhile, monotonic time does not
    monkeypatch.setattr(watcher_module, "time", SimpleNamespace(time=lambda: time.time() + asleep[0], monotonic=time.monotonic))
    path = room.drop("a.wav", 1)
    other = room.drop("other.wav", 2, folder=tmp_path)
    with room.watching() as watcher:
        until(lambda: len(room.asked()) == 1 and watcher.is_idle)
        looks(5)
        path.write_bytes(other.read_bytes())  # in place, which does not change the folder's modification time
        looks(5)
        assert room.asked() == ["1"]
        asleep[0] = 3600.0
        until(lambda: len(room.asked()) == 2 and watcher.is_idle)
    assert room.text("a.txt") == "Number 2.\n"


def test_a_folder_that_is_taken_off_is_waited_for(room: Any, until: Until, tmp_path: Path) -> None:
    room.drop("a.wav", 1)
    with room.watching() as watcher:
        until(lambda: room.asked() and watcher.is_idle)
        room.folder.rename(tmp_path / "away")
        until(lambda: watcher.status()[0].state == "unmounted")
        (tmp_path / "away").rename(room.folder)
        room.drop("b.wav", 2)
        until(lambda: len(room.asked()) == 2)
    assert room.wrong == [f"{room.folder} does not exist. VoiceBridge waits for it."]
    assert f"{room.folder} exists again." in room.told


def _mount(folder: Path, size: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs to mount a small file system: run as root on Linux")


def test_the_empty_place_of_a_disk_that_was_unmounted_is_no_folder_whose_files_are_gone(room: Any, until: Until) -> None:
    _mount(room.folder, "1m")
    try:
        room.drop("a.wav", 1)
        with room.watching() as watcher:
            until(lambda: room.asked() and watcher.is_idle)
            subprocess.run(["umount", "-l", room.folder], check=True)
            until(lambda: watcher.status()[0].state == "unmounted")
            assert watcher.status()[0].done == 1
    finally:
        subprocess.run(["umount", "-l", room.folder], check=False, capture_output=True)


def _fill(filler: Path) -> None:
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1024))


def test_on_a_full_disk_it_waits_for_room_and_then_goes_on(room: Any, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebridge.watch.queue.RETRY", (0.2, 0.2))
    _mount(room.folder, "64k")
    try:
        room.drop("a.wav", 1)
        filler = room.folder / "filler"
        room.drop("b.wav", 2)
        _fill(filler)
        with room.watching() as watcher:
            until(lambda: room.wrong)
            [status] = watcher.status()
            assert (status.state, status.waiting + status.working) == ("disk full", 2)
            filler.unlink()
            until(lambda: len(room.asked()) == 2 and watcher.is_idle)
            assert watcher.status()[0].state == "watching"
        assert len(room.wrong) == 1
        assert room.names() == ["a.txt", "a.wav", "b.txt", "b.wav"]
    finally:
        subprocess.run(["umount", "-l", room.folder], check=True)
