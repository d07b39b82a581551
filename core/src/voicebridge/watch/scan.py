"""Find new, changed and complete files of one watched folder.

System notifications are not used: the folder's modification time, checked several times a second, shows whether files were added or
removed, and only then is the folder read. This costs almost nothing, and works on every file system. Files written in place are found by
reading everything at intervals.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from voicebridge.documents.added import SUFFIXES
from voicebridge.watch.file_kinds import may_be_meant
from voicebridge.watch.settling import Place, Resting, is_being_written, stamp

GLANCE = 0.25
"""Seconds between two checks of modification times; more if a tree has hundreds of folders."""
LOCAL, REMOTE = 60.0, 5.0
"""Seconds between two complete readings of a folder, on local disks and elsewhere."""
SHARE = 200
"""Maximum share of time for reading a folder."""
_ECHOES = (0.15, 2.5)
"""Seconds after a change for reading again: a folder's time may be coarse, and hide a later change."""


@dataclass
class _Directory:
    mtime_ns: int = -1
    known: dict[str, int] = field(default_factory=dict)
    """A hash of the stamp of each file with nothing to do."""
    looks: deque[float] = field(default_factory=deque)
    """When it is to be read again."""


class Scan:
    """Not thread-safe."""

    def __init__(
        self,
        root: Path,
        *,
        speak: bool,
        recursive: bool,
        stable_for: float | None,
        leave_out: Collection[Path] = (),
        documents: Collection[str] = SUFFIXES,
    ) -> None:
        """Prepare to scan ``root``.

        Args:
            root: the folder.
            speak: whether documents are processed, instead of recordings.
            recursive: whether subfolders are included.
            stable_for: configured seconds for which a file must be unchanged.
            leave_out: subfolders to exclude.
            documents: the suffixes of documents.
        """
        self.root = root
        self._head = os.path.join(root, "")  # noqa: PTH118
        self._place = Place(root)
        self._documents = documents
        self._speak, self._recursive, self._stable_for = speak, recursive, stable_for
        self._leave_out = {str(path) for path in leave_out}
        self._directories: dict[str, _Directory] = {"": _Directory()}
        self._resting: dict[str, Resting] = {}
        self._taken: set[str] = set()
        self.gone: list[str] = []
        """Names of known files that were deleted; to be consumed by the caller."""
        self._glance = self._whole = 0.0
        self._has_had_files = False

    @property
    def resting(self) -> int:
        """The number of files that are not yet complete."""
        return len(self._resting)

    def know(self, name: str, mark: str) -> None:
        """Nothing to do for a file while its stamp is ``mark``."""
        self._taken.discard(name)
        self._resting.pop(name, None)
        folder, _, base = name.rpartition("/")
        self._directories.setdefault(folder, _Directory()).known[base] = hash(mark)

    def forget(self, name: str) -> None:
        """Treat a known file as new."""
        folder, _, base = name.rpartition("/")
        if folder in self._directories:
            self._directories[folder].known.pop(base, None)
        self.look_at_all()

    def give_back(self, name: str) -> None:
        """Check a file again that was returned before."""
        self._taken.discard(name)
        self.look_at_all()

    def look_at_all(self) -> None:
        """Read all of the folder next time."""
        self._whole = 0.0

    def is_there(self) -> bool:
        """Whether the folder exists; all of it is read again if it is not the same as before."""
        found = self._place.look()
        if found is None:
            self._has_had_files = False
            self.look_at_all()
        return found is not False

    def look(self) -> list[tuple[str, str]]:
        """Scan, and return the names and stamps of new or changed files that are complete.

        Raises:
            OSError: if the folder can't be read.
        """
        now = time.monotonic()
        if now >= self._whole:
            self._read_all()
            took = time.monotonic() - now
            self._whole = now + max(LOCAL if self._place.is_local else REMOTE, SHARE * took)
            self._glance = now + self._pause
        elif now >= self._glance:
            self._glance = now + self._pause
            for name, directory in list(self._directories.items()):
                self._glance_at(name, directory, now)
        return list(self._rested())

    def names(self, folder: str) -> set[str]:
        """The names of the files in a folder that may be inputs."""
        directory = self._directories.get(folder)
        found = set(directory.known) if directory else set()
        return found | {name.rpartition("/")[2] for name in (*self._resting, *self._taken) if name.rpartition("/")[0] == folder}

    @property
    def _pause(self) -> float:
        return GLANCE * max(1.0, len(self._directories) / 50)

    def _read_all(self) -> None:
        waiting = [""]
        read: set[str] = set()
        while waiting:
            name = waiting.pop()
            read.add(name)
            waiting += self._read(name)
        for name in self._directories.keys() - read:
            self._lose(name)

    def _glance_at(self, name: str, directory: _Directory, now: float) -> None:
        try:
            mtime_ns = os.stat(f"{self._head}{name}").st_mtime_ns  # noqa: PTH116 - a path costs more than the question
        except FileNotFoundError:
            if not name:
                raise
            self._lose(name)
            return
        if mtime_ns != directory.mtime_ns:
            directory.looks = deque(now + echo for echo in _ECHOES)
        elif directory.looks and now >= directory.looks[0]:
            directory.looks.popleft()
        else:
            return
        for below in self._read(name):
            if below not in self._directories:
                self._read_below(below)

    def _read_below(self, name: str) -> None:
        for below in self._read(name):
            self._read_below(below)

    def _read(self, name: str) -> list[str]:
        """Read one folder, and return its subfolders that are included."""
        directory = self._directories.setdefault(name, _Directory())
        path = self.root / name if name else self.root
        head = f"{name}/" if name else ""
        found: set[str] = set()
        below = []
        try:
            # Read before the entries, so that later changes are detected.
            directory.mtime_ns = path.stat().st_mtime_ns
            with os.scandir(path) as entries:
                for entry in entries:
                    self._has_had_files = True
                    if self._recursive and not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                        if entry.path not in self._leave_out:
                            below.append(head + entry.name)
                    elif self._consider(entry, head, directory):
                        found.add(entry.name)
        except OSError:
            if not name:
                raise
            return []  # subfolders without permission are skipped
        if self._has_had_files:  # an empty folder may be the mount point of an unmounted disk
            for base in directory.known.keys() - found:
                del directory.known[base]
                self.gone.append(head + base)
        for full in [full for full in self._resting if full.rpartition("/")[0] == name and full.rpartition("/")[2] not in found]:
            del self._resting[full]
        return below

    def _consider(self, entry: os.DirEntry[str], head: str, directory: _Directory) -> bool:
        """Check an entry of a folder, and return whether it is a file that may be an input."""
        if not may_be_meant(entry.name, self._documents, speak=self._speak):
            return False
        try:
            if not entry.is_file():
                return False
            status = entry.stat() if os.name == "posix" else os.stat(entry.path)  # noqa: PTH116 - Windows' own answer here may be old
        except OSError:
            return False
        name = head + entry.name
        mark = stamp(status)
        if name not in self._taken and directory.known.get(entry.name) != hash(mark):
            resting = self._resting.get(name)
            if resting is None or resting.stamp != mark:
                self._resting[name] = Resting(mark, status.st_size == 0, time.monotonic())
        return True

    def _rested(self) -> Iterator[tuple[str, str]]:
        for name, resting in list(self._resting.items()):
            path = self.root / name
            now = time.monotonic()
            try:
                status = path.stat()
            except OSError:
                del self._resting[name]
                continue
            mark = stamp(status)
            if mark != resting.stamp:
                self._resting[name] = Resting(mark, status.st_size == 0, now)
            elif self._may_be_over(resting, now) and resting.is_over(
                now, is_being_written(path) if self._place.is_local else None, self._stable_for
            ):
                del self._resting[name]
                self._taken.add(name)
                yield name, mark

    def _may_be_over(self, resting: Resting, now: float) -> bool:
        """Whether it makes sense to ask the system."""
        return Resting(resting.stamp, resting.empty, resting.since).is_over(now, False, self._stable_for)

    def _lose(self, name: str) -> None:
        directory = self._directories.pop(name)
        self.gone += [f"{name}/{base}" for base in directory.known]
