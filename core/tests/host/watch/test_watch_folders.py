"""Files are dropped into folders, and each is done once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from voicebridge.errors import UsageError, VoiceBridgeError
from voicebridge.watch import watcher as watcher_module

Until = Callable[..., None]
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux who writes a file")


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
    room.watch_once(out=str(out))
    (out / ".one.voicebridge-claim").write_text("somewhere 1 00 0".ljust(159) + "\n")
    room.watch_once(out=str(out))
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


def test_the_transcript_of_a_recording_that_is_gone_stays_when_another_comes_under_its_name(room: Any, until: Until) -> None:
    room.drop("other.wav", 9)
    path = room.drop("a.wav", 1)
    with room.watching() as watcher:
        until(lambda: len(room.asked()) == 2 and watcher.is_idle)
        path.unlink()
        time.sleep(0.6)
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


def test_what_can_not_be_read_gets_a_note_and_is_tried_again_when_it_changes(room: Any) -> None:
    path = room.folder / "a.wav"
    path.write_text("Dear diary")
    room.watch_once()
    note = room.text("a.error.txt").splitlines()
    assert note[0] == "VoiceBridge could not do this file."
    assert note[2] == "a.wav"
    assert note[3].startswith(f"{path} holds no audio that can be read")
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
    assert note[0] == "VoiceBridge could do only a part of this file."
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


def test_the_content_decides_over_a_file_whose_ending_says_nothing(room: Any) -> None:
    room.drop("memo 17", 1)
    room.drop("b.bin.x17", 2)
    (room.folder / "read me").write_text("no sound at all")
    (room.folder / "notes.md").write_text("nor here")
    room.drop(".hidden.wav", 3)
    room.drop("c.wav.part", 4)
    room.watch_once()
    assert sorted(room.asked()) == ["1", "2"]
    assert [name for name in room.names() if name.endswith(".txt")] == ["b.bin.txt", "memo 17.txt"]


def test_folders_below_are_taken_where_that_is_asked_for_and_keep_their_order(room: Any) -> None:
    for below in ("x", "x/y", ".hidden"):
        (room.folder / below).mkdir()
        room.drop("a.wav", 1 + len(below), folder=room.folder / below)
    (room.folder / "out").mkdir()
    room.drop("a.wav", 9, folder=room.folder / "out")
    room.watch_once(recursive=True, out=str(room.folder / "out"))
    assert sorted(room.asked()) == ["2", "4"]
    assert [name for name in room.names() if name.endswith(".txt")] == ["out/x/a.txt", "out/x/y/a.txt"]
    room.watch_once()
    assert sorted(room.asked()) == ["2", "4"]


def test_files_that_come_below_while_it_is_watched_are_seen(room: Any, until: Until) -> None:
    with room.watching(recursive=True) as watcher:
        until(lambda: watcher.is_idle)
        (room.folder / "x" / "y").mkdir(parents=True)
        room.drop("a.wav", 1, folder=room.folder / "x" / "y")
        until(lambda: room.asked() == ["1"])
        until(lambda: watcher.is_idle)
        room.drop("b.wav", 2, folder=room.folder / "x")
        until(lambda: room.asked() == ["1", "2"])


def test_two_folders_with_one_place_for_their_transcripts_lose_none(room: Any, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    other = tmp_path / "other"
    other.mkdir()
    room.drop("a.wav", 1)
    room.drop("a.wav", 2, folder=other)
    room.watch_once(room.resolve(out=out), room.resolve(folder=str(other), out=out))
    assert sorted((path.name, path.read_text()) for path in Path(out).iterdir()) == [
        ("a.txt", "Number 1.\n"), ("a.wav.txt", "Number 2.\n"),
    ]  # fmt: skip


def test_a_file_is_moved_when_it_is_done_and_nothing_is_overwritten_there(room: Any, tmp_path: Path) -> None:
    done = tmp_path / "done"
    for number in (1, 2):
        room.drop("a.wav", number)
        room.watch_once(move_to=str(done))
    assert sorted(path.name for path in done.iterdir()) == ["a-2.wav", "a.wav"]
    assert room.names() == ["a.txt", "a.wav.txt"]
    assert (room.text("a.txt"), room.text("a.wav.txt")) == ("Number 1.\n", "Number 2.\n")
    room.drop("a.wav", 2)
    room.watch_once(move_to=str(done))
    assert room.asked() == ["1", "2"]


def test_the_command_is_given_the_file_and_what_was_written(room: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "after.py"
    script.write_text(
        "import json, os, sys; json.dump([sys.argv[1:], os.environ['WATCHED_FILE'], os.environ['WATCHED_OUTPUTS']], open('said', 'a'))"
    )
    room.drop("a b.wav", 1)
    command = f'"{sys.executable}" "{script}"'
    monkeypatch.chdir(tmp_path)
    room.watch_once(command=command, formats=["txt", "srt"])
    room.watch_once(command=command, formats=["txt", "srt"])
    arguments, file, outputs = json.loads((tmp_path / "said").read_text())
    wanted = [str(room.folder / name) for name in ("a b.wav", "a b.txt", "a b.srt")]
    assert (arguments, file, outputs.split(os.pathsep)) == (wanted, wanted[0], wanted[1:])


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("false", "The command false failed with code 1: try it in a terminal."),
        ("no-such-program", "The command no-such-program can't be started: No such file or directory. Check it in the configuration."),
        ("sh -c 'sleep 600'", "The command sh took longer than 0.5 s and was stopped: command_seconds gives it more."),
        ("'", "The command \"'\" can't be read: a quotation mark is never closed, or it is empty."),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="programs as POSIX has them")
def test_a_command_that_fails_is_told_and_loses_nothing(room: Any, command: str, says: str) -> None:
    room.drop("a.wav", 1)
    room.watch_once(command=command, command_seconds=0.5)
    assert room.wrong == [f"{room.folder / 'a.wav'}: {says}"]
    assert room.text("a.txt") == "Number 1.\n"
    room.watch_once(command=command)
    assert len(room.wrong) == 1


def test_documents_become_sound_where_that_is_asked_for(room: Any) -> None:
    (room.folder / "a.txt").write_text("Good morning. How are you?")
    (room.folder / "b.md").write_text("# Title\n\nText.")
    (room.folder / "empty.txt").write_text("\n")
    room.watch_once(speak=True, formats=["wav"])
    said = room.asked()
    assert room.names() == ["a.txt", "a.wav", "b.md", "b.wav", "empty.error.txt", "empty.txt"]
    room.watch_once(speak=True, formats=["wav"])
    assert room.asked() == said
    (room.folder / "a.txt").write_text("Good night.")
    before = (room.folder / "a.wav").read_bytes()
    room.watch_once(speak=True, formats=["wav"])
    assert len(room.asked()) == len(said) + 1
    assert (room.folder / "a.wav").read_bytes() != before


def test_one_folder_may_do_both_and_takes_nothing_that_it_wrote(room: Any, until: Until) -> None:
    room.drop("talk.wav", 1)
    (room.folder / "letter.txt").write_text("Good morning.")
    folders = [room.resolve(), room.resolve(speak=True, formats=["wav"])]
    room.watch_once(*folders)
    room.watch_once(*folders)
    assert room.names() == ["letter.txt", "letter.wav", "talk.txt", "talk.wav"]
    assert sorted(room.asked()) == ["1", "Good morning."]


def test_a_folder_is_not_watched_twice(room: Any) -> None:
    with pytest.raises(UsageError, match="is watched twice"), room.watching(room.resolve(), room.resolve()):
        pass


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"formats": ["docx"]}, "There is no format 'docx'"),
        ({"speak": True, "formats": ["docx"]}, "no sound format is named 'docx'"),
        ({"speak": True, "formats": ["wav", "mp3"]}, "a text is spoken into one format, not wav and mp3"),
        ({"voice": "ann"}, "a voice is for folders whose documents are read aloud"),
        ({"model": "tellr"}, "Did you mean 'teller'?"),
        ({"options": {"speed": 2}}, "has no options"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_watched(room: Any, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(VoiceBridgeError) as raised:
        room.resolve(**settings)
    assert says in str(raised.value)


# Files that are being copied.


@linux
def test_a_file_that_is_being_copied_is_left_alone_however_long_the_copier_pauses(room: Any, until: Until) -> None:
    source = room.drop(".made", 3, seconds=2.0)
    content = source.read_bytes()
    with room.watching() as watcher:
        until(lambda: watcher.is_idle)
        with (room.folder / "a.wav").open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            time.sleep(1.5)
            assert (room.asked(), room.names()) == ([], [".made", "a.wav"])
            assert watcher.status()[0].waiting == 1
            file.write(content[len(content) // 2 :])
        ended = time.monotonic()
        until(lambda: "a.txt" in room.names())
        took = time.monotonic() - ended
    assert room.text("a.txt").count("Number 3.") == 4
    assert took < 1.5, took


def test_a_copier_that_opens_the_file_again_and_again_is_waited_for(room: Any, until: Until) -> None:
    content = room.drop(".made", 3, seconds=2.0).read_bytes()
    with room.watching() as watcher:
        until(lambda: watcher.is_idle)
        for at in range(0, len(content), 4096):
            with (room.folder / "a.wav").open("ab") as file:
                file.write(content[at : at + 4096])
            time.sleep(0.05)
        until(lambda: "a.txt" in room.names())
    assert (room.asked(), room.text("a.txt").count("Number 3.")) == (["3"], 4)


def test_an_empty_file_is_given_time_to_be_filled(room: Any, until: Until) -> None:
    with room.watching() as watcher:
        until(lambda: watcher.is_idle)
        (room.folder / "a.wav").touch()
        time.sleep(1.0)
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


# What holds a whole folder up.


def test_after_the_machine_has_slept_all_is_looked_at_again(room: Any, until: Until, monkeypatch: Any, tmp_path: Path) -> None:
    asleep = [0.0]  # seconds; the day's clock goes on meanwhile, the one that measures time does not
    monkeypatch.setattr(watcher_module, "time", SimpleNamespace(time=lambda: time.time() + asleep[0], monotonic=time.monotonic))
    path = room.drop("a.wav", 1)
    other = room.drop("other.wav", 2, folder=tmp_path)
    with room.watching() as watcher:
        until(lambda: len(room.asked()) == 1 and watcher.is_idle)
        time.sleep(3.0)  # it reads the folder again for what may have come just after its change, and then once a minute
        path.write_bytes(other.read_bytes())  # in place, which changes nothing in the folder
        time.sleep(1.0)
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
    assert room.wrong == [f"{room.folder} is not there. It is waited for."]
    assert f"{room.folder} is there again." in room.told


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
    monkeypatch.setattr("voicebridge.watch.lot.RETRY", (0.2, 0.2))
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


# Many.


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
    """MiB that this process has in use, where the system says; 0 elsewhere."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
    except OSError:
        return 0.0
