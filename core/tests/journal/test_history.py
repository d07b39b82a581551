"""Dictations are stored, listed and deleted."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voicebridge.errors import UnknownNameError, UsageError
from voicebridge.journal.history import Entry, History

RATE = 16_000


def test_an_entry_is_there_before_the_first_sample_and_its_file_can_be_read(journal: History) -> None:
    before = datetime.now(UTC)
    entry = journal.begin(22_050, "xterm")
    assert journal.entries() == [entry]
    assert (entry.state, entry.application, entry.duration, entry.text) == ("recording", "xterm", 0.0, "")
    assert before <= entry.began <= datetime.now(UTC)
    with wave.open(str(entry.audio)) as file:
        assert (file.getframerate(), file.getnframes()) == (22_050, 0)


def test_it_tells_what_became_of_each(journal: History) -> None:
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


def test_the_newest_comes_first(journal: History) -> None:
    ids = [journal.begin(RATE).id for _ in range(5)]
    assert [entry.id for entry in journal.entries()] == ids[::-1]
    assert [entry.id for entry in journal.entries(limit=2)] == ids[:2:-1]


def test_a_number_that_is_not_there_is_told(journal: History) -> None:
    with pytest.raises(UnknownNameError, match=r"^The history has no entry 7\. List it with: voicebridge history$"):
        journal.get(7)
    with pytest.raises(UnknownNameError):
        journal.delete(7)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters()), application=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was(journal: History, text: str, application: str) -> None:
    number = journal.begin(RATE, application).id
    journal.transcribed(number, text, "m")
    assert journal.get(number).text == text.encode("utf-8", "replace").decode()
    assert journal.get(number).application == application


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_nobody_else_may_read_it(journal: History, say: Callable[..., None]) -> None:
    say(journal.begin(RATE))
    assert journal.folder.stat().st_mode & 0o777 == 0o700
    for path in journal.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_was_deleted_is_in_no_file_any_more(journal: History, dictated: Callable[..., Entry]) -> None:
    secret = "the-combination-of-the-safe-is-4711"
    kept = dictated(journal, "Something else.")
    entry = dictated(journal, secret)
    journal.delete(entry.id)
    assert not entry.audio.exists()
    assert [each.id for each in journal.entries()] == [kept.id]
    for path in journal.folder.iterdir():
        assert secret.encode() not in path.read_bytes(), path


def test_what_is_being_recorded_is_neither_deleted_nor_purged_nor_recovered_by_anybody(
    journal: History, folder: Path, say: Callable[..., None]
) -> None:
    entry = journal.begin(RATE)
    say(entry)
    with closing(History(folder)) as other:
        for each in (journal, other):
            with pytest.raises(UsageError, match=rf"^The entry {entry.id} is still being recorded\. Stop the recording first\.$"):
                each.delete(entry.id)
            assert each.purge() == 0
            each.sweep(0, 0, 0)
            assert each.recover() == []
        journal.recorded(entry.id, 0.5)
        assert other.purge() == 1
    assert not entry.audio.exists()


def test_purging_takes_what_is_older(journal: History, dictated: Callable[..., Entry]) -> None:
    old, new = dictated(journal, ago=31), dictated(journal, ago=29)
    assert journal.purge(timedelta(days=30)) == 1
    assert [entry.id for entry in journal.entries()] == [new.id]
    assert not old.audio.exists()
    assert new.audio.exists()
