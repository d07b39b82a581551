"""The database with power cuts, several processes, other versions, and full disks."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from voicebridge.errors import OutputError
from voicebridge.journal import database
from voicebridge.journal.best_effort import BestEffortHistory
from voicebridge.journal.history import Entry, History
from voicebridge.journal.ledger import Ledger
from voicebridge.testing.threads import run_together

RATE = 16_000
DATABASE = "history.sqlite3"


def test_several_processes_write_at_once(journal: History, folder: Path, in_process: Callable[..., subprocess.Popen[str]]) -> None:
    code = (
        "for number in range(40):\n    entry = journal.begin(16000)\n    journal.recorded(entry.id, 1.0)\n"
        "    journal.transcribed(entry.id, 'x', 'm')\n    journal.delivered(entry.id, 'cursor')\n    journal.recover()"
    )
    processes = [in_process(folder, code) for _ in range(4)]
    for process in processes:
        process.communicate("")
    assert [process.returncode for process in processes] == [0] * 4
    entries = journal.entries()
    assert len(entries) == len({entry.audio for entry in entries}) == 160
    assert {entry.state for entry in entries} == {"delivered"}


def test_what_is_written_is_seen_by_other_processes_after_a_second_connection_was_made(
    journal: History, folder: Path, dictated: Callable[..., Entry], in_process: Callable[..., subprocess.Popen[str]]
) -> None:
    entry = dictated(journal, state="recorded")
    with closing(Ledger(folder)):
        for text in ("Hello.", "Hello again."):
            journal.transcribed(entry.id, text, "fake/model")
            process = in_process(folder, f"assert journal.entries()[0].text == {text!r}\njournal.close()")
            process.communicate("")  # it ends normally, and may clean up as the last one


def test_a_power_cut_at_any_write_leaves_a_database_that_opens(tmp_path: Path, folder: Path, dictated: Callable[..., Entry]) -> None:
    with closing(History(folder)) as journal:
        for number in range(5):
            dictated(journal, f"text {number}")
        wal = (folder / f"{DATABASE}-wal").read_bytes()
        main = (folder / DATABASE).read_bytes()
        everything = [entry.text for entry in journal.entries()]
    cut = np.random.default_rng(0).integers(0, len(wal), 40)
    for number, length in enumerate([0, len(wal), *cut]):
        for tail in (b"", bytes(500), b"\xa5" * 5_000):  # what had not been written to disk may be anything
            copy = tmp_path / f"cut-{number}-{len(tail)}"
            copy.mkdir()
            (copy / DATABASE).write_bytes(main)
            (copy / f"{DATABASE}-wal").write_bytes(wal[:length] + tail)
            with closing(History(copy)) as after:
                texts = [entry.text for entry in after.entries() if entry.text]
                assert texts == everything[len(everything) - len(texts) :]
                after.begin(RATE)
            shutil.rmtree(copy)
    assert not list(tmp_path.glob("**/*.damaged"))


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5_000, bytes(8_192)])
def test_a_database_that_is_none_is_put_aside_and_the_recordings_are_listed_again(
    folder: Path, damage: bytes, dictated: Callable[..., Entry]
) -> None:
    with closing(History(folder)) as journal:
        entry = dictated(journal)
    (folder / DATABASE).write_bytes(damage)
    with closing(History(folder)) as journal:
        [found] = journal.recover()
        assert (found.audio, found.state) == (entry.audio, "recorded")
    assert (folder / "history.damaged").read_bytes() == damage


def test_a_database_of_an_older_version_becomes_one_of_today_and_keeps_what_it_holds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, dictated: Callable[..., Entry]
) -> None:
    with closing(History(folder)) as journal:
        dictated(journal, "kept")
    later = (*database.MIGRATIONS, "ALTER TABLE entries ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'")
    monkeypatch.setattr(database, "MIGRATIONS", later)
    with closing(database.connect(folder / DATABASE)) as opened:
        assert [tuple(row) for row in opened.execute("SELECT text, mood FROM entries")] == [("kept", "good")]
        assert opened.execute("PRAGMA user_version").fetchone()[0] == len(later)


def test_a_database_of_a_newer_version_is_left_alone_and_told(folder: Path) -> None:
    History(folder).close()
    with closing(sqlite3.connect(folder / DATABASE)) as opened:
        opened.execute("PRAGMA user_version = 99")
    with pytest.raises(OutputError, match=r"was created by a newer VoiceBridge\. Update this one: .*core"):
        History(folder)


def test_a_folder_that_can_not_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        OutputError, match=r"^The history in .*history can't be used: .*\. Free some disk space, or check the folder's permissions\.$"
    ):
        History(tmp_path / "file" / "history")


@pytest.mark.skipif(os.name != "posix", reason="limits of a file's size are POSIX'")
def test_a_full_disk_is_one_clear_line_and_what_is_there_stays(journal: History, dictated: Callable[..., Entry]) -> None:
    import resource

    entry = dictated(journal)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OutputError, match=r"^The history in .* can't be used: .*\. Free some disk space, or check "):
            journal.begin(RATE)
        with pytest.raises(OutputError):
            journal.transcribed(entry.id, "x" * 10_000, "m")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert journal.entries() == [entry]
    assert [path.name for path in journal.folder.glob("*.wav")] == [entry.audio.name]
    assert journal.begin(RATE).state == "recording"


@pytest.mark.skipif(os.name != "posix", reason="limits of a file's size are POSIX'")
def test_a_dictation_goes_on_when_nothing_can_be_noted_and_the_user_is_told_once(journal: History, say: Callable[..., None]) -> None:
    import resource

    told: list[str] = []
    notes = BestEffortHistory(journal, told.append)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    listed = notes.begin(RATE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        unlisted = notes.begin(RATE, "xterm")
        for entry in (listed, unlisted):
            notes.recorded(entry.id, 0.5)
            notes.transcribed(entry.id, "x" * 10_000, "m")
            notes.delivered(entry.id, "cursor")
            notes.failed(entry.id, "It failed.")
            notes.cancelled(entry.id, 1.5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert len(told) == 1
    say(unlisted)
    say(listed)
    assert unlisted.id == 0
    assert {entry.audio for entry in journal.recover()} == {listed.audio, unlisted.audio}


def test_it_may_be_used_from_several_threads(journal: History, dictated: Callable[..., Entry]) -> None:
    def work() -> None:
        for _ in range(20):
            dictated(journal)

    run_together([work] * 4, 60)
    assert len(journal.entries()) == 80
