"""That one daemon runs for each user: whoever has the lock is it."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from types import TracebackType

from voicebridge import paths
from voicebridge.errors import Unavailable, UsageError
from voicebridge.locked import LockedFile

_PATIENCE = 1.0
"""Seconds in which a lock is tried for again: a process that only looks whether a daemon runs holds it for a moment."""
_RETRY = 0.02


class Instance:
    """The lock of the daemon, with its process number inside; held from entering to leaving, or to the end of the process in any way."""

    def __enter__(self) -> Instance:
        """Take the lock.

        Raises:
            UsageError: when a daemon runs already.
            Unavailable: when the lock can't be made.
        """
        path = _path()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = _take(path)
        except BlockingIOError:
            pid = _read(path)
            raise UsageError(
                f"VoiceBridge runs already{f', process {pid}' if pid else ''}. Stop it first: voicebridge daemon stop"
            ) from None
        except OSError as error:
            raise _cannot_write(path, error) from error
        try:
            os.ftruncate(self._file.handle, 0)  # what a killed one has left
            os.write(self._file.handle, f"{os.getpid()}\n".encode())
        except OSError as error:
            self._file.remove()
            raise _cannot_write(path, error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.remove()


def running_pid() -> int | None:
    """The process number of the daemon that runs, ``None`` when none does, whatever a killed one has left."""
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


def _cannot_write(path: Path, error: OSError) -> Unavailable:
    remedy = "Make room there, or set" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Set"
    return Unavailable(f"{path} can't be written: {error.strerror}. {remedy} VOICEBRIDGE_HOME to a folder of your own.")


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
    except (OSError, ValueError):  # it is only just being written, or removed
        return None


def _path() -> Path:
    return paths.runtime_dir() / "daemon.lock"
