"""Watches folders, and does their files as they come (docs/adr/0026-watched-folders.md)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition, Event, Thread

from voicebridge.engines.serving import Engines
from voicebridge.errors import OutputError, brief
from voicebridge.journal.ledger import BEGUN, DONE, FAILED, WRITTEN, Ledger, Noted, storable
from voicebridge.watch.claims import Claims
from voicebridge.watch.decide import HeldError, clear
from voicebridge.watch.folder import WatchedFolder, check_apart
from voicebridge.watch.lot import UNMOUNTED, Lot
from voicebridge.watch.notes import note_at
from voicebridge.watch.scan import Scan
from voicebridge.watch.worker import Voices, Worker

BATCH = 32
"""Files of one folder that are done before it is another's turn."""
_TICK, _REST_TICK = 0.25, 0.05
"""Seconds between two looks, and while files are waited for to come to rest."""
_JUMP = 5.0
"""Seconds by which the clock must have gone another way than time for the machine to have slept, or the clock to have been set."""


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """How things stand with one folder."""

    folder: Path
    state: str
    """``watching``, ``unmounted``, ``disk full``, or a sentence that says what is wrong."""
    waiting: int
    """Files that have not been begun."""
    working: int
    """Files that are under way."""
    done: int
    """Files that were ever done."""
    failed: int
    """Files that could not be done."""


class Watcher:
    """Does what is to be done in watched folders, on two threads of its own."""

    def __init__(
        self,
        folders: Sequence[WatchedFolder],
        ledger: Ledger,
        engines: Engines,
        tell: Callable[[str], None],
        complain: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare; nothing is looked at before :meth:`start`.

        Args:
            folders: as :func:`voicebridge.watch.folder.resolve` gives them.
            ledger: knows what was done; it stays the caller's.
            engines: gives the engines.
            tell: given a line about everything that was done, from either thread; it may name files and holds nothing of what was said.
            complain: given a line about everything that went wrong; ``tell`` unless given.

        Raises:
            UsageError: when a folder is there twice.
        """
        check_apart(folders)
        self._ledger, self._tell, self._complain = ledger, tell, complain or tell
        self._claims = Claims()
        voices = Voices(tell, self._complain)
        paths = [storable(str(folder.path)) for folder in folders]
        self._workers = [Worker(each, _lot(each, folders), ledger, self._claims, engines, voices, paths) for each in folders]
        self._stopping = Event()
        self._news = Condition()
        self._threads = [
            Thread(target=self._look, name="watch-look", daemon=True),
            Thread(target=self._work, name="watch-work", daemon=True),
        ]

    def start(self) -> None:
        """Begin to watch.

        Raises:
            OutputError: when the ledger can't be read.
        """
        for worker in self._workers:
            self._recall(worker)
        for thread in self._threads:
            thread.start()

    def status(self) -> list[FolderStatus]:
        """How things stand with each folder."""
        found = []
        for worker in self._workers:
            counts = self._ledger.counts(storable(str(worker.folder.path)))
            done = counts.get(DONE, 0) + counts.get(WRITTEN, 0)
            lot = worker.lot
            found.append(FolderStatus(worker.folder.path, lot.state, lot.waiting, lot.working, done, counts.get(FAILED, 0)))
        return found

    @property
    def is_idle(self) -> bool:
        """Whether everything is done that can be done now."""
        return all(worker.lot.is_idle for worker in self._workers)

    def close(self, seconds: float = 5.0) -> None:
        """Stop, and give what is under way so many seconds to let go; what was begun is gone on with by the next process."""
        self._stopping.set()
        with self._news:
            self._news.notify_all()
        for worker in self._workers:
            worker.stop()
        until = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        self._claims.release_all()

    def _recall(self, worker: Worker) -> None:
        """Take in what the ledger knows of a folder."""
        folder = worker.folder
        head = len(storable(str(folder.path)).rstrip("/\\")) + 1
        how = folder.how
        places = set()
        for noted in self._ledger.of_folder(storable(str(folder.path))):
            name = noted.path[head:].replace("\\", "/")
            places.add(os.path.dirname(noted.place))  # noqa: PTH120 - of thousands
            if noted.state == DONE:
                worker.lot.know(name, noted.stamp)
            elif noted.state == FAILED and noted.how == how:
                worker.lot.know(name, noted.stamp, note_at(Path(noted.outputs[0].path)))
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
                    worker.lot.look_at_all()
            skew = now
            for worker in self._workers:
                self._look_at(worker)
            self._claims.beat()
            if any(worker.lot.has_work for worker in self._workers):
                with self._news:
                    self._news.notify_all()
            self._stopping.wait(_REST_TICK if any(worker.lot.is_resting for worker in self._workers) else _TICK)

    def _look_at(self, worker: Worker) -> None:
        before = worker.lot.state
        try:
            gone = worker.lot.look()
            if gone:
                self._mark_gone(worker.folder.path, gone)
        except OutputError as error:
            if worker.lot.trouble(str(error)):
                self._complain(str(error))
        except Exception as error:  # ours: the other folders are looked at nevertheless
            text = f"{worker.folder.path}: watching failed inside: {brief(error)}. Report it to the makers of VoiceBridge."
            if worker.lot.trouble(text):
                self._complain(text)
        after = worker.lot.state
        if after != before and UNMOUNTED in (before, after):
            is_away = after == UNMOUNTED
            (self._complain if is_away else self._tell)(
                f"{worker.folder.path} is not there. It is waited for." if is_away else f"{worker.folder.path} is there again."
            )

    def _mark_gone(self, folder: Path, names: Sequence[str]) -> None:
        paths = [storable(str(folder / name)) for name in names]
        self._ledger.mark_gone(paths)
        for path in paths:
            noted = self._ledger.at(path)
            if noted is not None and noted.state in (BEGUN, WRITTEN):
                self._let_go(noted)

    def _let_go(self, noted: Noted) -> None:
        """Leave nothing behind of a file that went away before it was done."""
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
                batch = worker.lot.take(BATCH)
                if batch and not self._stopping.is_set():
                    worker.do(batch)
                    worked = True
            if not worked:
                with self._news:
                    self._news.wait_for(lambda: self._stopping.is_set() or any(worker.lot.has_work for worker in self._workers))


def _lot(folder: WatchedFolder, folders: Sequence[WatchedFolder]) -> Lot:
    places = (place for each in folders for place in (each.path, each.out, each.move_to))
    leave_out = [place for place in places if place is not None and place != folder.path]
    settings = folder.settings
    return Lot(Scan(folder.path, speak=folder.speaks, recursive=settings.recursive, settle=settings.settle, leave_out=leave_out))
