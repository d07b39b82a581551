"""The journal: what was said is never lost and never kept longer than the user wants, whoever dies in between."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voicebridge.audio.capture_file import CaptureFile
from voicebridge.errors import OutputError, UnknownNameError, UsageError
from voicebridge.journal import database
from voicebridge.journal.ledger import Ledger
from voicebridge.journal.notes import Notes
from voicebridge.journal.retention import GRACE, Kept, surplus
from voicebridge.journal.store import Entry, Journal
from voicebridge.settings import HistorySettings
from voicebridge.testing.threads import run_together

RATE = 16_000
DATABASE = "history.sqlite3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history"


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    with closing(Journal(folder)) as journal:
        yield journal


def say(entry: Entry, seconds: float = 0.5) -> None:
    with closing(CaptureFile(entry.audio, RATE)) as file:
        file.write(np.full(round(seconds * RATE), 0.1, np.float32))


def dictated(journal: Journal, text: str = "Hello.", *, ago: float = 0.0, state: str = "delivered") -> Entry:
    """An entry that has come as far as ``state``, begun ``ago`` days ago."""
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


def test_an_entry_is_there_before_the_first_sample_and_its_file_can_be_read(journal: Journal) -> None:
    entry = journal.begin(22_050, "xterm")
    assert journal.entries() == [entry]
    assert (entry.state, entry.application, entry.duration, entry.text) == ("recording", "xterm", 0.0, "")
    assert abs(datetime.now(UTC) - entry.began) < timedelta(seconds=10)
    with wave.open(str(entry.audio)) as file:
        assert (file.getframerate(), file.getnframes()) == (22_050, 0)


def test_it_tells_what_became_of_each(journal: Journal) -> None:
    number = journal.begin(RATE).id
    journal.recorded(number, 2.5)
    assert (journal.get(number).state, journal.get(number).duration) == ("recorded", 2.5)
    journal.failed(number, "The model failed.")
    assert (journal.get(number).state, journal.get(number).problem) == ("failed", "The model failed.")
    journal.transcribed(number, "Grüße, 北京 😀", "whisper/base")
    journal.delivered(number, "cursor")
    entry = journal.get(number)
    assert (entry.state, entry.text, entry.model, entry.delivered_to) == ("delivered", "Grüße, 北京 😀", "whisper/base", "cursor")
    assert entry.problem == ""


def test_the_newest_comes_first(journal: Journal) -> None:
    ids = [journal.begin(RATE).id for _ in range(5)]
    assert [entry.id for entry in journal.entries()] == ids[::-1]
    assert [entry.id for entry in journal.entries(limit=2)] == ids[:2:-1]


def test_a_number_that_is_not_there_is_told(journal: Journal) -> None:
    with pytest.raises(UnknownNameError, match=r"^The history has no entry 7\. List it with: voicebridge history$"):
        journal.get(7)
    with pytest.raises(UnknownNameError):
        journal.delete(7)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters()), application=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was(journal: Journal, text: str, application: str) -> None:
    number = journal.begin(RATE, application).id
    journal.transcribed(number, text, "m")
    assert journal.get(number).text == text.encode("utf-8", "replace").decode()
    assert journal.get(number).application == application


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_nobody_else_may_read_it(journal: Journal) -> None:
    say(journal.begin(RATE))
    assert journal.folder.stat().st_mode & 0o777 == 0o700
    for path in journal.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_was_deleted_is_in_no_file_any_more(journal: Journal) -> None:
    secret = "the-combination-of-the-safe-is-4711"
    kept = dictated(journal, "Something else.")
    entry = dictated(journal, secret)
    journal.delete(entry.id)
    assert not entry.audio.exists()
    assert [each.id for each in journal.entries()] == [kept.id]
    for path in journal.folder.iterdir():
        assert secret.encode() not in path.read_bytes(), path


def test_what_is_being_recorded_is_neither_deleted_nor_purged_nor_recovered_by_anybody(journal: Journal, folder: Path) -> None:
    entry = journal.begin(RATE)
    say(entry)
    with closing(Journal(folder)) as other:
        for each in (journal, other):
            with pytest.raises(UsageError, match=rf"^The entry {entry.id} is being recorded\. Stop that first\.$"):
                each.delete(entry.id)
            assert each.purge() == 0
            each.sweep(0, 0, 0)
            assert each.recover() == []
        journal.recorded(entry.id, 0.5)
        assert other.purge() == 1
    assert not entry.audio.exists()


def test_purging_takes_what_is_older(journal: Journal) -> None:
    old, new = dictated(journal, ago=31), dictated(journal, ago=29)
    assert journal.purge(timedelta(days=30)) == 1
    assert [entry.id for entry in journal.entries()] == [new.id]
    assert not old.audio.exists()
    assert new.audio.exists()


# Retention


def test_sweeping_keeps_to_the_settings(journal: Journal) -> None:
    forgotten, silent, whole = (dictated(journal, ago=days) for days in (31, 8, 6))
    journal.sweep(30, 7, 1024)
    assert [entry.id for entry in journal.entries()] == [whole.id, silent.id]
    assert [entry.audio.exists() for entry in (forgotten, silent, whole)] == [False, False, True]
    journal.sweep(None, None, 1024)
    assert len(journal.entries()) == 2


def test_with_zero_days_an_entry_is_forgotten_once_it_is_delivered_or_cancelled(journal: Journal) -> None:
    kept = [dictated(journal, state=state) for state in ("recorded", "transcribed", "failed", "recording")]
    for state in ("delivered", "cancelled"):
        dictated(journal, state=state)
    journal.sweep(0, 0, 1024)
    assert {entry.id for entry in journal.entries()} == {entry.id for entry in kept}
    assert all(entry.audio.exists() for entry in kept)


def test_the_settings_are_applied_whenever_an_entry_is_settled(folder: Path) -> None:
    with closing(Journal(folder, HistorySettings(keep_days=2, keep_audio_days=0))) as journal:
        dictated(journal, ago=3)
        kept = dictated(journal)
        assert [entry.id for entry in journal.entries()] == [kept.id]
        assert not kept.audio.exists()
    with closing(Journal(folder, HistorySettings(keep_days=2))) as journal:
        old = dictated(journal, ago=3)
        dictated(journal)
        assert old.id in [entry.id for entry in journal.entries()]  # it has looked a moment ago
    with closing(Journal(folder, HistorySettings(keep_days=0))) as journal:
        number = journal.begin(RATE).id
        journal.cancelled(number, 1.5)
        assert journal.entries() == []


def test_above_the_size_the_oldest_recordings_go_and_their_text_stays(journal: Journal) -> None:
    entries = [dictated(journal, ago=days) for days in (4, 3, 2)]
    size = entries[0].audio.stat().st_size
    journal.sweep(30, 7, 2.5 * size / 2**20)
    assert [entry.audio.exists() for entry in entries] == [False, True, True]
    assert len(journal.entries()) == 3


_KEPT = st.builds(Kept, st.integers(), st.floats(0, 100), st.integers(0, 1_000), st.booleans())


@given(
    st.lists(_KEPT, max_size=20, unique_by=lambda kept: kept.id),
    st.none() | st.floats(0, 60), st.none() | st.floats(0, 60), st.floats(0, 5_000),
)  # fmt: skip
def test_retention_never_takes_what_is_fresh_and_not_delivered_and_always_keeps_the_size(
    entries: list[Kept], days: float | None, audio_days: float | None, size: float
) -> None:
    forgotten, silenced = surplus(entries, days, audio_days, size)
    assert not forgotten & silenced
    left = [entry for entry in entries if entry.id not in forgotten]
    for entry in entries:
        if not entry.settled and entry.age < GRACE:
            assert entry.id not in forgotten | silenced
        if days is not None and entry.settled and entry.age >= days:
            assert entry.id in forgotten
    fresh = sum(entry.size for entry in left if not entry.settled and entry.age < GRACE)
    assert sum(entry.size for entry in left if entry.id not in silenced) <= size + fresh


# Deaths


def in_process(folder: Path, code: str) -> subprocess.Popen[str]:
    """A process that uses the journal, and has done what ``code`` says once this returns."""
    program = (
        "import sys, numpy\nfrom pathlib import Path\nfrom voicebridge.journal.store import Journal\n"
        "from voicebridge.audio.capture_file import CaptureFile\njournal = Journal(Path(sys.argv[1]))\n"
        f"{code}\nprint('ready', flush=True)\nsys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


SPEAKING = "entry = journal.begin(16000)\nfile = CaptureFile(entry.audio, 16000)\nfile.write(numpy.full(24000, 0.1, 'float32'))"


def test_a_recording_whose_process_was_killed_is_recovered_by_the_next(journal: Journal, folder: Path) -> None:
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
    journal: Journal, folder: Path, state: str
) -> None:
    process = in_process(folder, f"{SPEAKING}\n{STATES[state]}")
    assert journal.unfinished() == []
    kill(process)
    [entry] = journal.unfinished()
    assert (entry.state, entry.audio.exists()) == (state, True)
    journal.delivered(entry.id, "cursor")
    assert journal.unfinished() == []


def test_a_recording_in_which_nothing_was_heard_is_forgotten(journal: Journal, folder: Path) -> None:
    kill(in_process(folder, "journal.begin(16000)"))
    assert journal.recover() == []
    assert journal.entries() == []
    assert not list(folder.glob("*.wav"))


def test_a_recording_whose_entry_a_power_cut_has_taken_is_listed_again(journal: Journal, folder: Path) -> None:
    with closing(Journal(folder)) as cut_off:
        entry = dictated(cut_off, state="recorded")
    journal._database.execute("DELETE FROM entries")
    [found] = journal.recover()
    assert (found.audio, found.state, found.duration) == (entry.audio, "recorded", 0.5)
    assert abs(found.began - entry.began) < timedelta(seconds=1)


@pytest.mark.parametrize("name", ["notes.txt", "song.wav", "20261123-041500.wav"])
def test_what_others_put_into_the_folder_is_no_recording_of_ours(journal: Journal, name: str) -> None:
    (journal.folder / name).write_text("mine")
    assert journal.recover() == []
    assert (journal.folder / name).read_text() == "mine"


def test_a_recording_whose_header_a_power_cut_has_taken_is_not_thrown_away(journal: Journal, folder: Path) -> None:
    with closing(Journal(folder)) as cut_off:
        entry = dictated(cut_off, state="recorded")
    sound = entry.audio.read_bytes()
    entry.audio.write_bytes(bytes(100) + sound[100:])
    journal._database.execute("DELETE FROM entries")
    [found] = journal.recover()
    assert (found.state, found.duration, found.audio) == ("recorded", 0.0, entry.audio)
    assert entry.audio.exists()


def test_several_processes_write_at_once(journal: Journal, folder: Path) -> None:
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


def test_what_is_written_is_seen_by_other_processes_after_a_second_connection_was_made(journal: Journal, folder: Path) -> None:
    entry = dictated(journal, state="recorded")
    with closing(Ledger(folder)):
        for text in ("Hello.", "Hello again."):
            journal.transcribed(entry.id, text, "fake/model")
            process = in_process(folder, f"assert journal.entries()[0].text == {text!r}\njournal.close()")
            process.communicate("")  # it ends in good order, and may tidy up behind the last one


def test_a_power_cut_at_any_write_leaves_a_database_that_opens(tmp_path: Path, folder: Path) -> None:
    with closing(Journal(folder)) as journal:
        for number in range(5):
            dictated(journal, f"text {number}")
        wal = (folder / f"{DATABASE}-wal").read_bytes()
        main = (folder / DATABASE).read_bytes()
        everything = [entry.text for entry in journal.entries()]
    cut = np.random.default_rng(0).integers(0, len(wal), 40)
    for number, length in enumerate([0, len(wal), *cut]):
        for tail in (b"", bytes(500), b"\xa5" * 5_000):  # what had not come to the disk yet may be anything
            copy = tmp_path / f"cut-{number}-{len(tail)}"
            copy.mkdir()
            (copy / DATABASE).write_bytes(main)
            (copy / f"{DATABASE}-wal").write_bytes(wal[:length] + tail)
            with closing(Journal(copy)) as after:
                texts = [entry.text for entry in after.entries() if entry.text]
                assert texts == everything[len(everything) - len(texts) :]
                after.begin(RATE)
            shutil.rmtree(copy)
    assert not list(tmp_path.glob("**/*.damaged"))


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5_000, bytes(8_192)])
def test_a_database_that_is_none_is_put_aside_and_the_recordings_are_listed_again(folder: Path, damage: bytes) -> None:
    with closing(Journal(folder)) as journal:
        entry = dictated(journal)
    (folder / DATABASE).write_bytes(damage)
    with closing(Journal(folder)) as journal:
        [found] = journal.recover()
        assert (found.audio, found.state) == (entry.audio, "recorded")
    assert (folder / "history.damaged").read_bytes() == damage


def test_a_database_of_an_older_version_becomes_one_of_today_and_keeps_what_it_holds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Journal(folder)) as journal:
        dictated(journal, "kept")
    later = (*database.MIGRATIONS, "ALTER TABLE entries ADD COLUMN mood TEXT NOT NULL DEFAULT 'good'")
    monkeypatch.setattr(database, "MIGRATIONS", later)
    with closing(database.connect(folder / DATABASE)) as opened:
        assert [tuple(row) for row in opened.execute("SELECT text, mood FROM entries")] == [("kept", "good")]
        assert opened.execute("PRAGMA user_version").fetchone()[0] == len(later)


def test_a_database_of_a_newer_version_is_left_alone_and_told(folder: Path) -> None:
    Journal(folder).close()
    with closing(sqlite3.connect(folder / DATABASE)) as opened:
        opened.execute("PRAGMA user_version = 99")
    with pytest.raises(OutputError, match=r"was made by a newer VoiceBridge\. Update this one: .*core"):
        Journal(folder)


def test_a_folder_that_can_not_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        OutputError, match=r"^The history in .*history can't be used: .*\. Make room there, or see that you may write there\.$"
    ):
        Journal(tmp_path / "file" / "history")


@pytest.mark.skipif(os.name != "posix", reason="limits of a file's size are POSIX'")
def test_a_full_disk_is_one_clear_line_and_what_is_there_stays(journal: Journal) -> None:
    import resource

    entry = dictated(journal)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OutputError, match=r"^The history in .* can't be used: .*\. Make room there, or see that "):
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
def test_a_dictation_goes_on_when_nothing_can_be_noted_and_the_user_is_told_once(journal: Journal) -> None:
    import resource

    told: list[str] = []
    notes = Notes(journal, told.append)
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


def test_it_may_be_used_from_several_threads(journal: Journal) -> None:
    def work() -> None:
        for _ in range(20):
            dictated(journal)

    run_together([work] * 4, 60)
    assert len(journal.entries()) == 80
