"""What became of the files of watched folders, so that each is done once (docs/adr/0026-watched-folders.md).

It stands in the database of the journal. Nothing that was said or written is in it: paths, hashes, and what went wrong.
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

from voicebridge.journal.database import connect, told

BEGUN, WRITTEN, DONE, FAILED = "begun", "written", "done", "failed"
"""What a file may be at: its outputs are being made; they are in their places; what follows them is done too; it can't be done."""
KEEP_GONE = timedelta(days=365)
"""For how long it is known of a file that is not there any more."""


@dataclass(frozen=True, slots=True)
class Output:
    """A file that is made, and how it looked: when the work began, or once it was in its place."""

    path: str
    size: int | None
    """Bytes; ``None`` when there was none."""
    mtime_ns: int | None

    @classmethod
    def of(cls, path: Path) -> Output:
        """The file as it is now."""
        try:
            status = path.stat()
        except OSError:
            return cls(str(path), None, None)
        return cls(str(path), status.st_size, status.st_mtime_ns)

    @property
    def is_as_it_was(self) -> bool:
        """Whether it is still there and nobody has changed it, by its size and time."""
        return self.size is not None and self == Output.of(Path(self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A file, and what became of it."""

    path: str
    folder: str
    """The watched folder that it was found in."""
    stamp: str
    """Its size and times then."""
    hash: str
    """Of its content, SHA-256."""
    how: str
    """A hash of what decides over its outputs: model, language, formats and so on."""
    state: str
    """One of ``begun``, ``written``, ``done`` and ``failed``."""
    place: str
    """One for all its outputs, which no other file's outputs have."""
    outputs: tuple[Output, ...]
    problem: str = ""
    """What went wrong, in one line."""
    gone: bool = False
    """Whether it was not there any more when its folder was last looked at."""
    attempts: int = 0
    """How often the user's command was started for it; more than once where the process died before it knew that the command was done."""

    @property
    def id(self) -> str:
        """Stands for this file with this content: the same at every attempt, and another once the file has changed."""
        return sha256(f"{self.hash} {self.how} {self.place}".encode()).hexdigest()[:16]


class Ledger:
    """May be used by several threads and by several processes at once."""

    def __init__(self, folder: Path) -> None:
        """Use the database in ``folder``, mostly ``history`` in :func:`voicebridge.paths.data_dir`; it is made if need be.

        Raises:
            OutputError: when it can't be made, or the database in it can't be opened.
        """
        self._folder = folder
        with told(folder):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        self._database = connect(folder / "history.sqlite3")
        self._mutex = RLock()
        with self._using() as database:
            database.execute("DELETE FROM watched WHERE gone AND noted < ?", [(datetime.now(UTC) - KEEP_GONE).isoformat()])

    def at(self, path: str) -> Noted | None:
        """What is known of the file at a path."""
        return next(self._find("path = ?", path), None)

    def with_hash(self, digest: str) -> list[Noted]:
        """What is known of files with that content."""
        return list(self._find("hash = ?", digest))

    def owner(self, place: str) -> Noted | None:
        """The file whose outputs stand at a place."""
        return next(self._find("place = ? ORDER BY gone, noted DESC", place), None)

    def of_folder(self, folder: str) -> list[Noted]:
        """What is known of the files of a watched folder, but for those that are gone."""
        return list(self._find("folder = ? AND NOT gone", folder))

    def counts(self, folder: str) -> dict[str, int]:
        """How many files of a folder are in each state, those included that are gone."""
        with self._using() as database:
            rows = database.execute("SELECT state, COUNT(*) FROM watched WHERE folder = ? GROUP BY state", [folder])
            return dict(rows.fetchall())

    def note(self, noted: Noted) -> None:
        """Write down what is known of a file, in place of what was known before."""
        row = {**asdict(noted), "gone": int(noted.gone), "noted": datetime.now(UTC).isoformat()}
        row["outputs"] = json.dumps([[each.path, each.size, each.mtime_ns] for each in noted.outputs])
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        with self._using() as database:
            database.execute(f"INSERT OR REPLACE INTO watched ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608 - names of ours

    def move(self, old: str, noted: Noted) -> None:
        """Write down that the file at ``old`` is another by name, in one step."""
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
        """Write down that files are not there any more."""
        with self._using() as database:
            database.executemany("UPDATE watched SET gone = 1, noted = ? WHERE path = ?", [(_now(), path) for path in paths])

    def forget(self, path: str) -> None:
        """Know nothing of a file any more."""
        with self._using() as database:
            database.execute("DELETE FROM watched WHERE path = ?", [path])

    def close(self) -> None:
        """Let go of the database."""
        with self._mutex:
            self._database.close()

    def _find(self, condition: str, value: str) -> Iterator[Noted]:
        with self._using() as database:
            rows = database.execute(f"SELECT * FROM watched WHERE {condition}", [value]).fetchall()  # noqa: S608 - conditions of ours
        return map(_noted, rows)

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._mutex, told(self._folder):
            yield self._database


def storable(path: str) -> str:
    """A path as the database can hold it: bytes that are no text, which some file systems allow, are written out."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _noted(row: sqlite3.Row) -> Noted:
    values: dict[str, Any] = dict(row)
    del values["noted"]
    outputs = tuple(Output(*output) for output in json.loads(values["outputs"]))
    return Noted(**{**values, "outputs": outputs, "gone": bool(values["gone"])})


def _now() -> str:
    return datetime.now(UTC).isoformat()
