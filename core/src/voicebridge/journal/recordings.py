"""The recording files of the journal, named by their start time, and locked by the recording process."""

from __future__ import annotations

import wave
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from voicebridge.files.lock import LockedFile

_NAME = "%Y%m%d-%H%M%S-%f"
"""The time, in UTC."""
_HEADER = 200
"""More bytes than our header has."""


def begin(folder: Path, sample_rate: int) -> tuple[datetime, Path, LockedFile]:
    """Create an empty WAV of ``sample_rate`` (Hz), accessible only to its owner; return its time, path, and lock.

    Raises:
        OSError: if it can't be created.
    """
    while True:
        now = datetime.now(UTC)
        path = path_of(folder, now)
        with suppress(BlockingIOError):  # another process started in the same microsecond
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
    """Lock an existing recording; ``None`` if another process holds the lock.

    Raises:
        OSError: if it can't be opened.
    """
    try:
        return LockedFile(path, 0o600)
    except BlockingIOError:
        return None


def all_in(folder: Path) -> set[Path]:
    """The recordings in a folder; other files are ignored."""
    return {path for path in folder.glob("*.wav") if _moment(path) is not None}


def is_empty(path: Path) -> bool:
    """Whether it contains only a header."""
    return size(path) < _HEADER


def path_of(folder: Path, began: datetime) -> Path:
    """The path of the recording that started then."""
    return folder / f"{began:{_NAME}}.wav"


def began(path: Path) -> datetime:
    """The start time in a recording's name."""
    return _moment(path) or datetime.fromtimestamp(path.stat().st_mtime, UTC)


def duration(path: Path) -> float:
    """Seconds; 0 if it can't be read."""
    try:
        with wave.open(str(path)) as file:
            return float(file.getnframes() / file.getframerate())
    except (OSError, EOFError, wave.Error):
        return 0.0


def size(path: Path) -> int:
    """Bytes; 0 if it was deleted."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _moment(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
