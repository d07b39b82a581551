"""Nothing is kept longer, or deleted earlier, than the user wants."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from voicebridge.journal.history import Entry, History
from voicebridge.journal.retention import GRACE, RetentionEntry, surplus
from voicebridge.runtime.settings import HistorySettings

RATE = 16_000


def test_sweeping_keeps_to_the_settings(journal: History, dictated: Callable[..., Entry]) -> None:
    forgotten, silent, whole = (dictated(journal, ago=days) for days in (31, 8, 6))
    journal.sweep(30, 7, 1024)
    assert [entry.id for entry in journal.entries()] == [whole.id, silent.id]
    assert [entry.audio.exists() for entry in (forgotten, silent, whole)] == [False, False, True]
    journal.sweep(None, None, 1024)
    assert len(journal.entries()) == 2


def test_with_zero_days_an_entry_is_forgotten_once_it_is_delivered_or_cancelled(journal: History, dictated: Callable[..., Entry]) -> None:
    kept = [dictated(journal, state=state) for state in ("recorded", "transcribed", "failed", "recording")]
    for state in ("delivered", "cancelled"):
        dictated(journal, state=state)
    journal.sweep(0, 0, 1024)
    assert {entry.id for entry in journal.entries()} == {entry.id for entry in kept}
    assert all(entry.audio.exists() for entry in kept)


def test_the_settings_are_applied_whenever_an_entry_is_settled(folder: Path, dictated: Callable[..., Entry]) -> None:
    with closing(History(folder, HistorySettings(keep_days=2, keep_audio_days=0))) as journal:
        dictated(journal, ago=3)
        kept = dictated(journal)
        assert [entry.id for entry in journal.entries()] == [kept.id]
        assert not kept.audio.exists()
    with closing(History(folder, HistorySettings(keep_days=2))) as journal:
        old = dictated(journal, ago=3)
        dictated(journal)
        assert old.id in [entry.id for entry in journal.entries()]  # it has looked a moment ago
    with closing(History(folder, HistorySettings(keep_days=0))) as journal:
        number = journal.begin(RATE).id
        journal.cancelled(number, 1.5)
        assert journal.entries() == []


def test_above_the_size_the_oldest_recordings_go_and_their_text_stays(journal: History, dictated: Callable[..., Entry]) -> None:
    entries = [dictated(journal, ago=days) for days in (4, 3, 2)]
    size = entries[0].audio.stat().st_size
    journal.sweep(30, 7, 2.5 * size / 2**20)
    assert [entry.audio.exists() for entry in entries] == [False, True, True]
    assert len(journal.entries()) == 3


_KEPT = st.builds(RetentionEntry, st.integers(), st.floats(0, 100), st.integers(0, 1_000), st.booleans())


@given(
    st.lists(_KEPT, max_size=20, unique_by=lambda kept: kept.id),
    st.none() | st.floats(0, 60), st.none() | st.floats(0, 60), st.floats(0, 5_000),
)  # fmt: skip
def test_retention_never_takes_what_is_fresh_and_not_delivered_and_always_keeps_the_size(
    entries: list[RetentionEntry], days: float | None, audio_days: float | None, size: float
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
