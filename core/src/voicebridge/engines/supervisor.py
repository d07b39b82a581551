"""Supervise one model in the pool: its worker process and jobs, and recovery from failures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Any

from voicebridge.engines.messages import Message, PeerGoneError
from voicebridge.engines.multiplex import Stream
from voicebridge.engines.worker_process import WorkerProcess
from voicebridge.errors import ModelError, UnavailableError, VoiceBridgeError
from voicebridge.runtime.events import emit

_AT_ONCE = 1.0
"""Minimum seconds for which a model stays loaded after a job, so that consecutive jobs share it."""
_UNUSED = 60.0
"""Seconds for which a preloaded model waits for a job."""
_SLOWEST = 60.0
"""Seconds between two starts of a process that dies repeatedly."""


@dataclass(slots=True)
class Limits:
    """Time-outs in seconds; may be changed while a pool uses them."""

    hang: float = 300.0
    """A job in which the engine neither yields nor requests anything."""
    loading: float = 1800.0
    """Loading a model, which may have to be downloaded."""
    lifeless: float = 30.0
    """A busy process without heartbeats, for example because it is suspended."""
    wait: float = 5.0
    """How long a job waits for a process that may not be restarted yet; if it would have to wait longer, it fails."""
    tick: float = 1.0
    """Between two checks of the processes."""


class Slot:
    """One model with its options; its process is started on demand, and again after it died."""

    def __init__(self, load: Message, tell: Callable[[str], None], limits: Limits, changed: Callable[[], None]) -> None:
        """Nothing is started yet.

        Args:
            load: what :mod:`voicebridge.engines.worker` is to load.
            tell: called when something fails.
            limits: the time-outs.
            changed: called when a process was started.
        """
        self.load = load
        self.model, self.kind = str(load["model"]), str(load["kind"])
        self.problem = ""
        """The last error, until a job has succeeded."""
        self.busy = 0
        """The number of active jobs."""
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
        """Id of the process; 0 if there is none."""
        worker = self._worker
        return worker.pid if worker is not None else 0

    @property
    def idle(self) -> float:
        """Seconds since the last job."""
        return 0.0 if self.busy else time.monotonic() - self._used_at

    def warm(self) -> None:
        """Start loading the model, unless it is loaded, or its process may not be restarted yet."""
        with self._changed:
            if not self._closed and time.monotonic() >= self._not_before:
                self._used_at = time.monotonic()
                self._start()

    def connect(self) -> Lease:
        """Connect to the process, which is started if necessary.

        Raises:
            PeerGoneError: if the pool is being closed.
            ModelError: if the process has died repeatedly, or can't be started.
        """
        with self._changed:
            wait = self._not_before - time.monotonic()
            if wait > self._limits.wait:
                raise ModelError(f"{self.model} {self.problem}, {self._deaths} times in a row. The next attempt is in {wait:.0f} s.")
            self._changed.wait_for(lambda: self._closed, max(0.0, wait))
            worker = self._start()
            if worker is None:
                raise (
                    PeerGoneError("VoiceBridge is stopping.")
                    if self._closed
                    else ModelError(f"{self.model} can't be loaded: {self.problem}.")
                )
            self.busy += 1
            worker.jobs += 1
            return Lease(self, worker, worker.open())

    def look_after(self, idle_unload: float | None) -> None:
        """End the process if it hangs, or has not been used for ``idle_unload`` seconds."""
        with self._changed:
            worker, now = self._worker, time.monotonic()
            if worker is None:
                return
            unused = now - self._used_at - max(idle_unload or 0.0, _AT_ONCE if self._was_used else _UNUSED)
            if self.busy or worker.loaded_at is None:
                if now - worker.heard_at > self._limits.lifeless:
                    worker.kill(f"did not respond for {self._limits.lifeless:g} s and was stopped")
            elif idle_unload is not None and unused >= 0:
                self._worker = None
                worker.end()

    def failed(self, gone: PeerGoneError) -> VoiceBridgeError:
        """The error for a job that could not be finished."""
        if self._closed:
            return UnavailableError("VoiceBridge is stopping. Start it again: voicebridge daemon start")
        return ModelError(f"{self.model} failed: its process {gone}. Try again; if it keeps failing, use another model: voicebridge models")

    def close(self) -> None:
        """End the process, and don't start another."""
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
        """A job has ended; ``done`` unless its process was gone."""
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
        """How long (s) a job may wait for the process, after it has waited since that clock time."""
        loaded, now = worker.loaded_at, time.monotonic()
        limit, began = (self._limits.loading, since) if loaded is None else (self._limits.hang, max(since, loaded))
        return limit if now - began > limit else None

    @property
    def tick(self) -> float:
        """Seconds between two checks whether a process hangs."""
        return self._limits.tick

    def _start(self) -> WorkerProcess | None:
        """The process, started if necessary; ``None`` if it can't or must not be started."""
        if self._closed:
            return None
        if self._worker is not None and self._worker.has_ended:
            self._ended(self._worker)
        if self._worker is None:
            self._was_used = False
            try:
                self._worker = WorkerProcess(
                    {**self.load, "alive": self._limits.lifeless / 10}, self._load_failed, self._gone,
                    lambda: emit("model.loaded", model=self.model, kind=self.kind),
                )  # fmt: skip
            except OSError as error:
                self.problem = f"the process can't be started: {error.strerror or error}"
                return None
            self._on_start()
        self._worker.heard_at = time.monotonic()
        return self._worker

    def _load_failed(self, worker: WorkerProcess) -> None:
        with self._changed:
            if worker is self._worker:  # it is of no use; the next job tries again
                self._worker = None
                self.problem = str(worker.error)
            self._retire(worker)

    def _retire(self, worker: WorkerProcess) -> None:
        if not worker.jobs:  # waiting jobs still receive the reason of the failure
            worker.end()

    def _gone(self, worker: WorkerProcess) -> None:
        if worker.loaded_at is not None:
            emit("model.unloaded", model=self.model, kind=self.kind)
        self._ended(worker)

    def _ended(self, worker: WorkerProcess) -> None:
        with self._changed:
            if worker is not self._worker or self._closed:
                return
            self._worker = None
            if worker.loaded_at is not None and not self.busy:
                return  # a process that dies while idle is restarted on demand
            self._deaths += 1
            self.problem = worker.cause()
            pause = 0.0 if self._deaths == 1 else min(_SLOWEST, 2.0 ** (self._deaths - 2))
            self._not_before = time.monotonic() + pause
        self._tell(f"{self.model}: its process {self.problem}.")


class Lease:
    """A connection to the process of a slot for one job; a :class:`voicebridge.engines.messages.MessagePeer`."""

    def __init__(self, slot: Slot, worker: WorkerProcess, stream: Stream) -> None:
        self._slot, self._worker, self._stream = slot, worker, stream
        self._over = self._is_gone = False

    def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            UnavailableError: if the process is gone.
        """
        try:
            self._stream.send(message)
        except UnavailableError as error:
            raise self._gone() from error

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:  # noqa: ARG002 - the limits say how long
        """The next message.

        Raises:
            UnavailableError: if the process is gone, or hung and was killed, with the reason.
        """
        since = time.monotonic()
        while True:
            try:
                message = self._stream.receive(self._slot.tick)
                break
            except UnavailableError:
                if (limit := self._slot.hangs(self._worker, since)) is not None:
                    self._worker.kill(f"computed for {limit:g} s without a result and was stopped")
                    message = None
                    break
        if message is None:
            raise self._gone()
        return message

    def close(self) -> None:
        """Close the connection."""
        if not self._over:
            self._over = True
            self._stream.close()
            self._slot.release(self._worker, done=not self._is_gone)

    def _gone(self) -> UnavailableError:
        self._is_gone = True
        return UnavailableError(self._worker.cause())
