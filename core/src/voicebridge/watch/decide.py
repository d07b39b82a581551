"""Decide what remains to be done for a file, from the ledger, its content, and existing outputs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from voicebridge.errors import cannot_write
from voicebridge.files import checked_lines
from voicebridge.files.atomic import fitting
from voicebridge.files.claim import Existing
from voicebridge.files.lock import LockedFile
from voicebridge.journal.ledger import BEGUN, DONE, FAILED, WRITTEN, Ledger, Noted, Output, storable
from voicebridge.watch.choose import WatchedFolder
from voicebridge.watch.error_notes import has_note
from voicebridge.watch.plan import Where, choose, place_of


class HeldError(Exception):
    """Another process has claimed it, or a file with the same content; not visible to users."""


@dataclass(frozen=True)
class FileJob:
    """A file, and what remains to be done for it; its outputs are claimed."""

    name: str
    """Relative to its folder."""
    path: Path
    stamp: str
    hash: str
    where: Where
    step: Literal["make", "copy", "follow", "move"]
    """Create the outputs, copy those of a file with the same content, only run the follow-up actions, or only move the file."""
    like: tuple[Output, ...] = ()
    """The outputs to copy."""


class Decider:
    """Decides for the files of one folder."""

    def __init__(
        self,
        folder: WatchedFolder,
        ledger: Ledger,
        names: Callable[[str], Collection[str]],
        folders: Collection[str],
        take: Callable[[Path], bool],
    ) -> None:
        """Prepare.

        Args:
            folder: the folder.
            ledger: the ledger.
            names: returns the names of the files in a subfolder.
            folders: all folders that this process watches.
            take: claims outputs, and returns whether they are ours now.
        """
        self._folder, self._ledger, self._names, self._folders, self._take = folder, ledger, names, folders, take
        self._how = folder.how
        self._stems: dict[str, Counter[str]] = {}

    def begin_batch(self) -> None:
        """Read the folders again; for many files, they are read once."""
        self._stems.clear()

    def decide(self, name: str, stamp: str, digest: str) -> FileJob | None:
        """What remains to be done; ``None`` if nothing, which is then recorded in the ledger.

        Raises:
            HeldError: if it can't be done now.
            OutputError: if outputs can't be claimed, or the ledger can't be used.
        """
        path = self._folder.path / name
        noted = self._ledger.at(storable(str(path)))
        here = noted if noted is not None and not noted.gone else None
        job = FileJob(name, path, stamp, digest, Where((), None, path), "make")
        if here is not None and here.hash == digest and here.state != FAILED:
            return self._go_on(job, here)
        if here is not None and here.hash == digest and here.how == self._how and has_note(Path(here.outputs[0].path)):
            self._ledger.note(replace(here, stamp=stamp))
            return None
        # One that is gone was renamed; one that still exists was copied.
        for other in sorted(self._ledger.with_hash(digest), key=lambda other: Path(other.path).exists()):
            if other.how != self._how:
                continue
            if other.state in (WRITTEN, DONE) and all(output.is_as_it_was for output in other.outputs):
                return self._as_other(job, here, other)
            if other.state == BEGUN and other.path != storable(str(path)) and other.folder in self._folders and Path(other.path).exists():
                raise HeldError
        return self._afresh(job, here)

    def _go_on(self, job: FileJob, here: Noted) -> FileJob | None:
        if here.state == DONE:
            self._ledger.note(replace(here, stamp=job.stamp))
            return None
        targets = tuple((self._folder.format_of(Path(output.path)), Path(output.path)) for output in here.outputs)
        place = place_of(self._folder, targets)
        self._claim(place)
        if here.state == WRITTEN or _is_complete(here, place, spoken=self._folder.speaks):
            return replace(job, where=Where(targets, None, place), step="follow")
        if here.how == self._how and here.stamp == job.stamp and checked_lines.last(place, "run"):
            return replace(job, where=Where(targets, Existing.RESUME, place))
        clear(place)
        return self._afresh(job, here)

    def _as_other(self, job: FileJob, here: Noted | None, other: Noted) -> FileJob | None:
        """What remains to be done for a file whose content was processed under another name, or under this one before it disappeared."""
        key = storable(str(job.path))
        if other.path != key and Path(other.path).exists():
            fresh = self._afresh(job, here)
            return fresh and replace(fresh, step="copy", like=other.outputs)
        self._ledger.move(other.path, replace(other, path=key, folder=str(self._folder.path), stamp=job.stamp, gone=False))
        if other.state == DONE and self._folder.move_to is None:
            return None
        targets = tuple((self._folder.format_of(Path(output.path)), Path(output.path)) for output in other.outputs)
        place = place_of(self._folder, targets)
        self._claim(place)
        return replace(job, where=Where(targets, None, place), step="move" if other.state == DONE else "follow")

    def _afresh(self, job: FileJob, here: Noted | None) -> FileJob | None:
        where = self._where(job, here)
        self._claim(where.place)
        now = self._where(job, here)  # the previous owner may have created it just before
        if now.place != where.place:
            raise HeldError
        job = replace(job, where=now)
        if now.existing is None:
            self._ledger.note(self.noted(job, DONE))
            return None
        return job

    def noted(self, job: FileJob, state: str, *, problem: str = "") -> Noted:
        """The ledger entry of a job; with the current outputs."""
        known = self._ledger.at(storable(str(job.path)))
        attempts = known.attempts if known is not None and job.step == "follow" and state == WRITTEN else 0
        found = tuple(Output.of(target) for _, target in job.where.targets)
        return Noted(
            path=storable(str(job.path)),
            folder=str(self._folder.path),
            stamp=job.stamp,
            hash=job.hash,
            how=self._how,
            state=state,
            place=storable(str(job.where.place)),
            outputs=tuple(replace(each, path=storable(each.path)) for each in found),
            problem=problem,
            attempts=attempts,
        )

    def _where(self, job: FileJob, here: Noted | None) -> Where:
        below = job.name.rpartition("/")[0]
        if below not in self._stems:
            self._stems[below] = Counter(os.path.splitext(name)[0].casefold() for name in self._names(below))  # noqa: PTH122 - of thousands
        return choose(self._folder, job.name, here, self._stems[below], self._ledger)

    def _claim(self, place: Path) -> None:
        if self._folder.out is not None:
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise cannot_write(place, error) from error
        if not self._take(place):
            raise HeldError


def clear(place: Path) -> None:
    """Remove partial outputs of a killed process, unless a process is working on them.

    Raises:
        HeldError: if one is.
    """
    if not place.exists():
        return
    try:
        lock = LockedFile(place)
    except BlockingIOError:
        raise HeldError from None
    name = place.name.removeprefix(".").removesuffix(".voicebridge-part")
    for ending in (".voicebridge-sound", ".voicebridge-new"):
        with suppress(OSError):
            place.with_name(fitting(f".{name}", ending)).unlink(missing_ok=True)
    lock.remove()


def _is_complete(here: Noted, place: Path, *, spoken: bool) -> bool:
    """Whether a killed process completed the outputs of a file before it could record that.

    A transcript's log is deleted when the transcript is complete; an audio file is complete before its log is deleted.
    """
    if place.exists() and not spoken:
        return False
    made = [Output.of(Path(output.path)) for output in here.outputs]
    if not all(now.size is not None and now != before for now, before in zip(made, here.outputs, strict=True)):
        return False
    clear(place)
    return True
