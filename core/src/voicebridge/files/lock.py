"""A file that only one process at a time may write.

The lock is the system's own, on the file itself, so that it ends with the process in any case, and needs no second file. On a file system
without locks, such as some network shares, the file is written without one.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _FAR = 0x7FFF0000  # beyond any text: Windows prevents others from reading locked bytes

    def _lock(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno not in (errno.EACCES, 0):  # the errors of Windows and Wine
                raise
            raise BlockingIOError(*error.args) from error
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class LockedFile:
    """A file opened for reading and appending, and locked."""

    def __init__(self, path: Path, mode: int = 0o666) -> None:
        """Open or create ``path`` with the permissions ``mode``, and lock it.

        Raises:
            BlockingIOError: if another process, or another LockedFile of this one, has locked it.
            OSError: if it can't be opened.
        """
        self.path = path
        while True:
            self.handle = os.open(path, _FLAGS, mode)
            try:
                _try_to_lock(self.handle)
                if self._is_there():
                    return
            except BaseException:
                os.close(self.handle)
                raise
            os.close(self.handle)  # its owner deleted it just before we got the lock

    def close(self) -> None:
        """Close the file, without deleting it."""
        os.close(self.handle)

    def remove(self) -> None:
        """Delete and close the file."""
        if os.name == "posix":  # while we hold the lock; Windows can't delete an open file
            self.path.unlink(missing_ok=True)
        self.close()
        if os.name != "posix":
            with suppress(OSError):  # another run has opened it first: it belongs to that one
                self.path.unlink(missing_ok=True)

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self.handle), self.path.stat())
        except FileNotFoundError:
            return False


def _try_to_lock(handle: int) -> None:
    try:
        _lock(handle)
    except BlockingIOError:
        raise
    except OSError:
        pass
