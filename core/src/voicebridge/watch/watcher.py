"""Watch folders, and process their files as they arrive (docs/adr/0026-watched-folders.md)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition, Event, Thread

from voicebridge.engines.source import Engines
from voicebridge.errors import OutputError, brief
from voicebridge.journal.ledger import BEGUN, DONE, FAILED, WRITTEN, Ledger, Noted, storable
from voicebridge.watch.choose import WatchedFolder, check_apart
from voicebridge.watch.claims import Claims
from voicebridge.watch.decide import HeldError, clear
from voicebridge.watch.error_notes import note_at
from voicebridge.watch.follow_up import Callbacks
from voicebridge.watch.queue import UNMOUNTED, FolderQueue
from voicebridge.watch.scan import Scan
from voicebridge.watch.worker import FolderWorker

BATCH = 32
"""Files of one folder per turn."""
_TICK, _REST_TICK = 0.25, 0.05
"""Seconds between two checks, and while files are not yet complete."""
_JUMP = 5.0
"""Difference in seconds between the two clocks that means that the machine slept, or its clock was set."""


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """The status of a folder."""

    folder: Path
    state: str
    """``watching``, ``unmounted``, ``disk full``, or an error as a sentence."""
    waiting: int
    """Waiting files."""
    working: int
    """Files being processed."""
    done: int
    """All files ever processed."""
    failed: int
    """Failed files."""


def _nobody(_name: str, /, **_data: object) -> None:
    """Tells no plugin."""


class Watcher:
    """Processes watched folders, in two threads."""

    def __init__(
        self,
        folders: Sequence[WatchedFolder],
        ledger: Ledger,
        engines: Engines,
        tell: Callable[[str], None],
        complain: Callable[[str], None] | None = None,
        emit: Callable[..., None] = _nobody,
    ) -> None:
        """Prepare; nothing is read before :meth:`start`.

        Args:
            folders: from :func:`voicebridge.watch.choose.resolve`.
            ledger: the ledger, owned by the caller.
            engines: provides engines.
            tell: called with a line for each success, from either thread; it may contain file names, but no transcribed text.
            complain: called with a line for each error; default ``tell``.
            emit: tells plugins about an event: called with its name, and its details by name.

        Raises:
            UsageError: if a folder is listed twice.
        """
        check_apart(folders)
        self._ledger, self._tell, self._complain = ledger, tell, complain or tell
        self._claims = Claims()
        callbacks = Callbacks(tell, self._complain, emit)
        paths = [storable(str(folder.path)) for folder in folders]
        self._workers = [FolderWorker(each, _queue(each, folders), ledger, self._claims, engines, callbacks, paths) for each in folders]
        self._stopping = Event()
        self._news = Condition()
        self._threads = [
            Thread(target=self._look, name="watch-look", daemon=True),
            Thread(target=self._work, name="watch-work", daemon=True),
        ]

    def start(self) -> None:
        """Start watching.

        Raises:
            OutputError: if the ledger can't be read.
        """
        for worker in self._workers:
            self._recall(worker)
        for thread in self._threads:
            thread.start()

    def status(self) -> list[FolderStatus]:
        """The status of each folder."""
        found = []
        for worker in self._workers:
            counts = self._ledger.counts(storable(str(worker.folder.path)))
            done = counts.get(DONE, 0) + counts.get(WRITTEN, 0)
            queue = worker.queue
            found.append(FolderStatus(worker.folder.path, queue.state, queue.waiting, queue.working, done, counts.get(FAILED, 0)))
        return found

    @property
    def is_idle(self) -> bool:
        """Whether everything is done that can be done now."""
        return all(worker.queue.is_idle for worker in self._workers)

    def close(self, seconds: float = 5.0) -> None:
        """Stop, with a time-out in seconds for work in progress; the next process resumes it."""
        self._stopping.set()
        with self._news:
            self._news.notify_all()
        for worker in self._workers:
            worker.stop()
        until = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        for worker in self._workers:
            worker.close()
        self._claims.release_all()

    def _recall(self, worker: FolderWorker) -> None:
        """Load a folder's entries from the ledger."""
        folder = worker.folder
        head = len(storable(str(folder.path)).rstrip("/\\")) + 1
        how = folder.how
        places = set()
        for noted in self._ledger.of_folder(storable(str(folder.path))):
            name = noted.path[head:].replace("\\", "/")
            places.add(os.path.dirname(noted.place))  # noqa: PTH120 - of thousands
            if noted.state == DONE:
                worker.queue.know(name, noted.stamp)
            elif noted.state == FAILED and noted.how == how:
                worker.queue.know(name, noted.stamp, note_at(Path(noted.outputs[0].path)))
            elif noted.state in (BEGUN, WRITTEN) and folder.path.is_dir() and not Path(noted.path).exists():
                self._let_go(noted)
        for place in places:
            self._claims.clear(place)

    def _look(self) -> None:
        skew = time.time() - time.monotonic()
        while not self._stopping.is_set():
            now = time.time() - time.monotonic()
            if abs(now - skew) > _JUMP:
                for worker in self._workers:
                    worker.queue.look_at_all()
            skew = now
            for worker in self._workers:
                self._look_at(worker)
            self._claims.beat()
            if any(worker.queue.has_work for worker in self._workers):
                with self._news:
                    self._news.notify_all()
            self._stopping.wait(_REST_TICK if any(worker.queue.is_resting for worker in self._workers) else _TICK)

    def _look_at(self, worker: FolderWorker) -> None:
        before = worker.queue.state
        try:
            gone = worker.queue.look()
            if gone:
                self._mark_gone(worker.folder.path, gone)
        except OutputError as error:
            if worker.queue.trouble(str(error)):
                self._complain(str(error))
        except Exception as error:  # our bug: the other folders continue nevertheless
            text = f"{worker.folder.path}: internal error while watching: {brief(error)}. Report it to the maintainers of VoiceBridge."
            if worker.queue.trouble(text):
                self._complain(text)
        after = worker.queue.state
        if after != before and UNMOUNTED in (before, after):
            is_away = after == UNMOUNTED
            (self._complain if is_away else self._tell)(
                f"{worker.folder.path} does not exist. VoiceBridge waits for it." if is_away else f"{worker.folder.path} exists again."
            )

    def _mark_gone(self, folder: Path, names: Sequence[str]) -> None:
        paths = [storable(str(folder / name)) for name in names]
        self._ledger.mark_gone(paths)
        for path in paths:
            noted = self._ledger.at(path)
            if noted is not None and noted.state in (BEGUN, WRITTEN):
                self._let_go(noted)

    def _let_go(self, noted: Noted) -> None:
        """Clean up after a file that was deleted before it was processed."""
        if noted.state == WRITTEN:
            self._ledger.note(replace(noted, state=DONE))
            return
        with suppress(HeldError, OSError):
            clear(Path(noted.place))
        self._ledger.forget(noted.path)

    def _work(self) -> None:
        while not self._stopping.is_set():
            worked = False
            for worker in self._workers:
                batch = worker.queue.take(BATCH)
                if batch and not self._stopping.is_set():
                    worker.do(batch)
                    worked = True
            if not worked:
                with self._news:
                    self._news.wait_for(lambda: self._stopping.is_set() or any(worker.queue.has_work for worker in self._workers))


def _queue(folder: WatchedFolder, folders: Sequence[WatchedFolder]) -> FolderQueue:
    places = (place for each in folders for place in (each.path, each.out, each.move_to))
    leave_out = [place for place in places if place is not None and place != folder.path]
    settings = folder.settings
    scan = Scan(
        folder.path,
        speak=folder.speaks,
        recursive=settings.recursive,
        stable_for=settings.stable_for,
        leave_out=leave_out,
        documents=folder.documents,
    )
    return FolderQueue(scan)
