"""Process the files of one watched folder, each exactly once, even if the process is killed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event

from voicebridge.audio.decode import AudioReader
from voicebridge.engines.source import Engines
from voicebridge.errors import OutputError, VoiceBridgeError, brief, cannot_read, cannot_write
from voicebridge.files.claim import Existing
from voicebridge.journal.ledger import BEGUN, DONE, FAILED, WRITTEN, Ledger
from voicebridge.stt.batch import Batch
from voicebridge.stt.job import Stopped
from voicebridge.stt.local import LocalExecutor
from voicebridge.stt.naming import Plan
from voicebridge.tts.choose import SpeechSetup
from voicebridge.watch.batch_listener import FolderListener
from voicebridge.watch.choose import Listening, WatchedFolder
from voicebridge.watch.claims import Claims
from voicebridge.watch.decide import Decider, FileJob, HeldError
from voicebridge.watch.error_notes import note_at, remove_note, write_note
from voicebridge.watch.error_scope import is_full, is_of_the_whole
from voicebridge.watch.follow_up import Callbacks, FollowUp
from voicebridge.watch.outputs import copy, read_aloud
from voicebridge.watch.own_outputs import is_no_input
from voicebridge.watch.queue import FolderQueue, Found
from voicebridge.watch.settling import Place, stamp

HOLD = 0.5
"""Seconds after which a file is retried that another process has claimed."""
_BLOCK = 1 << 20


class FolderWorker:
    """Processes one batch at a time; :meth:`stop` can be called from another thread."""

    def __init__(
        self,
        folder: WatchedFolder,
        queue: FolderQueue,
        ledger: Ledger,
        claims: Claims,
        engines: Engines,
        callbacks: Callbacks,
        folders: Sequence[str],
    ) -> None:
        self.folder, self.queue = folder, queue
        self._ledger, self._claims, self._engines, self._callbacks = ledger, claims, engines, callbacks
        self._decider = Decider(folder, ledger, queue.names, folders, self._take)
        self._stopping = Event()
        self._batch: Batch | None = None
        self._jobs: dict[Path, FileJob] = {}  # by file, until it is finished
        self._made: dict[Path, FileJob] = {}  # by file, in this batch
        self._claimed: list[Path] = []  # while deciding what remains to be done for a file
        self._follow_up = FollowUp(folder, ledger, self._decider, callbacks, self._stopping)
        self._out = Place(folder.out) if folder.out is not None else None
        self._has_out = False

    def stop(self) -> None:
        """Make :meth:`do` return soon; interrupted work is resumed by the next process."""
        self._stopping.set()
        if (batch := self._batch) is not None:
            batch.stop()

    def close(self) -> None:
        """Release what is kept between batches."""
        work = self.folder.work
        if isinstance(work, Listening) and work.executor is not None:
            try:
                work.executor.close()
            except (VoiceBridgeError, OSError) as error:
                self._callbacks.complain(str(error))

    def do(self, batch: Sequence[Found]) -> None:
        """Process these files, or determine that they have to wait."""
        try:
            self._check_out()
            self._decider.begin_batch()
            jobs: dict[str, FileJob] = {}
            for found in batch:
                if self._stopping.is_set():
                    return
                job = self._take_up(found, jobs)
                if job is not None:
                    jobs[job.hash] = job
            self._make(list(jobs.values()))
        except Stopped:
            pass
        except Exception as error:  # a bug of ours must not stop the other folders, and this one is retried
            self._in_trouble(error)
        finally:
            for job in self._jobs.values():
                self._claims.release(job.where.place)
            self._jobs.clear()
            self._made.clear()
            self.queue.end_batch()

    def _check_out(self) -> None:
        """Create the output folder, once: later it may be the mount point of an unmounted disk."""
        if self._out is None:
            return
        try:
            if not self._has_out:
                self._out.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self._out.path, error) from error
        if self._out.look() is False:
            raise OutputError(f"{self._out.path} does not exist. Create it, or reconnect its disk; VoiceBridge waits for it.")
        self._has_out = True

    def _take_up(self, found: Found, jobs: Mapping[str, FileJob]) -> FileJob | None:
        """Decide what remains to be done for a file, and do it if no engine is needed; return the other jobs."""
        try:
            return self._look_at(found, jobs)
        except HeldError:
            self.queue.hold(found, HOLD)
        except FileNotFoundError:
            self.queue.again(found)
        except OSError as error:
            problem = f"{self.folder.path / found.name} can't be read: {error.strerror or brief(error)}. Check its permissions."
            self._callbacks.complain(problem)
            self.queue.settle(found)  # until it changes: a file with unknown content has no entry in the ledger
        return None

    def _look_at(self, found: Found, jobs: Mapping[str, FileJob]) -> FileJob | None:
        path = self.folder.path / found.name
        if is_no_input(path, self._ledger, speaks=self.folder.speaks):
            self.queue.settle(found)
            return None
        digest = self._digest(path)
        if stamp(path.stat()) != found.stamp:
            self.queue.again(found)
            return None
        if digest in jobs:
            raise HeldError
        job = self._decide(found, digest)
        if job is None:
            self.queue.settle(found)
            return None
        if job.step in ("make", "copy"):
            self._ledger.note(self._decider.noted(job, BEGUN))
        if job.step == "make":
            return job
        if job.step == "copy":
            copy(job)
        self._finish(job)
        return None

    def _decide(self, found: Found, digest: str) -> FileJob | None:
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

    def _make(self, jobs: Sequence[FileJob]) -> None:
        if isinstance(self.folder.work, SpeechSetup):
            for job in jobs:
                self._speak(job, self.folder.work)
            return
        for existing in (Existing.RESUME, Existing.OVERWRITE):
            plans = [Plan(job.path, job.where.targets, self.folder.out) for job in jobs if job.where.existing is existing]
            if plans:
                self._transcribe(plans, self.folder.work, existing)

    def _transcribe(self, plans: Sequence[Plan], work: Listening, existing: Existing) -> None:
        task = replace(work.task, existing=existing)
        executor = work.executor or LocalExecutor(
            lambda: self._engines.stt(work.model, work.options), task, AudioReader, work.model.spec.parallel
        )
        self._batch = Batch(executor, task, FolderListener(self, self._callbacks.emit), stdout=io.StringIO())
        try:
            if self._stopping.is_set():
                raise Stopped
            self._batch.run(plans)
            if work.executor is None:
                executor.close()  # that of a plugin is kept for the next batch
        finally:
            self._batch = None

    def _speak(self, job: FileJob, reader: SpeechSetup) -> None:
        try:
            read_aloud(job, reader, self._engines, self._stopping)
        except Stopped:
            raise
        except VoiceBridgeError as error:
            self.failed(job.path, error)
        except OSError as error:
            self.failed(job.path, cannot_read(job.path, error))
        else:
            self.finished(job.path)
            [(_, file)] = job.where.targets
            self._callbacks.emit("speech.written", document=str(job.path), file=str(file), model=reader.model.full_name)

    # The following methods are called by the batch's thread, one after another.

    def finished(self, path: Path) -> None:
        """The outputs of a file are complete."""
        job = self._made[path] = self._jobs[path]
        try:
            self._finish(job)
        except OutputError as error:  # from the ledger or from moving the file: the transcript exists, and this step is retried
            del self._jobs[path]
            self._claims.release(job.where.place)
            self._in_trouble(error)

    def failed(self, path: Path, error: VoiceBridgeError) -> None:
        """A file failed, or, after :meth:`finished`, was damaged."""
        job = self._jobs.get(path)
        if job is None:
            self._callbacks.complain(str(error))
            with suppress(OutputError):
                write_note(self._made[path].where.targets[0][1], path, str(error), is_partial=True)
            return
        reason = error.__cause__ if isinstance(error.__cause__, VoiceBridgeError) else error
        del self._jobs[path]
        found = Found(job.name, job.stamp)
        try:
            if not self._is_as_found(job):
                self.queue.again(found)
            elif isinstance(reason.__cause__, BlockingIOError):
                self.queue.hold(found, HOLD)
            elif is_of_the_whole(reason):
                self._in_trouble(reason)
            else:
                self._note_failure(job, str(reason))
                self.queue.settle(found, note=note_at(job.where.targets[0][1]))
        finally:
            self._claims.release(job.where.place)

    def _is_as_found(self, job: FileJob) -> bool:
        try:
            return stamp(job.path.stat()) == job.stamp
        except OSError:
            return False

    def _note_failure(self, job: FileJob, problem: str) -> None:
        self._callbacks.complain(problem)
        self._callbacks.emit("job.failed", path=str(job.path), message=problem)
        try:
            write_note(job.where.targets[0][1], job.path, problem)
        except OutputError as error:
            self._in_trouble(error)
        self._ledger.note(self._decider.noted(job, FAILED, problem=problem))

    def _finish(self, job: FileJob) -> None:
        settings = self.folder.settings
        follows = settings.command is not None or self.folder.move_to is not None
        self._ledger.note(self._decider.noted(job, WRITTEN if follows else DONE))
        if job.step in ("make", "copy"):
            for _, target in job.where.targets:
                remove_note(target)
                self._callbacks.tell(f"Wrote {target}")
        if follows and not self._follow_up.do(job):
            return
        del self._jobs[job.path]
        self._claims.release(job.where.place)
        done = self.queue.settle if self._is_as_found(job) else self.queue.again
        done(Found(job.name, job.stamp))

    def _in_trouble(self, error: Exception) -> None:
        """Suspend the whole folder, and report why."""
        if isinstance(error, VoiceBridgeError):
            text = str(error)
        else:
            text = f"{self.folder.path}: internal error while watching: {brief(error)}. Report it to the maintainers of VoiceBridge."
        state = "disk full" if is_full(error) else text
        if self.queue.trouble(state):
            self._callbacks.complain(text)
