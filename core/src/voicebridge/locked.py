"""A file that one process at a time may write.

The lock is the system's own, on the file itself, so that it ends with the process however that ends, and leaves no second file. A file
system that knows no locks, as some network shares don't, is written without one.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _FAR = 0x7FFF0000  # where no text ever is: Windows keeps others from reading what is locked

    def _lock(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno not in (errno.EACCES, 0):  # what Windows says, and what Wine does
                raise
            raise BlockingIOError(*error.args) from error
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class LockedFile:
    """A file opened for reading and for appending, and locked."""

    def __init__(self, path: Path, mode: int = 0o666) -> None:
        """Open ``path``, or make it with the permissions ``mode``, and lock it.

        Raises:
            BlockingIOError: when another process, or another LockedFile of this one, has it.
            OSError: when it can't be opened.
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
            os.close(self.handle)  # who had it removed it just before we got the lock

    def close(self) -> None:
        """Let go of the file; it stays."""
        os.close(self.handle)

    def remove(self) -> None:
        """Delete the file and let go of it."""
        if os.name == "posix":  # while it is still ours; Windows deletes no file that is open
            self.path.unlink(missing_ok=True)
        self.close()
        if os.name != "posix":
            with suppress(OSError):  # another run was quick to open it: then it is that one's
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
