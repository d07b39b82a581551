"""The ledger of processed files in watched folders, so that each is processed once (docs/adr/0026-watched-folders.md).

It is in the database of the journal. It contains paths, hashes and errors, but no text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

from voicebridge.journal.database import connect, translate_errors

BEGUN, WRITTEN, DONE, FAILED = "begun", "written", "done", "failed"
"""The states of a file: outputs are being written; outputs are complete; follow-up actions are done too; failed."""
KEEP_GONE = timedelta(days=365)
"""How long entries of deleted files are kept."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output file, and its state before the work started, or when it was complete."""

    path: str
    size: int | None
    """Bytes; ``None`` if it didn't exist."""
    mtime_ns: int | None

    @classmethod
    def of(cls, path: Path) -> Output:
        """The file in its current state."""
        try:
            status = path.stat()
        except OSError:
            return cls(str(path), None, None)
        return cls(str(path), status.st_size, status.st_mtime_ns)

    @property
    def is_as_it_was(self) -> bool:
        """Whether it still exists unchanged, by its size and time."""
        return self.size is not None and self == Output.of(Path(self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A file and its state."""

    path: str
    folder: str
    """The watched folder that contains it."""
    stamp: str
    """Its size and times when it was processed."""
    hash: str
    """Of its content, SHA-256."""
    how: str
    """A hash of everything that determines its outputs: model, language, formats and so on."""
    state: str
    """One of ``begun``, ``written``, ``done`` and ``failed``."""
    place: str
    """A name shared by all its outputs, and by no other file's."""
    outputs: tuple[Output, ...]
    problem: str = ""
    """The error, in one line."""
    gone: bool = False
    """Whether it was missing at the last scan of its folder."""
    attempts: int = 0
    """How often the user's command was started for it; more than once if the process died before it knew that the command was done."""

    @property
    def id(self) -> str:
        """Identifies this file with this content: the same for every attempt, and different after the file has changed."""
        return sha256(f"{self.hash} {self.how} {self.place}".encode()).hexdigest()[:16]


class Ledger:
    """Can be used by several threads and several processes at once."""

    def __init__(self, folder: Path) -> None:
        """Use the database in ``folder``, usually ``history`` in :func:`voicebridge.paths.data_dir`; it is created if necessary.

        Raises:
            OutputError: if it can't be created, or its database can't be opened.
        """
        self._folder = folder
        with translate_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        self._database = connect(folder / "history.sqlite3")
        self._mutex = RLock()
        with self._using() as database:
            database.execute("DELETE FROM watched WHERE gone AND noted < ?", [(datetime.now(UTC) - KEEP_GONE).isoformat()])

    def at(self, path: str) -> Noted | None:
        """The entry for a path."""
        return next(self._find("path = ?", path), None)

    def with_hash(self, digest: str) -> list[Noted]:
        """The entries for a content."""
        return list(self._find("hash = ?", digest))

    def owner(self, place: str) -> Noted | None:
        """The entry whose outputs are at a path."""
        return next(self._find("place = ? ORDER BY gone, noted DESC", place), None)

    def of_folder(self, folder: str) -> list[Noted]:
        """The entries of a watched folder, except missing files."""
        return list(self._find("folder = ? AND NOT gone", folder))

    def counts(self, folder: str) -> dict[str, int]:
        """The number of a folder's files in each state, including missing ones."""
        with self._using() as database:
            rows = database.execute("SELECT state, COUNT(*) FROM watched WHERE folder = ? GROUP BY state", [folder])
            return dict(rows.fetchall())

    def note(self, noted: Noted) -> None:
        """Save an entry, replacing the previous one."""
        row = {**asdict(noted), "gone": int(noted.gone), "noted": datetime.now(UTC).isoformat()}
        row["outputs"] = json.dumps([[each.path, each.size, each.mtime_ns] for each in noted.outputs])
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        with self._using() as database:
            database.execute(f"INSERT OR REPLACE INTO watched ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608 - names of ours

    def move(self, old: str, noted: Noted) -> None:
        """Rename the entry of ``old``, in one transaction."""
        with self._using() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                database.execute("DELETE FROM watched WHERE path = ?", [old])
                self.note(noted)
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    def mark_gone(self, paths: Iterable[str]) -> None:
        """Mark files as missing."""
        with self._using() as database:
            database.executemany("UPDATE watched SET gone = 1, noted = ? WHERE path = ?", [(_now(), path) for path in paths])

    def forget(self, path: str) -> None:
        """Delete the entry of a file."""
        with self._using() as database:
            database.execute("DELETE FROM watched WHERE path = ?", [path])

    def close(self) -> None:
        """Close the database."""
        with self._mutex:
            self._database.close()

    def _find(self, condition: str, value: str) -> Iterator[Noted]:
        with self._using() as database:
            rows = database.execute(f"SELECT * FROM watched WHERE {condition}", [value]).fetchall()  # noqa: S608 - conditions of ours
        return map(_noted, rows)

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._mutex, translate_errors(self._folder):
            yield self._database


def storable(path: str) -> str:
    """A path as text for the database: non-text bytes, which some file systems allow, are escaped."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _noted(row: sqlite3.Row) -> Noted:
    values: dict[str, Any] = dict(row)
    del values["noted"]
    outputs = tuple(Output(*output) for output in json.loads(values["outputs"]))
    return Noted(**{**values, "outputs": outputs, "gone": bool(values["gone"])})


def _now() -> str:
    return datetime.now(UTC).isoformat()
