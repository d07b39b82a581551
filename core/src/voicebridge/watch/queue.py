"""The files of one watched folder: complete, waiting, suspended, or done."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from voicebridge.watch.scan import Scan

RETRY = (5.0, 300.0)
"""Seconds after which a suspended folder is retried: at first, and at most."""


_NOTES_EVERY = 2.0
WATCHING, UNMOUNTED = "watching", "unmounted"


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is complete."""

    name: str
    """Relative to its folder."""
    stamp: str


class FolderQueue:
    """One thread reads the folder, another processes files, and any may read the status."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._lock = RLock()
        self._ready: deque[Found] = deque()
        self._held: list[tuple[float, Found]] = []
        self._busy: dict[str, Found] = {}
        self._notes: dict[str, Path] = {}
        self._notes_due = 0.0
        self._retry = 0.0
        self._pause = RETRY[0]
        self._looked = False
        self.state = WATCHING
        """``watching``, or the reason for a suspension: ``unmounted``, ``disk full``, or a sentence."""

    def know(self, name: str, stamp: str, note: Path | None = None) -> None:
        """Load what was done before this process."""
        with self._lock:
            self._scan.know(name, stamp)
            if note is not None:
                self._notes[name] = note

    def look(self) -> list[str]:
        """Read the folder, and return the names of deleted files."""
        with self._lock:
            now = time.monotonic()
            if not self._scan.is_there():
                self.state, self._looked = UNMOUNTED, False
                return []
            if self.state == UNMOUNTED:
                self.state = WATCHING
            self._forget_deleted_notes(now)
            try:
                self._ready += [Found(name, mark) for name, mark in self._scan.look()]
            except OSError as error:
                if self._scan.is_there():
                    self.trouble(f"{self._scan.root} can't be read: {error.strerror}. Check its permissions.")
                return []
            self._looked = True
            if not self._busy and not self.waiting and now >= self._retry:
                self.state, self._pause = WATCHING, RETRY[0]
            due = [found for at, found in self._held if at <= now]
            if due:
                self._held = [(at, found) for at, found in self._held if at > now]
                self._ready += due
            gone, self._scan.gone = self._scan.gone, []
            return gone

    def look_at_all(self) -> None:
        """Read all of the folder next time."""
        with self._lock:
            self._scan.look_at_all()

    def take(self, most: int) -> list[Found]:
        """The next files to process; each has to be settled, held or read again before :meth:`end_batch`."""
        with self._lock:
            if not self.has_work:
                return []
            batch = [self._ready.popleft() for _ in range(min(most, len(self._ready)))]
            self._busy = {found.name: found for found in batch}
            return batch

    def end_batch(self) -> None:
        """Requeue unfinished files."""
        with self._lock:
            for found in list(self._busy.values()):
                self.hold(found, 0.0)

    def settle(self, found: Found, note: Path | None = None) -> None:
        """Nothing to do for a file until it changes, or until the ``note`` about it is deleted."""
        with self._lock:
            self._busy.pop(found.name, None)
            self.know(found.name, found.stamp, note)
            self._pause = RETRY[0]
            if self.state != UNMOUNTED and time.monotonic() >= self._retry:
                self.state = WATCHING

    def again(self, found: Found) -> None:
        """A file has changed, or was deleted."""
        with self._lock:
            self._busy.pop(found.name, None)
            self._scan.give_back(found.name)

    def hold(self, found: Found, seconds: float) -> None:
        """Retry a file after that many seconds."""
        with self._lock:
            self._busy.pop(found.name, None)
            self._held.append((time.monotonic() + seconds, found))

    def trouble(self, state: str) -> bool:
        """Suspend the whole folder for a while, longer each time; return whether this is new."""
        with self._lock:
            now = time.monotonic()
            if now >= self._retry:
                self._retry = now + self._pause
                self._pause = min(2 * self._pause, RETRY[1])
            is_news, self.state = self.state != state, state
            return is_news

    def names(self, folder: str) -> set[str]:
        """The names of the files in a folder that may be inputs."""
        with self._lock:
            return self._scan.names(folder)

    @property
    def has_work(self) -> bool:
        """Whether files are waiting to be processed."""
        with self._lock:
            return bool(self._ready) and self.state != UNMOUNTED and time.monotonic() >= self._retry

    @property
    def is_resting(self) -> bool:
        """Whether files are observed until they are complete."""
        with self._lock:
            return self._scan.resting > 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing remains to be done, or nothing can be done now."""
        with self._lock:
            return not self._busy and (self.state != WATCHING or (self._looked and not self.waiting))

    @property
    def waiting(self) -> int:
        """The number of unfinished files, except those being processed."""
        with self._lock:
            return self._scan.resting + len(self._ready) + len(self._held)

    @property
    def working(self) -> int:
        """The number of files being processed."""
        with self._lock:
            return len(self._busy)

    def _forget_deleted_notes(self, now: float) -> None:
        if self._notes and now >= self._notes_due:
            self._notes_due = now + _NOTES_EVERY
            for name in [name for name, note in self._notes.items() if not note.exists()]:
                del self._notes[name]
                self._scan.forget(name)
