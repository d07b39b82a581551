"""The files of the journal: recordings that are named by the moment in which they began, and locked by who makes them."""

from __future__ import annotations

import wave
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from voicebridge.locked import LockedFile

_NAME = "%Y%m%d-%H%M%S-%f"
"""The moment, in UTC."""
_HEADER = 200
"""Bytes that no header of ours has."""


def begin(folder: Path, sample_rate: int) -> tuple[datetime, Path, LockedFile]:
    """Make a WAV of ``sample_rate`` (Hz) without any sound, for its owner alone; gives when, where, and the lock on it.

    Raises:
        OSError: when it can't be made.
    """
    while True:
        now = datetime.now(UTC)
        path = path_of(folder, now)
        with suppress(BlockingIOError):  # another process began in the same microsecond
            lock = LockedFile(path, 0o600)
            break
    try:
        with path.open("r+b") as file, wave.open(file, "wb") as sound:
            sound.setparams((1, 2, sample_rate, 0, "NONE", "not compressed"))
    except BaseException:
        lock.remove()
        raise
    return now, path, lock


def hold(path: Path) -> LockedFile | None:
    """Lock a recording that was begun; ``None`` when somebody is still at it.

    Raises:
        OSError: when it can't be opened.
    """
    try:
        return LockedFile(path, 0o600)
    except BlockingIOError:
        return None


def all_in(folder: Path) -> set[Path]:
    """The recordings of a folder; what others put there is none."""
    return {path for path in folder.glob("*.wav") if _moment(path) is not None}


def is_empty(path: Path) -> bool:
    """Whether there is nothing in it but a header."""
    return size(path) < _HEADER


def path_of(folder: Path, began: datetime) -> Path:
    """Where the recording belongs that began then."""
    return folder / f"{began:{_NAME}}.wav"


def began(path: Path) -> datetime:
    """When a recording began, by its name."""
    return _moment(path) or datetime.fromtimestamp(path.stat().st_mtime, UTC)


def duration(path: Path) -> float:
    """Seconds; 0 of what can't be read."""
    try:
        with wave.open(str(path)) as file:
            return float(file.getnframes() / file.getframerate())
    except (OSError, EOFError, wave.Error):
        return 0.0


def size(path: Path) -> int:
    """Bytes; 0 of what was deleted."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _moment(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
