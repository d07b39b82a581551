"""Many recordings through one model: each fails or succeeds by itself, several are under way at once.

Threads work on the recordings; the thread that runs the batch loads nothing and decodes nothing. It makes the calls that the others
ask it to make, one after another: to the listener, and to standard output. So it is always free to hear of an interruption.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TextIO

from voicebridge.errors import InputError, VoiceBridgeError, brief
from voicebridge.pipeline.recording import Kept, OpenAudio, Recording, Stopped, Task
from voicebridge.pipeline.turns import Outlet, Turns
from voicebridge.sinks.checkpoint import log_of
from voicebridge.sinks.claim import Existing
from voicebridge.sinks.formats import Heard, TranscriptWriter, open_writer
from voicebridge.sinks.naming import STDOUT, Plan, check_target
from voicebridge.speech import Segment

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText

PATIENCE = 0.5
"""Seconds that the threads are given to end by themselves when the batch is stopped; an engine may compute for longer."""
_TELL_EVERY = 0.1
"""Seconds between two words about the progress of a recording."""
_LOOK_UP = 0.2
"""Seconds after which a wait is broken off, since Windows delivers no Ctrl-C to a thread that waits."""


class Listener(Protocol):
    """Hears how a batch is getting on, all in the thread that runs it."""

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        """A recording of ``duration`` seconds, where that is known, is under way; up to ``after`` it was transcribed before."""
        ...

    def restarted(self, recording: Path) -> None:
        """What an earlier run did of a recording is given up, since the model can't go on from it."""
        ...

    def heard(self, recording: Path, seconds: float) -> None:
        """A recording has been heard up to here."""
        ...

    def said(self, recording: Path, segment: Segment) -> None:
        """A segment that no earlier run had."""
        ...

    def finished(self, recording: Path, heard: Heard, segments: int, files: Sequence[Path]) -> None:
        """A recording is done and its files are in their places."""
        ...

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        """A recording could not be done, or, after ``finished``, was damaged; the message names it."""
        ...

    def kept(self, recording: Path, kept: Kept) -> None:
        """The user interrupted, and this is there of a recording."""
        ...


class Batch:
    """Recordings through one model, some at the same time."""

    def __init__(
        self,
        load: Callable[[], SpeechToText],
        task: Task,
        listener: Listener,
        *,
        open_audio: OpenAudio,
        stdout: TextIO,
        jobs: int = 1,
    ) -> None:
        """Prepare; nothing is loaded or opened yet.

        Args:
            load: loads the model; called at most once, by any thread, when the first recording turns out to be readable.
            task: what is asked of every recording.
            listener: hears of everything.
            open_audio: opens a recording.
            stdout: where the text of plans for standard output goes.
            jobs: how many recordings are under way at once.
        """
        self._load = load
        self._task = task
        self._listener = listener
        self._open_audio = open_audio
        self._jobs = jobs
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._engine: SpeechToText | None = None
        self._loading = threading.Lock()
        self._stopping = threading.Event()
        self._active: dict[int, Recording] = {}
        self._turns = Turns(stdout)
        self._writers: dict[int, TranscriptWriter] = {}
        self._working = 0
        self._failures = 0

    def run(self, plans: Sequence[Plan]) -> int:
        """Do them all and return how many failed.

        Raises:
            ModelError: when the model can't be loaded, which would fail every one of them.
            KeyboardInterrupt: what the user interrupted it with, after keeping what was transcribed.
            Stopped: when :meth:`stop` was called.
        """
        waiting = _Waiting(self._writable(plans))
        threads = [threading.Thread(target=self._work, args=(waiting,), daemon=True) for _ in range(min(self._jobs, len(waiting)))]
        self._working = len(threads)
        try:
            for thread in threads:
                thread.start()
            while self._working:
                with suppress(queue.Empty):
                    self._calls.get(timeout=_LOOK_UP)()
        except BaseException as error:
            self._stop(threads, interrupted=isinstance(error, KeyboardInterrupt))
            raise
        finally:
            self._turns.close()
        for thread in threads:
            thread.join()
        if self._engine is not None:
            self._engine.close()
        return self._failures

    def stop(self) -> None:
        """Have :meth:`run` end soon, by raising :class:`Stopped`; what was transcribed is kept. For another thread to call."""
        self._ask(_throw, Stopped())

    def _writable(self, plans: Sequence[Plan]) -> list[tuple[int, Plan]]:
        """Report the plans that can't come out well, before any work is done, and return the others with their numbers."""
        left = []
        for number, plan in enumerate(plans):
            try:
                for _, target in plan.files:
                    may_exist = self._task.existing is not Existing.REFUSE or log_of(plan.files).exists()
                    check_target(target, overwrite=may_exist, root=plan.root)
            except VoiceBridgeError as error:
                self._fail(number, plan, error)
            else:
                left.append((number, plan))
        return left

    # What follows is done by the threads.

    def _work(self, waiting: _Waiting) -> None:
        try:
            while not self._stopping.is_set() and (following := waiting.take()):
                self._do(*following)
        except BaseException as error:  # whatever it is, it is for whoever runs the batch
            self._ask(_throw, error)
        finally:
            self._ask(self._leave)

    def _do(self, number: int, plan: Plan) -> None:
        recording = self._active[number] = Recording(plan, self._task, self._open_audio)
        try:
            # Looked at only now: whoever stops the batch sees us, or we see that it has been stopped.
            if not self._stopping.is_set():
                with recording:
                    self._transcribe(number, recording)
        except Stopped:
            pass
        finally:
            del self._active[number]

    def _transcribe(self, number: int, recording: Recording) -> None:
        plan = recording.plan
        try:
            recording.open()
            engine = None if recording.is_heard else self._loaded()
            self._ask(self._begin, number, plan, recording.duration, recording.after, recording.restarted)
            if engine is not None:
                recording.transcribe(engine, self._meter(plan), partial(self._ask, self._say, number, plan))
            files = recording.finish()
        except Stopped:
            raise
        except VoiceBridgeError as error:
            self._ask(self._fail, number, plan, recording.blame(error))
        except OSError as error:
            reason = InputError(f"{plan.recording} can't be read: {error.strerror or brief(error)}. Try again.")
            self._ask(self._fail, number, plan, recording.blame(reason))
        else:
            self._ask(self._finish, number, plan, recording.heard, recording.count, files, recording.damage)

    def _loaded(self) -> SpeechToText:
        with self._loading:
            if self._stopping.is_set():
                raise Stopped
            if self._engine is None:
                try:
                    self._engine = self._load()
                except BaseException as error:
                    self._stopping.set()  # or the next thread would try it again
                    self._ask(_throw, error)
                    raise Stopped from error
            return self._engine

    def _meter(self, plan: Plan) -> Callable[[float], None]:
        told = -math.inf

        def heard(seconds: float) -> None:
            nonlocal told
            if time.monotonic() - told >= _TELL_EVERY:
                told = time.monotonic()
                self._ask(self._listener.heard, plan.recording, seconds)

        return heard

    def _ask(self, function: Callable[..., object], *arguments: Any) -> None:
        self._calls.put(partial(function, *arguments))

    # What follows is done by the thread that runs the batch, asked by the others.

    def _begin(self, number: int, plan: Plan, duration: float | None, after: float, restarted: bool) -> None:
        if restarted:
            self._listener.restarted(plan.recording)
        self._listener.began(plan.recording, duration, after)
        for name, target in plan.targets:
            if target == STDOUT:
                outlet: Any = Outlet(self._turns, number)
                self._writers[number] = open_writer(name, outlet, words=self._task.words)

    def _say(self, number: int, plan: Plan, segment: Segment) -> None:
        if number in self._writers:
            self._writers[number].write(segment)
        self._listener.said(plan.recording, segment)

    def _finish(self, number: int, plan: Plan, heard: Heard, segments: int, files: Sequence[Path], damage: str | None) -> None:
        if number in self._writers:
            self._writers[number].finish(heard)
        self._turns.end(number)
        self._listener.finished(plan.recording, heard, segments, files)
        if damage:
            self._failures += 1
            self._listener.failed(plan.recording, InputError(damage))

    def _fail(self, number: int, plan: Plan, error: VoiceBridgeError) -> None:
        self._failures += 1
        self._turns.end(number)
        self._listener.failed(plan.recording, error)

    def _leave(self) -> None:
        self._working -= 1

    def _stop(self, threads: Sequence[threading.Thread], *, interrupted: bool) -> None:
        # The engine stays open: closing it would wait for what it is computing.
        self._stopping.set()
        active = sorted(self._active.copy().items())
        kept = [(recording, recording.keep(readable=interrupted)) for _, recording in active]
        with suppress(Exception):  # the queue is empty, or what stopped us stops this too
            while True:
                self._calls.get_nowait()()
        if interrupted:
            for number, recording in active:
                if number == self._turns.turn and number in self._writers and recording.heard.duration:
                    self._writers[number].finish(recording.heard)
            for recording, what in kept:
                if what is not None:
                    self._listener.kept(recording.plan.recording, what)
        end = time.monotonic() + PATIENCE
        for thread in threads:
            if thread.ident is not None:  # it has been started
                thread.join(max(0.0, end - time.monotonic()))


class _Waiting:
    """The recordings whose turn has not come, for several threads to take from."""

    def __init__(self, plans: Sequence[tuple[int, Plan]]) -> None:
        self._plans = deque(plans)

    def __len__(self) -> int:
        return len(self._plans)

    def take(self) -> tuple[int, Plan] | None:
        """The next one, with its number."""
        try:
            return self._plans.popleft()
        except IndexError:
            return None


def _throw(error: BaseException) -> NoReturn:
    raise error
