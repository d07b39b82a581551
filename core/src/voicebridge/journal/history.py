"""The journal of dictations: a database, and next to it the recordings (docs/adr/0020-recording.md)."""

from __future__ import annotations

import builtins
import math
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from voicebridge.errors import UnknownNameError, UsageError
from voicebridge.files.lock import LockedFile
from voicebridge.journal import recordings
from voicebridge.journal.database import connect, translate_errors
from voicebridge.journal.retention import RetentionEntry, surplus

if TYPE_CHECKING:
    from voicebridge.runtime.settings import HistorySettings

RECORDING, RECORDED, TRANSCRIBED, DELIVERED, FAILED, CANCELLED = "recording", "recorded", "transcribed", "delivered", "failed", "cancelled"
"""The states of an entry."""
TIDY_EVERY = 600.0
"""Seconds between two clean-ups."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One dictation."""

    id: int
    audio: Path
    """The recording, a WAV file; it may have been deleted before the text."""
    state: str
    """``recording``, ``recorded``, ``transcribed``, ``delivered``, ``failed`` or ``cancelled``."""
    began: datetime
    """In UTC."""
    duration: float = 0.0
    """Its duration in seconds, once recorded."""
    text: str = ""
    model: str = ""
    """Full name of the model that transcribed it."""
    application: str = ""
    """The application it was dictated into."""
    delivered_to: str = ""
    problem: str = ""
    """The error, in one line."""


class History:
    """Can be used by several threads and several processes at once."""

    def __init__(self, folder: Path, keep: HistorySettings | None = None) -> None:
        """Use ``folder``, usually ``history`` in :func:`voicebridge.paths.data_dir`; created if necessary, accessible only to its owner.

        Args:
            folder: of the database and the recordings.
            keep: the retention settings, which are applied when entries are delivered or cancelled.

        Raises:
            OutputError: if it can't be created, or its database can't be opened.
        """
        self.folder = folder
        self._keep = keep
        self._tidied = -math.inf  # on the clock
        with translate_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        self._database = connect(folder / "history.sqlite3")
        self._held: dict[int, LockedFile] = {}  # our own undelivered ones; other processes tell them from abandoned ones by the lock
        self._mutex = RLock()

    def begin(self, sample_rate: int, application: str = "") -> Entry:
        """Create an entry and its recording: a WAV of ``sample_rate`` (Hz) without audio.

        Raises:
            OutputError: if it can't be written.
        """
        with self._using():
            began, path, lock = recordings.begin(self.folder, sample_rate)
            try:
                number = self._insert(began, path, RECORDING, application=application)
            except BaseException:
                lock.remove()
                raise
            self._held[number] = lock
        return Entry(number, path, RECORDING, began, application=application)

    def unlisted(self, application: str = "") -> Entry:
        """An entry that is not in the database; :meth:`recover` adds its recording, if there is one."""
        began = datetime.now(UTC)
        return Entry(0, recordings.path_of(self.folder, began), RECORDING, began, application=application)

    def recorded(self, number: int, duration: float, audio: Path | None = None) -> None:
        """The recording has ended after ``duration`` seconds; ``audio`` is its path, if it was moved."""
        place = {} if audio is None else {"audio": self._name(audio)}
        self._set(number, state=RECORDED, duration=duration, **place)

    def transcribed(self, number: int, text: str, model: str) -> None:
        """Save the text, and the model that transcribed it."""
        self._set(number, state=TRANSCRIBED, text=text.encode("utf-8", "replace").decode(), model=model, problem="")

    def delivered(self, number: int, to: str) -> None:
        """Save where the text was inserted."""
        self._set(number, state=DELIVERED, delivered_to=to, problem="")
        self.tidy()

    def failed(self, number: int, problem: str) -> None:
        """Save an error, in one line; other values are kept."""
        self._set(number, state=FAILED, problem=problem)

    def cancelled(self, number: int, duration: float) -> None:
        """The user cancelled it, after ``duration`` seconds."""
        self._set(number, state=CANCELLED, duration=duration)
        self.tidy()

    def entries(self, limit: int | None = None) -> list[Entry]:
        """All entries, or the first ``limit``; newest first."""
        with self._using():
            rows = self._database.execute("SELECT * FROM entries ORDER BY began DESC, id DESC LIMIT ?", [-1 if limit is None else limit])
            return [self._entry(row) for row in rows]

    def get(self, number: int) -> Entry:
        """The entry with that number.

        Raises:
            UnknownNameError: if there is none.
        """
        with self._using():
            row = self._database.execute("SELECT * FROM entries WHERE id = ?", [number]).fetchone()
        if row is None:
            raise UnknownNameError(f"The history has no entry {number}. List it with: voicebridge history")
        return self._entry(row)

    def delete(self, number: int) -> None:
        """Delete an entry and its recording.

        Raises:
            UnknownNameError: if there is none.
            UsageError: if it is being recorded.
        """
        if not self._forget([self.get(number)]):
            raise UsageError(f"The entry {number} is still being recorded. Stop the recording first.")

    def purge(self, older_than: timedelta = timedelta()) -> int:
        """Delete all entries that are at least that old, except active recordings; return their number."""
        before = datetime.now(UTC) - older_than
        return self._forget([entry for entry in self.entries() if entry.began <= before])

    def sweep(self, keep_days: float | None, keep_audio_days: float | None, keep_audio_mib: float) -> None:
        """Delete expired entries (:mod:`voicebridge.journal.retention`).

        Args:
            keep_days: after which an entry is deleted; ``None`` keeps it forever.
            keep_audio_days: after which its recording is deleted.
            keep_audio_mib: maximum size of all recordings together.
        """
        entries, now = self.entries(), datetime.now(UTC)
        kept = [
            RetentionEntry(
                entry.id, (now - entry.began) / timedelta(days=1), recordings.size(entry.audio), entry.state in (DELIVERED, CANCELLED)
            )
            for entry in entries
            if entry.state != RECORDING
        ]
        forgotten, silenced = surplus(kept, keep_days, keep_audio_days, keep_audio_mib * 2**20)
        self._forget([entry for entry in entries if entry.id in forgotten])
        with self._using():
            for entry in entries:
                if entry.id in silenced:
                    self._delete_recording(entry.audio)

    def tidy(self) -> None:
        """Delete expired entries according to this journal's settings; without any, nothing is deleted.

        This takes a while, and is done at most every ten minutes, unless nothing is to be kept.
        """
        keep = self._keep
        if keep is not None and (0 in (keep.keep_days, keep.keep_audio_days) or time.monotonic() - self._tidied >= TIDY_EVERY):
            self.sweep(keep.keep_days, keep.keep_audio_days, keep.keep_audio_mib)
            self._tidied = time.monotonic()

    def recover(self) -> list[Entry]:
        """Add and return recordings of processes that died while recording; those without audio are deleted."""
        recovered = []
        with self._using():
            known = {entry.audio: entry.state for entry in self.entries()}
            for path in sorted({*known, *recordings.all_in(self.folder)}):
                if known.get(path, RECORDING) == RECORDING and (lock := recordings.hold(path)):
                    recovered += self._take_in(path, lock)
        return recovered

    def unfinished(self) -> list[Entry]:
        """Entries of processes that died before delivering the text, or transcribing the recording; oldest first."""
        return [entry for entry in reversed(self.entries()) if entry.state in (RECORDED, TRANSCRIBED) and self._is_abandoned(entry)]

    def close(self) -> None:
        """Close everything; active recordings are left like those of a process that died."""
        with self._mutex:
            for lock in self._held.values():
                lock.close()
            self._held.clear()
            self._database.close()

    def _is_abandoned(self, entry: Entry) -> bool:
        if not entry.audio.exists() or (lock := recordings.hold(entry.audio)) is None:
            return False
        lock.close()
        return True

    def _take_in(self, path: Path, lock: LockedFile) -> builtins.list[Entry]:
        """Create an entry for an abandoned recording; in a power cut, an entry may be lost while its recording survives."""
        row = self._database.execute("SELECT id, state FROM entries WHERE audio = ?", [self._name(path)]).fetchone()
        if row is not None and row["state"] != RECORDING:  # its process has just finished it
            lock.close()
            return []
        if recordings.is_empty(path):
            lock.remove()
            self._database.execute("DELETE FROM entries WHERE audio = ?", [self._name(path)])
            return []
        lock.close()
        number = row["id"] if row is not None else self._insert(recordings.began(path), path, RECORDED)
        self._set(number, state=RECORDED, duration=recordings.duration(path))
        return [self.get(number)]

    def _forget(self, entries: Iterable[Entry]) -> int:
        """Delete all entries that are not being recorded, and return their number."""
        count = 0
        with self._using():
            for entry in entries:
                if entry.state == RECORDING:
                    lock = recordings.hold(entry.audio)
                    if lock is None:
                        continue
                    lock.remove()
                self._delete_recording(entry.audio)
                self._database.execute("DELETE FROM entries WHERE id = ?", [entry.id])
                count += 1
            if count:  # deleted data is still in the write-ahead log
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def _delete_recording(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        if path.parent != self.folder:  # it was moved to a separate folder
            with suppress(OSError):
                path.parent.rmdir()

    def _set(self, number: int, **values: Any) -> None:
        with self._using():
            if values["state"] not in (RECORDED, TRANSCRIBED) and (lock := self._held.pop(number, None)):
                lock.close()
            columns = ", ".join(f"{name} = ?" for name in values)
            self._database.execute(f"UPDATE entries SET {columns} WHERE id = ?", [*values.values(), number])  # noqa: S608 - names of ours

    def _insert(self, began: datetime, path: Path, state: str, application: str = "") -> int:
        row = [began.isoformat(), self._name(path), state, application]
        cursor = self._database.execute("INSERT INTO entries (began, audio, state, application) VALUES (?, ?, ?, ?)", row)
        return int(cursor.lastrowid or 0)

    def _entry(self, row: sqlite3.Row) -> Entry:
        values = dict(row)
        return Entry(**{**values, "audio": self.folder / row["audio"], "began": datetime.fromisoformat(row["began"])})

    def _name(self, path: Path) -> str:
        return path.name if path.parent == self.folder else str(path.absolute())

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._mutex, translate_errors(self.folder):
            yield
