"""Files that other programs are still writing, change or remove."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from voicebridge.testing.processes import PATIENCE
from voicebridge.watch import settling

Until = Callable[..., None]
Looks = Callable[[int], None]
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux who writes a file")


@linux
def test_a_file_that_is_being_copied_is_left_alone_however_long_the_copier_pauses(
    room: Any, until: Until, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "SURE", 0.02)
    monkeypatch.setattr(settling, "UNSURE", 10 * PATIENCE)  # the system reports that no process is writing any more
    source = room.drop(".made", 3, seconds=2.0)
    content = source.read_bytes()
    with room.watching() as watcher:
        until(lambda: watcher.is_idle)
        with (room.folder / "a.wav").open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            looks(5)
            assert (room.asked(), room.names()) == ([], [".made", "a.wav"])
            assert watcher.status()[0].waiting == 1
            file.write(content[len(content) // 2 :])
        until(lambda: "a.txt" in room.names())
    assert room.text("a.txt").count("Number 3.") == 4


def test_a_copier_that_opens_the_file_again_and_again_is_waited_for(
    room: Any, until: Until, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = settling.SURE
    monkeypatch.setattr(settling, "SURE", 10 * PATIENCE)  # longer than a busy machine takes between two openings
    content = room.drop(".made", 3, seconds=2.0).read_bytes()
    with room.watching() as watcher:
        until(lambda: watcher.is_idle)
        for at in range(0, len(content), 4096):
            with (room.folder / "a.wav").open("ab") as file:
                file.write(content[at : at + 4096])
            looks(1)
        assert room.asked() == []
        monkeypatch.setattr(settling, "SURE", rest)
        until(lambda: "a.txt" in room.names())
    assert (room.asked(), room.text("a.txt").count("Number 3.")) == (["3"], 4)


def test_an_empty_file_is_given_time_to_be_filled(room: Any, until: Until, looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "SURE", 0.02)
    monkeypatch.setattr(settling, "UNSURE", 10 * PATIENCE)
    with room.watching() as watcher:
        until(lambda: watcher.is_idle)
        (room.folder / "a.wav").touch()
        looks(5)
        room.drop("a.wav", 1)
        until(lambda: "a.txt" in room.names())
    assert room.wrong == []


def test_a_file_that_changes_while_it_is_transcribed_is_done_again(room: Any, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKES", "0.3")
    room.drop("a.wav", 1, seconds=2.0)
    with room.watching() as watcher:
        until(lambda: (room.folder / ".a.voicebridge-part").exists())
        room.drop("a.wav", 2)
        until(lambda: "2" in room.asked() and watcher.is_idle)
    assert (room.text("a.txt"), room.names()) == ("Number 2.\n", ["a.txt", "a.wav"])


def test_a_file_that_is_taken_away_while_it_is_transcribed_leaves_nothing(room: Any, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKES", "0.3")
    path = room.drop("a.wav", 666, seconds=2.0)
    with room.watching() as watcher:
        until(lambda: (room.folder / ".a.voicebridge-part").exists())
        path.unlink()
        until(lambda: watcher.is_idle)
        until(lambda: room.names() == [])
    assert room.wrong == []
