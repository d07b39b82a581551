"""Does the files of one watched folder, each once, whatever happens to the process on the way."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from voicebridge import paths
from voicebridge.audio.decode import AudioReader
from voicebridge.engines.serving import Engines
from voicebridge.errors import InputError, OutputError, VoiceBridgeError, brief, cannot_write
from voicebridge.journal.ledger import BEGUN, DONE, FAILED, WRITTEN, Ledger, storable
from voicebridge.pipeline.batch import Batch
from voicebridge.pipeline.recording import Stopped
from voicebridge.sinks.claim import Existing
from voicebridge.sinks.naming import Plan
from voicebridge.speaking import Reader
from voicebridge.watch.after import Attempt, move_away, run_command
from voicebridge.watch.claims import Claims
from voicebridge.watch.decide import Decider, HeldError, Job
from voicebridge.watch.faults import is_full, is_of_the_whole
from voicebridge.watch.folder import Listening, WatchedFolder
from voicebridge.watch.inputs import is_no_input
from voicebridge.watch.listening import Listener
from voicebridge.watch.lot import Found, Lot
from voicebridge.watch.making import copy, read_aloud
from voicebridge.watch.notes import note_at, remove_note, write_note
from voicebridge.watch.rest import Place, stamp

HOLD = 0.5
"""Seconds after which a file is tried again that somebody else is at."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Voices:
    """Whom a worker tells what."""

    tell: Callable[[str], None]
    """What was done."""
    complain: Callable[[str], None]
    """What went wrong."""


class Worker:
    """Works on one batch at a time; :meth:`stop` may be called by another thread."""

    def __init__(
        self, folder: WatchedFolder, lot: Lot, ledger: Ledger, claims: Claims, engines: Engines, voices: Voices, folders: Sequence[str]
    ) -> None:
        self.folder, self.lot = folder, lot
        self._ledger, self._claims, self._engines, self._voices = ledger, claims, engines, voices
        self._decider = Decider(folder, ledger, lot.names, folders, self._take)
        self._stopping = Event()
        self._batch: Batch | None = None
        self._jobs: dict[Path, Job] = {}  # by the file, until it has come to an end
        self._made: dict[Path, Job] = {}  # by the file, in this batch
        self._claimed: list[Path] = []  # while it is decided what is left to do for a file
        self._commanded: set[tuple[Path, str]] = set()
        self._out = Place(folder.out) if folder.out is not None else None
        self._has_out = False

    def stop(self) -> None:
        """Have :meth:`do` return soon; what was begun is gone on with by the next process."""
        self._stopping.set()
        if (batch := self._batch) is not None:
            batch.stop()

    def do(self, batch: Sequence[Found]) -> None:
        """Do these files, or find out that they have to wait."""
        try:
            self._check_out()
            self._decider.begin_batch()
            jobs: dict[str, Job] = {}
            for found in batch:
                if self._stopping.is_set():
                    return
                job = self._take_up(found, jobs)
                if job is not None:
                    jobs[job.hash] = job
            self._make(list(jobs.values()))
        except Stopped:
            pass
        except Exception as error:  # if it is ours, the other folders go on all the same, and this one is tried again
            self._in_trouble(error)
        finally:
            for job in self._jobs.values():
                self._claims.release(job.where.place)
            self._jobs.clear()
            self._made.clear()
            self.lot.end_batch()

    def _check_out(self) -> None:
        """Make the folder that is written to, once: later it may be the place of a disk that was taken off."""
        if self._out is None:
            return
        try:
            if not self._has_out:
                self._out.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self._out.path, error) from error
        if self._out.look() is False:
            raise OutputError(f"{self._out.path} is not there. Make it, or put its disk back; it is waited for.")
        self._has_out = True

    def _take_up(self, found: Found, jobs: Mapping[str, Job]) -> Job | None:
        """Find out what is left to do for a file, and do it where no engine is needed; gives the others."""
        try:
            return self._look_at(found, jobs)
        except HeldError:
            self.lot.hold(found, HOLD)
        except FileNotFoundError:
            self.lot.again(found)
        except OSError as error:
            problem = f"{self.folder.path / found.name} can't be read: {error.strerror or brief(error)}. Check its permissions."
            self._voices.complain(problem)
            self.lot.settle(found)  # until it changes: a file whose content is not known has no place in the ledger
        return None

    def _look_at(self, found: Found, jobs: Mapping[str, Job]) -> Job | None:
        path = self.folder.path / found.name
        if is_no_input(path, self._ledger, speaks=self.folder.speaks):
            self.lot.settle(found)
            return None
        digest = self._digest(path)
        if stamp(path.stat()) != found.stamp:
            self.lot.again(found)
            return None
        if digest in jobs:
            raise HeldError
        job = self._decide(found, digest)
        if job is None:
            self.lot.settle(found)
            return None
        if job.step in ("make", "copy"):
            self._ledger.note(self._decider.noted(job, BEGUN))
        if job.step == "make":
            return job
        if job.step == "copy":
            copy(job)
        self._finish(job)
        return None

    def _decide(self, found: Found, digest: str) -> Job | None:
        job = None
        try:
            job = self._decider.decide(found.name, found.stamp, digest)
        finally:
            for place in self._claimed:
                if job is None or place != job.where.place:
                    self._claims.release(place)
            self._claimed.clear()
        if job is not None:
            self._jobs[job.path] = job
        return job

    def _take(self, place: Path) -> bool:
        if place not in self._claimed:
            if not self._claims.take(place):
                return False
            self._claimed.append(place)
        return True

    def _digest(self, path: Path) -> str:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if self._stopping.is_set():
                    raise Stopped
                digest.update(block)
        return digest.hexdigest()

    def _make(self, jobs: Sequence[Job]) -> None:
        if isinstance(self.folder.work, Reader):
            for job in jobs:
                self._speak(job, self.folder.work)
            return
        for existing in (Existing.RESUME, Existing.OVERWRITE):
            plans = [Plan(job.path, job.where.targets, self.folder.out) for job in jobs if job.where.existing is existing]
            if plans:
                self._transcribe(plans, self.folder.work, existing)

    def _transcribe(self, plans: Sequence[Plan], work: Listening, existing: Existing) -> None:
        self._batch = Batch(
            lambda: self._engines.stt(work.model, work.options),
            replace(work.task, existing=existing),
            Listener(self),
            open_audio=AudioReader,
            stdout=io.StringIO(),
            jobs=work.model.spec.parallel,
        )
        try:
            if self._stopping.is_set():
                raise Stopped
            self._batch.run(plans)
        finally:
            self._batch = None

    def _speak(self, job: Job, reader: Reader) -> None:
        try:
            read_aloud(job, reader, self._engines, self._stopping)
        except Stopped:
            raise
        except VoiceBridgeError as error:
            self.failed(job.path, error)
        except OSError as error:
            self.failed(job.path, InputError(f"{job.path} can't be read: {error.strerror or brief(error)}. Try again."))
        else:
            self.finished(job.path)

    # The thread that runs a batch calls these, one after another.

    def finished(self, path: Path) -> None:
        """The outputs of a file are in their places."""
        job = self._made[path] = self._jobs[path]
        try:
            self._finish(job)
        except OutputError as error:  # the ledger's, or that of moving the file away: the transcript is there, and this is tried again
            del self._jobs[path]
            self._claims.release(job.where.place)
            self._in_trouble(error)

    def failed(self, path: Path, error: VoiceBridgeError) -> None:
        """A file could not be done, or, after :meth:`finished`, was damaged."""
        job = self._jobs.get(path)
        if job is None:
            self._voices.complain(str(error))
            with suppress(OutputError):
                write_note(self._made[path].where.targets[0][1], path, str(error), is_partial=True)
            return
        reason = error.__cause__ if isinstance(error.__cause__, VoiceBridgeError) else error
        del self._jobs[path]
        found = Found(job.name, job.stamp)
        try:
            if not self._is_as_found(job):
                self.lot.again(found)
            elif isinstance(reason.__cause__, BlockingIOError):
                self.lot.hold(found, HOLD)
            elif is_of_the_whole(reason):
                self._in_trouble(reason)
            else:
                self._note_failure(job, str(reason))
                self.lot.settle(found, note=note_at(job.where.targets[0][1]))
        finally:
            self._claims.release(job.where.place)

    def _is_as_found(self, job: Job) -> bool:
        try:
            return stamp(job.path.stat()) == job.stamp
        except OSError:
            return False

    def _note_failure(self, job: Job, problem: str) -> None:
        self._voices.complain(problem)
        try:
            write_note(job.where.targets[0][1], job.path, problem)
        except OutputError as error:
            self._in_trouble(error)
        self._ledger.note(self._decider.noted(job, FAILED, problem=problem))

    def _finish(self, job: Job) -> None:
        settings = self.folder.settings
        follows = settings.command is not None or self.folder.move_to is not None
        self._ledger.note(self._decider.noted(job, WRITTEN if follows else DONE))
        if job.step in ("make", "copy"):
            for _, target in job.where.targets:
                remove_note(target)
                self._voices.tell(f"Wrote {target}")
        if follows and not self._follow(job):
            return
        del self._jobs[job.path]
        self._claims.release(job.where.place)
        done = self.lot.settle if self._is_as_found(job) else self.lot.again
        done(Found(job.name, job.stamp))

    def _follow(self, job: Job) -> bool:
        """Run the user's command and move the file away; false when that was broken off, and is to be done by the next process."""
        settings = self.folder.settings
        key = job.path, job.stamp
        if settings.command is not None and job.step != "move" and key not in self._commanded:
            if not self._command(job, settings.command):
                return False
            self._commanded.add(key)
        noted = self._decider.noted(job, DONE)
        if self.folder.move_to is None:
            self._ledger.note(noted)
        else:
            moved = move_away(job.path, (self.folder.move_to / job.name).parent)
            self._ledger.move(noted.path, replace(noted, path=storable(str(moved)), stamp=stamp(moved.stat())))
            self._voices.tell(f"Moved {job.path} to {moved}")
        self._commanded.discard(key)
        return True

    def _command(self, job: Job, command: str) -> bool:
        written = self._decider.noted(job, WRITTEN)
        attempt = Attempt(written.id, written.attempts + 1, paths.data_dir() / "history" / "marks")
        if not attempt.is_marked:
            attempt.prepare()
            self._ledger.note(replace(written, attempts=attempt.number))
            outputs, seconds = [target for _, target in job.where.targets], self.folder.settings.command_seconds
            try:
                problem = run_command(command, job.path, outputs, attempt, seconds, self._stopping)
            except InterruptedError:
                return False
            if problem:
                self._voices.complain(f"{job.path}: {problem}")
        attempt.forget()
        return True

    def _in_trouble(self, error: Exception) -> None:
        """Hold up the whole folder, and say why."""
        if isinstance(error, VoiceBridgeError):
            text = str(error)
        else:
            text = f"{self.folder.path}: watching failed inside: {brief(error)}. Report it to the makers of VoiceBridge."
        state = "disk full" if is_full(error) else text
        if self.lot.trouble(state):
            self._voices.complain(text)
