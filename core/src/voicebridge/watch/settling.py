"""Decide when a file that is being copied into a folder is complete."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SURE = 0.3
"""Seconds for which a file must be unchanged if the system reports that no program has it open for writing."""
UNSURE = 5.0
"""Seconds if the system doesn't report it: copying may pause, especially on a network."""

_LOCAL = {
    "apfs", "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "jfs", "ntfs3", "overlay", "ramfs", "reiserfs", "tmpfs", "udf",
    "vfat", "xfs", "zfs",
}  # fmt: skip
"""File systems that other machines can't write to."""


def stamp(status: os.stat_result) -> str:
    """Changes with every write to a file. Times are only compared for equality, so a wrong clock does no harm."""
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}"


@dataclass
class Resting:
    """A file that is observed until it is complete."""

    stamp: str
    empty: bool
    since: float
    """Clock time at which it was first seen in this state."""

    def is_over(self, now: float, written: bool | None, stable_for: float | None) -> bool:
        """Whether it has been unchanged for long enough.

        Args:
            now: on the same clock.
            written: whether a program has it open for writing; ``None`` if unknown.
            stable_for: the configured seconds, if any.
        """
        if written:
            self.since = now
            return False
        # An empty file has usually just been created and will be filled.
        needed = stable_for if stable_for is not None else SURE if written is False and not self.empty else UNSURE
        return now - self.since >= needed


class Place:
    """A folder, and whether it exists: not if its disk was unmounted and an empty mount point remains."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_local = False
        """See :func:`is_local`."""
        self._identity: tuple[int, int] | None = None
        self._mount: Path | None = None

    def look(self) -> bool | None:
        """Whether it exists; ``None`` if it does, but is not the same as at the last check."""
        try:
            status = self.path.stat()
        except OSError:
            return False
        identity = status.st_dev, status.st_ino
        if identity == self._identity:
            return True
        if self._mount is not None and not os.path.ismount(self._mount):
            return False
        self._identity, self._mount, self.is_local = identity, _mount_of(self.path), is_local(self.path)
        return None


def _mount_of(path: Path) -> Path:
    """The mount point of a folder."""
    path = path.resolve()
    while not os.path.ismount(path) and path != path.parent:
        path = path.parent
    return path


if sys.platform == "linux":
    import fcntl
    import signal

    def is_local(folder: Path) -> bool:
        """Whether only this machine can write to a folder, so that the system's information about open files is complete."""
        try:
            device = folder.stat().st_dev
            number = f"{os.major(device)}:{os.minor(device)}"
            for line in Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines():
                fields = line.split()
                if fields[2] == number:
                    return fields[fields.index("-") + 1] in _LOCAL
        except (OSError, ValueError, IndexError):
            pass
        return False

    def is_being_written(path: Path) -> bool | None:
        """Whether a process on this machine has a file open for writing; ``None`` if unknown."""
        # A read lease is granted if no process has the file open for writing. It is released immediately; a writer that arrives meanwhile
        # waits that long, and the notification signal is one that does nothing.
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            return True if error.errno == errno.EAGAIN else None  # files of other users grant no leases
        else:
            with suppress(OSError):
                fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            return False
        finally:
            os.close(handle)
elif sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def is_local(folder: Path) -> bool:
        """Whether only this machine can write to a folder, so that the system's information about open files is complete."""
        return bool(ctypes.windll.kernel32.GetDriveTypeW(folder.absolute().anchor) in (2, 3, 6))  # removable, fixed, RAM disk

    def is_being_written(path: Path) -> bool | None:
        """Whether a process on this machine has a file open for writing; ``None`` if unknown."""
        # Opening it while denying write access fails if a process has it open for writing.
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = wintypes.HANDLE
        handle = kernel.CreateFileW(str(path), 0x80000000, 1, None, 3, 0x80, None)  # read; share for reading only; existing
        if handle in (None, wintypes.HANDLE(-1).value):
            return True if ctypes.get_last_error() == 32 else None  # a sharing violation
        kernel.CloseHandle(wintypes.HANDLE(handle))
        return False
else:

    def is_local(folder: Path) -> bool:  # noqa: ARG001
        """Whether only this machine can write to a folder: unknown."""
        return False

    def is_being_written(path: Path) -> bool | None:  # noqa: ARG001
        """Whether a process on this machine has a file open for writing: unknown."""
        return None
