"""The database of the journal: opening it, and migrating older schemas."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from voicebridge.errors import OutputError

PATIENCE = 5.0
"""Seconds to wait for another process that is writing."""
MIGRATIONS = (
    """
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        began TEXT NOT NULL,
        audio TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        duration REAL NOT NULL DEFAULT 0,
        text TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        application TEXT NOT NULL DEFAULT '',
        delivered_to TEXT NOT NULL DEFAULT '',
        problem TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE watched (
        path TEXT PRIMARY KEY,
        folder TEXT NOT NULL,
        stamp TEXT NOT NULL,
        hash TEXT NOT NULL,
        how TEXT NOT NULL,
        state TEXT NOT NULL,
        place TEXT NOT NULL,
        outputs TEXT NOT NULL,
        problem TEXT NOT NULL DEFAULT '',
        gone INTEGER NOT NULL DEFAULT 0,
        noted TEXT NOT NULL,
        UNIQUE (hash, path),
        UNIQUE (place, path)
    ) STRICT
    """,
    "ALTER TABLE watched ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0",
)
"""One statement per schema version, which migrates from the previous one. Published statements are never changed."""


def connect(path: Path) -> sqlite3.Connection:
    """Open or create the database at ``path`` in the current schema; a file that is not a database is moved away.

    Raises:
        OutputError: if it can't be opened, or was created by a newer VoiceBridge.
    """
    with translate_errors(path.parent):
        with suppress(FileExistsError):
            # Its companion files get its permissions. An existing one is not opened: closing a file releases all locks of this process on
            # it, including those of other connections, and another process would then delete the log in use.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            return _open(path)
        except sqlite3.OperationalError:  # locked, disk full, or no permission
            raise
        except sqlite3.DatabaseError:
            path.replace(path.with_suffix(".damaged"))
            for name in (f"{path.name}-wal", f"{path.name}-shm"):
                path.with_name(name).unlink(missing_ok=True)
    return connect(path)


@contextmanager
def translate_errors(folder: Path) -> Iterator[None]:
    """Convert errors of the database or the system into one line.

    Raises:
        OutputError: that line.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(
            f"The history in {folder} can't be used: {reason}. Free some disk space, or check the folder's permissions."
        ) from error


def _open(path: Path) -> sqlite3.Connection:
    # Autocommit unless BEGIN is used. The journal makes sure that one thread uses it at a time.
    database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        database.row_factory = sqlite3.Row
        # With these settings, a process that dies loses nothing, and a power cut loses at most the last seconds, and never the whole
        # database.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA secure_delete = ON")  # deleted data was private
        _migrate(database, path)
    except BaseException:
        database.close()
        raise
    return database


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    if _version(database) == len(MIGRATIONS):
        return
    database.execute("BEGIN IMMEDIATE")  # and no other process may do the same concurrently
    try:
        version = _version(database)
        if version > len(MIGRATIONS):
            from voicebridge.installing import remedy

            update = remedy("voicebridge-core", upgrade=True)
            raise OutputError(f"{path} was created by a newer VoiceBridge. Update this one: {update}")
        for number, statement in enumerate(MIGRATIONS[version:], version + 1):
            database.execute(statement)
            database.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
