"""Files added to watched folders are each processed once."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Until = Callable[..., None]
Looks = Callable[[int], None]


def test_a_recording_that_is_dropped_gets_its_transcript_beside_it(room: Any, until: Until) -> None:
    with room.watching(formats=["txt", "srt"]) as watcher:
        until(lambda: watcher.is_idle)
        room.drop("a.wav", 7)
        until(lambda: len(room.asked()) == 1 and watcher.is_idle)
        [status] = watcher.status()
    assert (status.folder, status.state, status.waiting, status.working, status.done, status.failed) == (
        room.folder,
        "watching",
        0,
        0,
        1,
        0,
    )
    assert room.names() == ["a.srt", "a.txt", "a.wav"]
    assert room.text("a.txt") == "Number 7.\n"
    assert room.told == [f"Wrote {room.folder / 'a.txt'}", f"Wrote {room.folder / 'a.srt'}"]


def test_what_is_done_is_not_done_again_by_the_next_process_nor_when_its_transcript_is_deleted(room: Any) -> None:
    room.drop("a.wav", 1)
    room.watch_once()
    room.watch_once()
    (room.folder / "a.txt").unlink()
    os.utime(room.folder / "a.wav")
    room.watch_once()
    assert (room.asked(), room.names()) == (["1"], ["a.wav"])


@pytest.mark.parametrize("seconds", [-3 * 365 * 86_400, 3 * 365 * 86_400])
def test_a_wrong_clock_changes_nothing(room: Any, seconds: float) -> None:
    when = time.time() + seconds
    os.utime(room.drop("a.wav", 1), (when, when))
    room.watch_once()
    os.utime(room.folder / "a.wav", (when - seconds / 2, when - seconds / 2))
    room.watch_once()
    assert (room.asked(), room.text("a.txt")) == (["1"], "Number 1.\n")


def test_a_claim_on_what_is_done_that_a_killed_process_left_is_cleared_by_the_next(room: Any, tmp_path: Path) -> None:
    room.drop("one.wav", 1001)
    out = tmp_path / "transcripts"
    room.watch_once(output=str(out))
    (out / ".one.voicebridge-claim").write_text("somewhere 1 00 0".ljust(159) + "\n")
    room.watch_once(output=str(out))
    assert [path.name for path in out.iterdir()] == ["one.txt"]


def test_a_recording_that_is_renamed_is_done_already(room: Any) -> None:
    path = room.drop("a.wav", 1)
    room.watch_once()
    path.rename(room.folder / "b.wav")
    room.watch_once()
    room.watch_once()
    assert (room.asked(), room.names()) == (["1"], ["a.txt", "b.wav"])


def test_one_that_is_renamed_while_it_is_watched_is_done_already(room: Any, until: Until) -> None:
    path = room.drop("a.wav", 1)
    with room.watching() as watcher:
        until(lambda: room.asked() and watcher.is_idle)
        path.rename(room.folder / "b.wav")
        room.drop("c.wav", 2)
        until(lambda: len(room.asked()) == 2 and watcher.is_idle)
    assert room.names() == ["a.txt", "b.wav", "c.txt", "c.wav"]


def test_a_copy_gets_its_transcript_without_the_model(room: Any) -> None:
    path = room.drop("a.wav", 1)
    room.watch_once(formats=["txt", "json"])
    shutil.copy(path, room.folder / "b.wav")
    room.watch_once(formats=["txt", "json"])
    assert room.asked() == ["1"]
    assert room.names() == ["a.json", "a.txt", "a.wav", "b.json", "b.txt", "b.wav"]
    assert room.text("b.json") == room.text("a.json")


def test_of_copies_that_come_together_one_is_transcribed(room: Any) -> None:
    for name in "abc":
        room.drop(f"{name}.wav", 5)
    room.watch_once()
    assert room.asked() == ["5"]
    assert [room.text(f"{name}.txt") for name in "abc"] == ["Number 5.\n"] * 3


def test_a_copy_is_transcribed_anew_where_something_else_is_asked_for(room: Any) -> None:
    path = room.drop("a.wav", 1)
    room.watch_once()
    shutil.copy(path, room.folder / "b.wav")
    room.watch_once(formats=["srt"])
    assert (room.asked(), room.names()) == (["1", "1"], ["a.txt", "a.wav", "b.srt", "b.wav"])


def test_a_recording_that_changes_is_done_again_in_its_place(room: Any, until: Until) -> None:
    room.drop("a.wav", 1)
    with room.watching() as watcher:
        until(lambda: len(room.asked()) == 1 and watcher.is_idle)
        (room.folder / "a.wav").unlink()
        room.drop("b.wav", 3)
        until(lambda: len(room.asked()) == 2 and watcher.is_idle)
    room.drop("b.wav", 4)
    room.watch_once()
    assert room.asked() == ["1", "3", "4"]
    assert (room.text("a.txt"), room.text("b.txt")) == ("Number 1.\n", "Number 4.\n")
    assert room.names() == ["a.txt", "b.txt", "b.wav"]


def test_a_transcript_that_the_user_has_corrected_is_never_replaced(room: Any) -> None:
    room.drop("a.wav", 1)
    room.watch_once()
    (room.folder / "a.txt").write_text("Number one!\n")
    room.drop("a.wav", 2)
    room.watch_once()
    assert room.asked() == ["1", "2"]
    assert room.names() == ["a.txt", "a.wav", "a.wav.txt"]
    assert (room.text("a.txt"), room.text("a.wav.txt")) == ("Number one!\n", "Number 2.\n")


def test_the_transcript_of_a_recording_that_is_gone_stays_when_another_comes_under_its_name(room: Any, until: Until, looks: Looks) -> None:
    room.drop("other.wav", 9)
    path = room.drop("a.wav", 1)
    with room.watching() as watcher:
        until(lambda: len(room.asked()) == 2 and watcher.is_idle)
        path.unlink()
        looks(2)
        room.drop("a.wav", 2)
        until(lambda: len(room.asked()) == 3 and watcher.is_idle)
    assert (room.text("a.txt"), room.text("a.wav.txt")) == ("Number 1.\n", "Number 2.\n")


def test_recordings_that_have_their_transcripts_already_are_left_alone(room: Any) -> None:
    room.drop("a.wav", 1)
    (room.folder / "a.txt").write_text("typed by hand")
    room.drop("b.wav", 2)
    (room.folder / "b.txt").write_text("typed by hand")
    room.watch_once(formats=["txt"])
    assert (room.asked(), room.names()) == ([], ["a.txt", "a.wav", "b.txt", "b.wav"])
    room.drop("b.mp3", 3)
    room.watch_once(formats=["txt"])
    assert room.text("b.mp3.txt") == "Number 3.\n"


def test_recordings_that_differ_in_their_ending_alone_have_transcripts_of_their_own(room: Any) -> None:
    room.drop("a.wav", 1)
    room.drop("a.mp3", 2)
    room.watch_once()
    assert room.names() == ["a.mp3", "a.mp3.txt", "a.wav", "a.wav.txt"]


def test_a_thousand_files_at_once_are_all_done_and_memory_stays_flat(room: Any, until: Until) -> None:
    for number in range(1000, 2000):
        room.drop(f"{number}.wav", number, seconds=0.01)
    with room.watching() as watcher:
        until(lambda: len(room.asked()) >= 100, 120)
        [status] = watcher.status()
        assert status.waiting > 500
        early = _memory()
        until(lambda: len(room.asked()) == 1000 and watcher.is_idle, 120)
        assert _memory() - early < 24
        [status] = watcher.status()
    assert (status.waiting, status.done, status.failed) == (0, 1000, 0)
    assert len(set(room.asked())) == 1000
    assert len([name for name in room.names() if name.endswith(".txt")]) == 1000


def _memory() -> float:
    """MiB used by this process, if the system reports it; else 0."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
    except OSError:
        return 0.0
