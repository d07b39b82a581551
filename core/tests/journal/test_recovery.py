"""Dictations are never lost, whichever process dies while they are written."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from voicebridge.journal.history import Entry, History
from voicebridge.testing.processes import PATIENCE


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


SPEAKING = "entry = journal.begin(16000)\nfile = CaptureFile(entry.audio, 16000)\nfile.write(numpy.full(24000, 0.1, 'float32'))"


def test_a_recording_whose_process_was_killed_is_recovered_by_the_next(
    journal: History, folder: Path, in_process: Callable[..., subprocess.Popen[str]]
) -> None:
    process = in_process(folder, SPEAKING)
    assert journal.recover() == []
    assert journal.entries()[0].state == "recording"
    kill(process)
    [entry] = journal.recover()
    assert (entry.state, entry.duration) == ("recorded", 1.5)
    assert journal.entries() == [entry]
    assert journal.recover() == []


STATES = {
    "recorded": "journal.recorded(entry.id, 1.5)",
    "transcribed": "journal.recorded(entry.id, 1.5)\njournal.transcribed(entry.id, 'Hello.', 'fake/model')",
}


@pytest.mark.parametrize("state", STATES)
def test_what_a_killed_process_had_not_delivered_is_known_to_the_next_and_to_nobody_before(
    journal: History, folder: Path, state: str, in_process: Callable[..., subprocess.Popen[str]]
) -> None:
    process = in_process(folder, f"{SPEAKING}\n{STATES[state]}")
    assert journal.unfinished() == []
    kill(process)
    [entry] = journal.unfinished()
    assert (entry.state, entry.audio.exists()) == (state, True)
    journal.delivered(entry.id, "cursor")
    assert journal.unfinished() == []


def test_a_recording_in_which_nothing_was_heard_is_forgotten(
    journal: History, folder: Path, in_process: Callable[..., subprocess.Popen[str]]
) -> None:
    kill(in_process(folder, "journal.begin(16000)"))
    assert journal.recover() == []
    assert journal.entries() == []
    assert not list(folder.glob("*.wav"))


def test_a_recording_whose_entry_a_power_cut_has_taken_is_listed_again(
    journal: History, folder: Path, dictated: Callable[..., Entry]
) -> None:
    with closing(History(folder)) as cut_off:
        entry = dictated(cut_off, state="recorded")
    journal._database.execute("DELETE FROM entries")
    [found] = journal.recover()
    assert (found.audio, found.state, found.duration) == (entry.audio, "recorded", 0.5)
    assert abs(found.began - entry.began) < timedelta(seconds=PATIENCE)


@pytest.mark.parametrize("name", ["notes.txt", "song.wav", "20261123-041500.wav"])
def test_what_others_put_into_the_folder_is_no_recording_of_ours(journal: History, name: str) -> None:
    (journal.folder / name).write_text("mine")
    assert journal.recover() == []
    assert (journal.folder / name).read_text() == "mine"


def test_a_recording_whose_header_a_power_cut_has_taken_is_not_thrown_away(
    journal: History, folder: Path, dictated: Callable[..., Entry]
) -> None:
    with closing(History(folder)) as cut_off:
        entry = dictated(cut_off, state="recorded")
    sound = entry.audio.read_bytes()
    entry.audio.write_bytes(bytes(100) + sound[100:])
    journal._database.execute("DELETE FROM entries")
    [found] = journal.recover()
    assert (found.state, found.duration, found.audio) == ("recorded", 0.0, entry.audio)
    assert entry.audio.exists()
