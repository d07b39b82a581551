"""Make sure that one daemon runs per user: the process with the lock."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from types import TracebackType

from voicebridge import paths
from voicebridge.errors import UnavailableError, UsageError
from voicebridge.files.lock import LockedFile

_PATIENCE = 1.0
"""Seconds for which locking is retried: a process that only checks for a daemon holds the lock briefly."""
_RETRY = 0.02


class Instance:
    """The daemon's lock file with its process id; held inside the block, or until the process ends."""

    def __enter__(self) -> Instance:
        """Take the lock.

        Raises:
            UsageError: if a daemon is already running.
            UnavailableError: if the lock file can't be created.
        """
        path = _path()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = _take(path)
        except BlockingIOError:
            pid = _read(path)
            raise UsageError(
                f"VoiceBridge is already running{f' (PID {pid})' if pid else ''}. Stop it first: voicebridge daemon stop"
            ) from None
        except OSError as error:
            raise _cannot_write(path, error) from error
        try:
            os.ftruncate(self._file.handle, 0)  # left by a killed process
            os.write(self._file.handle, f"{os.getpid()}\n".encode())
        except OSError as error:
            self._file.remove()
            raise _cannot_write(path, error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.remove()


def running_pid() -> int | None:
    """The process id of the running daemon, ``None`` if there is none, even if a killed one left its file."""
    path = _path()
    if not path.exists():
        return None
    try:
        LockedFile(path, 0o600).close()
    except BlockingIOError:
        return _read(path)
    except OSError:
        pass
    return None


def _cannot_write(path: Path, error: OSError) -> UnavailableError:
    remedy = "Free some disk space, or set" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Set"
    return UnavailableError(f"{path} can't be written: {error.strerror}. {remedy} VOICEBRIDGE_HOME to a folder of your own.")


def _take(path: Path) -> LockedFile:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return LockedFile(path, 0o600)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(_RETRY)


def _read(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # it is being written or removed
        return None


def _path() -> Path:
    return paths.runtime_dir() / "daemon.lock"
