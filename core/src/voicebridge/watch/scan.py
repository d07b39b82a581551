"""The files of one watched folder: which are new or have changed, and which of them have come to rest.

Nothing is told by the system: a look at a folder's own time, a few times a second, says whether files have come or gone, and only then is
it read. That costs next to nothing, and works on every file system alike. What is written in place is found by reading all of it now and
then.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from voicebridge.watch.kinds import may_be_meant
from voicebridge.watch.rest import Place, Resting, is_being_written, stamp

GLANCE = 0.25
"""Seconds between two looks at whether anything has come or gone; more where a tree has hundreds of folders."""
LOCAL, REMOTE = 60.0, 5.0
"""Seconds between two readings of all of a folder, on this machine's own disks and elsewhere."""
SHARE = 200
"""Reading a folder takes at the most so small a part of the time."""
_ECHOES = (0.15, 2.5)
"""Seconds after a change for looking again: a folder's time may be no finer, and then hide what came just after the look."""


@dataclass
class _Directory:
    mtime_ns: int = -1
    known: dict[str, int] = field(default_factory=dict)
    """A hash of the stamp of each file that needs nothing to be done."""
    looks: deque[float] = field(default_factory=deque)
    """When it is to be read again."""


class Scan:
    """Not for several threads at once."""

    def __init__(self, root: Path, *, speak: bool, recursive: bool, settle: float | None, leave_out: Collection[Path] = ()) -> None:
        """Prepare to look at ``root``.

        Args:
            root: the folder.
            speak: whether documents are meant, and not recordings.
            recursive: whether the folders below belong to it.
            settle: seconds for which a file must have rested, where the user says so.
            leave_out: folders below that don't belong to it.
        """
        self.root = root
        self._head = os.path.join(root, "")  # noqa: PTH118
        self._place = Place(root)
        self._speak, self._recursive, self._settle = speak, recursive, settle
        self._leave_out = {str(path) for path in leave_out}
        self._directories: dict[str, _Directory] = {"": _Directory()}
        self._resting: dict[str, Resting] = {}
        self._taken: set[str] = set()
        self.gone: list[str] = []
        """Names of files that were known and are not there any more; for the caller to take out."""
        self._glance = self._whole = 0.0
        self._has_had_files = False

    @property
    def resting(self) -> int:
        """How many files are there that have not come to rest."""
        return len(self._resting)

    def know(self, name: str, mark: str) -> None:
        """Note that nothing is to be done about a file while its stamp is ``mark``."""
        self._taken.discard(name)
        self._resting.pop(name, None)
        folder, _, base = name.rpartition("/")
        self._directories.setdefault(folder, _Directory()).known[base] = hash(mark)

    def forget(self, name: str) -> None:
        """Take a file that is known for a new one."""
        folder, _, base = name.rpartition("/")
        if folder in self._directories:
            self._directories[folder].known.pop(base, None)
        self.look_at_all()

    def give_back(self, name: str) -> None:
        """Note that a file that was taken is to be looked at anew."""
        self._taken.discard(name)
        self.look_at_all()

    def look_at_all(self) -> None:
        """Read all of the folder at the next look."""
        self._whole = 0.0

    def is_there(self) -> bool:
        """Whether the folder is there; all of it is read again when it is another than before."""
        found = self._place.look()
        if found is None:
            self._has_had_files = False
            self.look_at_all()
        return found is not False

    def look(self) -> list[tuple[str, str]]:
        """Look around, and take the files that are new or have changed, and have come to rest: names and stamps.

        Raises:
            OSError: when the folder can't be read.
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
        """The names of the files in one folder, as far as they may be meant."""
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
        """Read one folder, and give those below it that belong to the whole."""
        directory = self._directories.setdefault(name, _Directory())
        path = self.root / name if name else self.root
        head = f"{name}/" if name else ""
        found: set[str] = set()
        below = []
        try:
            # Taken before, so that what comes meanwhile is a change since.
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
            return []  # below the folder that was named, what is closed to us is passed over
        if self._has_had_files:  # an empty folder may be the place of a disk that is not there yet
            for base in directory.known.keys() - found:
                del directory.known[base]
                self.gone.append(head + base)
        for full in [full for full in self._resting if full.rpartition("/")[0] == name and full.rpartition("/")[2] not in found]:
            del self._resting[full]
        return below

    def _consider(self, entry: os.DirEntry[str], head: str, directory: _Directory) -> bool:
        """Look at one entry of a folder, and say whether it is a file that may be meant."""
        if not may_be_meant(entry.name, speak=self._speak):
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
                now, is_being_written(path) if self._place.is_local else None, self._settle
            ):
                del self._resting[name]
                self._taken.add(name)
                yield name, mark

    def _may_be_over(self, resting: Resting, now: float) -> bool:
        """Whether it is worth asking the system."""
        return Resting(resting.stamp, resting.empty, resting.since).is_over(now, False, self._settle)

    def _lose(self, name: str) -> None:
        directory = self._directories.pop(name)
        self.gone += [f"{name}/{base}" for base in directory.known]
