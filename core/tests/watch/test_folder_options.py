"""Which files of a folder are processed, where the results are written, and the command that follows."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.errors import UsageError, VoiceBridgeError
from voicebridge.testing.processes import PATIENCE

Until = Callable[..., None]


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
    room.watch_once(recursive=True, output=str(room.folder / "out"))
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
    room.watch_once(room.resolve(output=out), room.resolve(folder=str(other), output=out))
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
    ("command", "seconds", "says"),
    [
        ("false", PATIENCE, "The command false failed with code 1. Run it in a terminal to see why."),
        (
            "no-such-program",
            PATIENCE,
            "The command no-such-program can't be started: No such file or directory. Check it in the configuration.",
        ),
        ("sh -c 'sleep 600'", 0.5, "The command sh took longer than 0.5 s and was stopped. Allow more with command_seconds."),
        ("'", PATIENCE, 'The command "\'" is not valid: a quotation mark is not closed, or it is empty.'),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="programs as POSIX has them")
def test_a_command_that_fails_is_told_and_loses_nothing(room: Any, command: str, seconds: float, says: str) -> None:
    room.drop("a.wav", 1)
    room.watch_once(command=command, command_seconds=seconds)
    assert room.wrong == [f"{room.folder / 'a.wav'}: {says}"]
    assert room.text("a.txt") == "Number 1.\n"
    room.watch_once(command=command)
    assert len(room.wrong) == 1


def test_documents_become_sound_where_that_is_asked_for(room: Any) -> None:
    (room.folder / "a.txt").write_text("Good morning. How are you?")
    (room.folder / "b.md").write_text("# Title\n\nText.")
    (room.folder / "empty.txt").write_text("\n")
    room.watch_once(tts=True, formats=["wav"])
    said = room.asked()
    assert room.names() == ["a.txt", "a.wav", "b.md", "b.wav", "empty.error.txt", "empty.txt"]
    room.watch_once(tts=True, formats=["wav"])
    assert room.asked() == said
    (room.folder / "a.txt").write_text("Good night.")
    before = (room.folder / "a.wav").read_bytes()
    room.watch_once(tts=True, formats=["wav"])
    assert len(room.asked()) == len(said) + 1
    assert (room.folder / "a.wav").read_bytes() != before


def test_one_folder_may_do_both_and_takes_nothing_that_it_wrote(room: Any, until: Until) -> None:
    room.drop("talk.wav", 1)
    (room.folder / "letter.txt").write_text("Good morning.")
    folders = [room.resolve(), room.resolve(tts=True, formats=["wav"])]
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
        ({"formats": ["docx"]}, "Unknown format 'docx'"),
        ({"tts": True, "formats": ["docx"]}, "unknown audio format 'docx'"),
        ({"tts": True, "formats": ["wav", "mp3"]}, "speech is written in one format, not wav and mp3"),
        ({"voice": "ann"}, "voice applies only to folders with tts = true. Remove it, or set tts = true (--tts)."),
        ({"tts": True, "diarize": True}, "diarize applies only to transcription. Remove it, or remove tts = true (--tts)."),
        ({"tts": True, "executor": "local"}, "executor applies only to transcription. Remove it, or remove tts = true (--tts)."),
        ({"model": "tellr"}, "Did you mean 'teller'?"),
        ({"options": {"speed": 2}}, "has no options"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_watched(room: Any, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(VoiceBridgeError) as raised:
        room.resolve(**settings)
    assert says in str(raised.value)
