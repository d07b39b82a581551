"""When a file that is being copied into a folder may be taken for whole."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SURE = 0.3
"""Seconds for which a file must have rested where the system says that nobody has it open for writing."""
UNSURE = 5.0
"""Seconds where it can't say: copiers pause, on a network above all."""

_LOCAL = {
    "apfs", "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "jfs", "ntfs3", "overlay", "ramfs", "reiserfs", "tmpfs", "udf",
    "vfat", "xfs", "zfs",
}  # fmt: skip
"""File systems that no other machine writes."""


def stamp(status: os.stat_result) -> str:
    """What changes whenever somebody writes a file. Times are only compared for being the same, so a wrong clock does no harm."""
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}"


@dataclass
class Resting:
    """A file that is watched until it may be taken for whole."""

    stamp: str
    empty: bool
    since: float
    """On the clock, when it was first seen so."""

    def is_over(self, now: float, written: bool | None, settle: float | None) -> bool:
        """Whether it has rested for long enough.

        Args:
            now: on the same clock.
            written: whether somebody has it open for writing; ``None`` where nobody knows.
            settle: seconds that the user wants, if any.
        """
        if written:
            self.since = now
            return False
        # An empty file is mostly one that somebody has made and not yet begun to fill.
        needed = settle if settle is not None else SURE if written is False and not self.empty else UNSURE
        return now - self.since >= needed


class Place:
    """A folder, and whether it is there: not when a disk was taken off whose place stays behind as an empty folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_local = False
        """As :func:`is_local` has it."""
        self._identity: tuple[int, int] | None = None
        self._mount: Path | None = None

    def look(self) -> bool | None:
        """Whether it is there; ``None`` when it is, and is another than at the last look."""
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
    """Where the file system is mounted that a folder is on."""
    path = path.resolve()
    while not os.path.ismount(path) and path != path.parent:
        path = path.parent
    return path


if sys.platform == "linux":
    import fcntl
    import signal

    def is_local(folder: Path) -> bool:
        """Whether it is certain that this machine alone writes a folder, so that what the system says of open files holds."""
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
        """Whether any process of this machine has a file open for writing; ``None`` where the system doesn't say."""
        # A lease for reading is granted while nobody has the file open for writing. It is given back at once; a writer that comes just
        # then waits that long, and the signal that tells of it is one that does nothing.
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            return True if error.errno == errno.EAGAIN else None  # somebody else's file gives no leases
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
        """Whether it is certain that this machine alone writes a folder, so that what the system says of open files holds."""
        return bool(ctypes.windll.kernel32.GetDriveTypeW(folder.absolute().anchor) in (2, 3, 6))  # removable, fixed, in memory

    def is_being_written(path: Path) -> bool | None:
        """Whether any process of this machine has a file open for writing; ``None`` where the system doesn't say."""
        # Opening it while forbidding others to write fails when somebody may write already.
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = wintypes.HANDLE
        handle = kernel.CreateFileW(str(path), 0x80000000, 1, None, 3, 0x80, None)  # read; share reading alone; what exists
        if handle in (None, wintypes.HANDLE(-1).value):
            return True if ctypes.get_last_error() == 32 else None  # a sharing violation
        kernel.CloseHandle(wintypes.HANDLE(handle))
        return False
else:

    def is_local(folder: Path) -> bool:  # noqa: ARG001
        """Whether it is certain that this machine alone writes a folder: nobody says."""
        return False

    def is_being_written(path: Path) -> bool | None:  # noqa: ARG001
        """Whether any process of this machine has a file open for writing: nobody says."""
        return None
