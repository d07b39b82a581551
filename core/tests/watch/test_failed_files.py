"""Failures are reported next to the file, and tried again when it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Until = Callable[..., None]


def test_what_can_not_be_read_gets_a_note_and_is_tried_again_when_it_changes(room: Any) -> None:
    path = room.folder / "a.wav"
    path.write_text("Dear diary")
    room.watch_once()
    note = room.text("a.error.txt").splitlines()
    assert note[0] == "This file could not be processed."
    assert note[2] == "a.wav"
    assert note[3].startswith(f"{path} contains no readable audio")
    assert room.wrong == [note[3]]
    room.watch_once()
    assert room.wrong == [note[3]]
    room.drop("a.wav", 3)
    room.watch_once()
    assert (room.asked(), room.names()) == (["3"], ["a.txt", "a.wav"])


def test_a_recording_that_breaks_off_gets_its_transcript_and_a_note(room: Any) -> None:
    path = room.drop("a.wav", 5, seconds=9)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    room.watch_once()

    assert room.text("a.txt").startswith("Number 5.")
    note = room.text("a.error.txt").splitlines()
    assert note[0] == "This file was processed only in part."
    assert note[3].startswith(f"{path} ends early: 4.5 s of 9.0 s could be read.")
    assert room.wrong == [note[3]]
    room.watch_once()
    assert room.asked() == ["5"]
    path.write_bytes(whole)
    room.watch_once()
    assert (room.asked(), room.names()) == (["5", "5"], ["a.txt", "a.wav"])


def test_a_note_that_is_deleted_has_the_file_tried_again(room: Any, until: Until) -> None:
    (room.folder / "a.wav").write_text("Dear diary")
    with room.watching() as watcher:
        until(lambda: "a.error.txt" in room.names() and watcher.is_idle)
        (room.folder / "a.error.txt").unlink()
        until(lambda: len(room.wrong) == 2)
    assert room.names() == ["a.error.txt", "a.wav"]


def test_what_the_model_can_not_do_harms_no_other_file(room: Any) -> None:
    for number in (1, 666, 2):
        room.drop(f"{number}.wav", number)
    room.watch_once()
    assert sorted(room.asked()) == ["1", "2"]
    assert room.names() == ["1.txt", "1.wav", "2.txt", "2.wav", "666.error.txt", "666.wav"]
    assert "The number of the beast can't be told. Choose another." in room.text("666.error.txt")


def test_a_model_that_can_not_be_loaded_holds_the_folder_up_and_no_file_is_blamed(room: Any, until: Until) -> None:
    room.drop("a.wav", 1)
    with room.watching(model="broken") as watcher:
        until(lambda: room.wrong)
        until(lambda: watcher.is_idle)
        [status] = watcher.status()
    assert room.wrong == ["The weights are nowhere. Fetch them."]
    assert (status.state, status.waiting) == ("The weights are nowhere. Fetch them.", 1)
    assert room.names() == ["a.wav"]
    room.watch_once()
    assert room.asked() == ["1"]
