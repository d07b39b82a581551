"""Transcribe many recordings with one model; each fails or succeeds separately.

An executor does the work, in other threads, processes or machines. The thread that runs the batch loads and decodes nothing: it only makes
calls that the others request, one after another, to the listener and to standard output. So it can always react to an interruption.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Protocol, TextIO

from voicebridge.errors import InputError, VoiceBridgeError
from voicebridge.files.claim import Existing
from voicebridge.files.targets import STDOUT, check_target
from voicebridge.jobs import Receipt, SttJob
from voicebridge.speech import Segment, TranscriptInfo, TranscriptWriter
from voicebridge.stt.checkpoint import log_of
from voicebridge.stt.in_order import OrderedOutput, Outlet
from voicebridge.stt.job import Leftover, Stopped
from voicebridge.stt.local import LocalListener
from voicebridge.stt.naming import Plan
from voicebridge.stt.task import Task

PATIENCE = 0.5
"""Time-out in seconds for the executor to end when the batch is stopped; an engine may compute for longer."""
_LOOK_UP = 0.2
"""Maximum seconds per wait, because Windows delivers no Ctrl-C to a waiting thread."""


class BatchListener(Protocol):
    """Receives the events of a batch, all in the thread that runs it."""

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """A recording of ``duration`` seconds, if known, has started; an earlier run transcribed it up to ``after``."""
        ...

    def restarted(self, recording: Path) -> None:
        """An earlier run's part of a recording is discarded, because the model can't resume."""
        ...

    def heard(self, recording: Path, seconds: float) -> None:
        """A recording has been transcribed up to this time."""
        ...

    def diarized(self, recording: Path, seconds: float) -> None:
        """A diarizer has read a recording up to this time; it is transcribed afterwards."""
        ...

    def said(self, recording: Path, segment: Segment) -> None:
        """A new segment, or a draft if drafts are requested; called before it is printed."""
        ...

    def finished(self, recording: Path, heard: TranscriptInfo, segments: int | None, files: Sequence[Path]) -> None:
        """A recording is done and its files are complete; without the number of segments if an earlier try had completed them."""
        ...

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """A recording failed, or, after ``finished``, was damaged; the message names it."""
        ...

    def kept(self, recording: Path, kept: Leftover) -> None:
        """The user interrupted; this is the saved part of a recording."""
        ...


class BatchExecutor(Protocol):
    """Does the jobs of a batch; an :class:`voicebridge.extension_ports.Executor`, of a plugin or the local one."""

    def run(self, jobs: Sequence[SttJob], listener: LocalListener, at_once: int | None) -> None:
        """Do the jobs, and tell the listener; see :class:`voicebridge.extension_ports.Executor`."""
        ...

    def stop(self) -> None:
        """Make :meth:`run` end soon; called from another thread."""
        ...


class Batch:
    """A batch of recordings for one model."""

    def __init__(
        self,
        executor: BatchExecutor,
        task: Task,
        listener: BatchListener,
        *,
        stdout: TextIO,
        at_once: int | None = None,
        needs_text: bool = False,
    ) -> None:
        """Prepare; nothing is loaded or opened yet.

        Args:
            executor: does the work; the caller closes it.
            task: the request for all recordings.
            listener: receives all events.
            stdout: the destination for plans with standard output.
            at_once: the number of concurrent recordings; by default, the executor decides.
            needs_text: whether the listener needs the text of all recordings.
        """
        self._executor = executor
        self._task = task
        self._listener = listener
        self._at_once = at_once
        self._needs_text = needs_text
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._turns = OrderedOutput(stdout)
        self._printed: dict[int, tuple[TranscriptWriter, Outlet]] = {}
        self._running = False
        self._failures = 0

    def run(self, plans: Sequence[Plan]) -> int:
        """Transcribe all recordings and return the number of failures.

        Raises:
            ModelError: if the model can't be loaded, which affects all recordings.
            PluginError: if the executor of a plugin fails.
            KeyboardInterrupt: the user's interrupt, after saving the transcripts so far.
            Stopped: if :meth:`stop` was called.
        """
        token = os.urandom(8).hex()
        numbers = {f"{token}-{number}": number for number in self._writable(plans)}
        jobs = [self._job(job, plans[number]) for job, number in numbers.items()]
        events = _Events(self._ask, self, plans, numbers)
        thread = threading.Thread(target=self._execute, args=(jobs, events), name="executor", daemon=True)
        self._running = bool(jobs)
        try:
            if jobs:
                thread.start()
            while self._running:
                with suppress(queue.Empty):
                    self._calls.get(timeout=_LOOK_UP)()
        except BaseException as error:
            self._stop(thread, events, interrupted=isinstance(error, KeyboardInterrupt))
            raise
        finally:
            self._turns.close()
        return self._failures

    def stop(self) -> None:
        """Make :meth:`run` end soon by raising :class:`Stopped`; transcripts so far are saved. Call it from another thread."""
        self._ask(_throw, Stopped())

    def _writable(self, plans: Sequence[Plan]) -> list[int]:
        """Report plans that can't succeed before starting any work, and return the numbers of the others."""
        left = []
        for number, plan in enumerate(plans):
            try:
                for _, target in plan.files:
                    may_exist = self._task.existing is not Existing.REFUSE or log_of(plan.files).exists()
                    check_target(target, overwrite=may_exist, root=plan.root)
            except VoiceBridgeError as error:
                self.fail(number, plan, error)
            else:
                left.append(number)
        return left

    def _job(self, job: str, plan: Plan) -> SttJob:
        task = self._task
        return SttJob(
            id=job,
            recording=plan.recording,
            outputs=plan.files,
            root=plan.root,
            model=task.model,
            options=task.options,
            request=task.request,
            words=task.words,
            existing=task.existing.value,
            start=task.start,
            end=task.end,
            track=task.track,
            channels=None if task.channels is None else tuple(task.channels),
            diarizer=task.diarization.finder.name if task.diarization else None,
            speakers=task.diarization.speakers if task.diarization else None,
            keeps_words=task.diarization.words if task.diarization else True,
            filters=tuple(task.filters.names),
            profile=task.profile,
            settings=task.settings,
            text=self._needs_text or len(plan.files) < len(plan.targets),
        )

    def _execute(self, jobs: Sequence[SttJob], events: _Events) -> None:
        try:
            self._executor.run(jobs, events, self._at_once)
        except BaseException as error:  # of any kind: it is raised by the thread that runs the batch
            self._ask(_throw, error)
        finally:
            self._ask(self._leave)

    def _ask(self, function: Callable[..., object], *arguments: Any) -> None:
        self._calls.put(partial(function, *arguments))

    # The following methods run in the thread that runs the batch, on request of the others.

    def begin(self, _number: int, plan: Plan, duration: float | None, after: float) -> None:
        """A recording has started."""
        self._listener.began(plan.recording, duration, after)

    def restart(self, _number: int, plan: Plan) -> None:
        """A recording starts over."""
        self._listener.restarted(plan.recording)

    def hear(self, _number: int, plan: Plan, seconds: float) -> None:
        """A recording has been transcribed up to this time."""
        self._listener.heard(plan.recording, seconds)

    def diarize(self, _number: int, plan: Plan, seconds: float) -> None:
        """A diarizer has read a recording up to this time."""
        self._listener.diarized(plan.recording, seconds)

    def say(self, number: int, plan: Plan, segment: Segment) -> None:
        """A segment is ready."""
        self._listener.said(plan.recording, segment)
        if segment.final:
            self._print(number, plan, lambda writer: writer.write(segment))

    def end(self, number: int, plan: Plan, receipt: Receipt) -> None:
        """A recording is done, or failed."""
        if receipt.error is not None:
            self.fail(number, plan, receipt.error)
            return
        for segment in receipt.text:
            self.say(number, plan, segment)
        heard = receipt.heard or self._unknown()
        self._print(number, plan, lambda writer: writer.finish(heard))
        self._turns.end(number)
        self._listener.finished(plan.recording, heard, receipt.segments, [file for _, file in plan.files])
        if receipt.damage:
            self._failures += 1
            self._listener.failed(plan.recording, InputError(receipt.damage))

    def fail(self, number: int, plan: Plan, error: VoiceBridgeError) -> None:
        """A recording failed."""
        self._failures += 1
        self._turns.end(number)
        self._listener.failed(plan.recording, error)

    def _print(self, number: int, plan: Plan, write: Callable[[TranscriptWriter], None]) -> None:
        if number not in self._printed:
            name = next((name for name, target in plan.targets if target == STDOUT), None)
            if name is None:
                return
            outlet = Outlet(self._turns, number)
            self._printed[number] = self._task.formats[name].make(outlet, self._task.words), outlet
        writer, outlet = self._printed[number]
        write(writer)
        outlet.flush()

    def _unknown(self) -> TranscriptInfo:
        task = self._task
        return TranscriptInfo(0.0, task.request.language, task.model, task.request.task, task.start)

    def _leave(self) -> None:
        self._running = False

    def _stop(self, thread: threading.Thread, events: _Events, *, interrupted: bool) -> None:
        events.readable = interrupted
        self._executor.stop()
        with suppress(Exception):  # the queue is empty, or the same error stops the next one too
            while True:
                self._calls.get_nowait()()
        if interrupted:
            for number, plan, heard, _ in events.left:
                if number == self._turns.turn and heard.duration:
                    self._print(number, plan, partial(_finish, heard))
            for _, plan, _, kept in events.left:
                if kept is not None:
                    self._listener.kept(plan.recording, kept)
        if thread.ident is not None:  # it has been started
            thread.join(PATIENCE)


class _Events:
    """Passes on what an executor tells, from any thread, to the thread that runs the batch."""

    def __init__(self, ask: Callable[..., None], batch: Batch, plans: Sequence[Plan], numbers: Mapping[str, int]) -> None:
        self._ask, self._batch, self._plans, self._numbers = ask, batch, plans, numbers
        self.readable = False
        self.left: list[tuple[int, Plan, TranscriptInfo, Leftover | None]] = []

    def began(self, job: str, duration: float | None = None, after: float = 0.0) -> None:
        self._ask(self._batch.begin, *self._of(job), duration, after)

    def restarted(self, job: str) -> None:
        self._ask(self._batch.restart, *self._of(job))

    def heard(self, job: str, seconds: float) -> None:
        self._ask(self._batch.hear, *self._of(job), seconds)

    def diarized(self, job: str, seconds: float) -> None:
        self._ask(self._batch.diarize, *self._of(job), seconds)

    def said(self, job: str, segment: Segment) -> None:
        self._ask(self._batch.say, *self._of(job), segment)

    def done(self, receipt: Receipt) -> None:
        self._ask(self._batch.end, *self._of(receipt.job), receipt)

    def kept(self, job: str, heard: TranscriptInfo, kept: Leftover | None) -> None:
        self.left.append((*self._of(job), heard, kept))

    def _of(self, job: str) -> tuple[int, Plan]:
        number = self._numbers[job]
        return number, self._plans[number]


def _finish(heard: TranscriptInfo, writer: TranscriptWriter) -> None:
    writer.finish(heard)


def _throw(error: BaseException) -> NoReturn:
    raise error
