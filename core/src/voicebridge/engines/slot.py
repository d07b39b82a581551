"""The place of one model in the pool: its worker process, the jobs under way, and what becomes of both when something goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Any

from voicebridge.engines.process import WorkerProcess
from voicebridge.engines.streams import Stream
from voicebridge.engines.wire import Gone, Message
from voicebridge.errors import ModelError, Unavailable, VoiceBridgeError

_AT_ONCE = 1.0
"""Seconds for which a model stays loaded after a job even when it is to go at once, so that jobs in a row share it."""
_UNUSED = 60.0
"""Seconds for which a model that was loaded for a job to come waits for it."""
_SLOWEST = 60.0
"""Seconds between two starts of a process that dies again and again."""


@dataclass(slots=True)
class Limits:
    """How long what may take, in seconds; may be changed while a pool goes by them."""

    hang: float = 300.0
    """A job in which the engine neither gives nor asks for anything."""
    loading: float = 1800.0
    """Loading a model, which may have to be fetched."""
    lifeless: float = 30.0
    """A process at work that gives no sign of life at all, as one that was stopped."""
    wait: float = 5.0
    """What a job waits for a process that may not be started yet; with more to wait it fails."""
    tick: float = 1.0
    """Between two looks at the processes."""


class Slot:
    """One model with its options; its process is started when it is needed, and again when it has died."""

    def __init__(self, load: Message, tell: Callable[[str], None], limits: Limits, changed: Callable[[], None]) -> None:
        """Nothing is started yet.

        Args:
            load: what :mod:`voicebridge.engines.worker` is to load.
            tell: told what goes wrong.
            limits: how long what may take.
            changed: called when a process was started.
        """
        self.load = load
        self.model, self.kind = str(load["model"]), str(load["kind"])
        self.problem = ""
        """What went wrong last, until a job has been done."""
        self.busy = 0
        """How many jobs are under way."""
        self._tell, self._limits, self._on_start = tell, limits, changed
        self._worker: WorkerProcess | None = None
        self._changed = Condition()
        self._used_at = time.monotonic()
        self._was_used = False
        self._deaths = 0
        self._not_before = 0.0
        self._closed = False

    @property
    def pid(self) -> int:
        """Of the process; 0 without one."""
        worker = self._worker
        return worker.pid if worker is not None else 0

    @property
    def idle(self) -> float:
        """Seconds since the last job."""
        return 0.0 if self.busy else time.monotonic() - self._used_at

    def warm(self) -> None:
        """Begin to load the model, unless it is loaded, or its process may not be started yet."""
        with self._changed:
            if not self._closed and time.monotonic() >= self._not_before:
                self._used_at = time.monotonic()
                self._start()

    def connect(self) -> Lease:
        """Begin a conversation with the process, which is started where need be.

        Raises:
            Gone: when the pool is being closed.
            ModelError: when the process has died again and again, or can't be started.
        """
        with self._changed:
            wait = self._not_before - time.monotonic()
            if wait > self._limits.wait:
                raise ModelError(f"{self.model} {self.problem}, {self._deaths} times in a row. It is tried again in {wait:.0f} s.")
            self._changed.wait_for(lambda: self._closed, max(0.0, wait))
            worker = self._start()
            if worker is None:
                raise Gone("VoiceBridge is stopping.") if self._closed else ModelError(f"{self.model} can't be loaded: {self.problem}.")
            self.busy += 1
            worker.jobs += 1
            return Lease(self, worker, worker.open())

    def look_after(self, idle_unload: float | None) -> None:
        """End the process when it hangs, or when nobody has used it for ``idle_unload`` seconds."""
        with self._changed:
            worker, now = self._worker, time.monotonic()
            if worker is None:
                return
            unused = now - self._used_at - max(idle_unload or 0.0, _AT_ONCE if self._was_used else _UNUSED)
            if self.busy or worker.loaded_at is None:
                if now - worker.heard_at > self._limits.lifeless:
                    worker.kill(f"gave no sign of life for {self._limits.lifeless:g} s and was ended")
            elif idle_unload is not None and unused >= 0:
                self._worker = None
                worker.end()

    def failed(self, gone: Gone) -> VoiceBridgeError:
        """What to tell a user whose job nobody could finish."""
        if self._closed:
            return Unavailable("VoiceBridge is stopping. Start it again: voicebridge daemon start")
        return ModelError(f"{self.model} failed: its process {gone}. Try again; if it stays so, take another model: voicebridge models")

    def close(self) -> None:
        """Have the process end, and start none any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if self._worker is not None:
                self._worker.end()

    def wait(self) -> None:
        """Return when the process has ended, after :meth:`close`."""
        worker = self._worker
        if worker is not None:
            worker.wait()

    def release(self, worker: WorkerProcess, *, done: bool) -> None:
        """A job is over; ``done`` unless its process was gone."""
        with self._changed:
            if not done:
                self._ended(worker)
            self.busy -= 1
            worker.jobs -= 1
            self._used_at = time.monotonic()
            self._was_used = True
            if worker.error is not None:
                self._retire(worker)
            elif done:
                self._deaths, self.problem = 0, ""

    def hangs(self, worker: WorkerProcess, since: float) -> float | None:
        """How long (s) a job may wait for the process, when it has waited for longer since that time on the clock."""
        loaded, now = worker.loaded_at, time.monotonic()
        limit, began = (self._limits.loading, since) if loaded is None else (self._limits.hang, max(since, loaded))
        return limit if now - began > limit else None

    @property
    def tick(self) -> float:
        """Seconds between two looks at whether a process hangs."""
        return self._limits.tick

    def _start(self) -> WorkerProcess | None:
        """The process, started unless it runs; ``None`` when it can't be, or may not any more."""
        if self._closed:
            return None
        if self._worker is not None and self._worker.has_ended:
            self._ended(self._worker)
        if self._worker is None:
            self._was_used = False
            try:
                self._worker = WorkerProcess({**self.load, "alive": self._limits.lifeless / 10}, self._load_failed, self._ended)
            except OSError as error:
                self.problem = f"no process can be started: {error.strerror or error}"
                return None
            self._on_start()
        self._worker.heard_at = time.monotonic()
        return self._worker

    def _load_failed(self, worker: WorkerProcess) -> None:
        with self._changed:
            if worker is self._worker:  # it has nothing to offer; the next job tries anew
                self._worker = None
                self.problem = str(worker.error)
            self._retire(worker)

    def _retire(self, worker: WorkerProcess) -> None:
        if not worker.jobs:  # those that wait for it still hear why it could not load
            worker.end()

    def _ended(self, worker: WorkerProcess) -> None:
        with self._changed:
            if worker is not self._worker or self._closed:
                return
            self._worker = None
            if worker.loaded_at is not None and not self.busy:
                return  # what dies while nobody needs it is started when somebody does
            self._deaths += 1
            self.problem = worker.cause()
            pause = 0.0 if self._deaths == 1 else min(_SLOWEST, 2.0 ** (self._deaths - 2))
            self._not_before = time.monotonic() + pause
        self._tell(f"{self.model}: its process {self.problem}.")


class Lease:
    """A conversation with the process of a slot, about one job; a :class:`voicebridge.engines.wire.Peer`."""

    def __init__(self, slot: Slot, worker: WorkerProcess, stream: Stream) -> None:
        self._slot, self._worker, self._stream = slot, worker, stream
        self._over = self._is_gone = False

    def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            Unavailable: when the process is gone.
        """
        try:
            self._stream.send(message)
        except Unavailable as error:
            raise self._gone() from error

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:  # noqa: ARG002 - the limits say how long
        """The next message.

        Raises:
            Unavailable: when the process is gone, or is taken for hanging and was killed, with the reason.
        """
        since = time.monotonic()
        while True:
            try:
                message = self._stream.receive(self._slot.tick)
                break
            except Unavailable:
                if (limit := self._slot.hangs(self._worker, since)) is not None:
                    self._worker.kill(f"computed for {limit:g} s without a result and was ended")
                    message = None
                    break
        if message is None:
            raise self._gone()
        return message

    def close(self) -> None:
        """End the conversation."""
        if not self._over:
            self._over = True
            self._stream.close()
            self._slot.release(self._worker, done=not self._is_gone)

    def _gone(self) -> Unavailable:
        self._is_gone = True
        return Unavailable(self._worker.cause())
