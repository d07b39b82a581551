"""The executors of plugins, each guarded: it can't hang at the end, raise, exit, or leave a job unreported without being blamed for it."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from voicebridge.errors import ConfigError, PluginError, UsageError, VoiceBridgeError
from voicebridge.extension_ports import Executor, JobListener
from voicebridge.extensions import ExecutorSpec
from voicebridge.jobs import LOCAL, Receipt, SttJob
from voicebridge.runtime.extensions import Extension, extensions, named
from voicebridge.runtime.owner import Owner
from voicebridge.runtime.registry import Registry

log = logging.getLogger(__name__)

_CREATION, _STOPPING, _CLOSING = 60.0, 2.0, 5.0
"""Maximum seconds for creating, stopping and closing an executor."""
_RETURNING = 10.0
"""Maximum seconds for :meth:`Executor.run` to return after the last receipt."""


def find_executor(registry: Registry, name: str, *, key: str | None = None) -> PluginExecutor | None:
    """The executor with that name; ``None`` for the local one. Nothing is created yet.

    Args:
        registry: the plugins.
        name: as the user wrote it; ``local`` is never a plugin's.
        key: of the configuration that has the name, if it isn't of a command line.

    Raises:
        UsageError: if there is none, with the closest name, or several; a ConfigError if it is of the configuration.
    """
    if name == LOCAL:
        return None
    try:
        return PluginExecutor(named(name, extensions(registry.host, ExecutorSpec), ExecutorSpec.title, [LOCAL]))
    except UsageError as error:
        if key is None:
            raise
        raise ConfigError(f"{key}: {error}") from error


class PluginExecutor:
    """One executor of a plugin, which is created on first use."""

    def __init__(self, extension: Extension[ExecutorSpec]) -> None:
        """Prepare; it is not created yet."""
        self.extension = extension
        self._owner = extension.owner()
        self._made: Executor | None = None
        self._work: _Work | None = None

    def run(self, jobs: Sequence[SttJob], listener: JobListener, at_once: int | None) -> None:
        """Have the jobs done.

        Raises:
            VoiceBridgeError: that of the plugin, or one that blames it for another exception, a wrong receipt, or a missing one.
        """
        made, travelling = self._object(), [_absolute(job) for job in jobs]
        self._work = work = _Work(self._owner, travelling, listener)
        work.begin(lambda: made.run(travelling, work, at_once))
        try:
            work.wait()
        except BaseException:
            self._stop()  # what still works on the jobs
            raise
        finally:
            work.end()
            self._work = None

    def stop(self) -> None:
        """Make :meth:`run` return soon."""
        if (work := self._work) is not None:
            work.stop()
            self._stop()

    def close(self) -> None:
        """Release what it has.

        Raises:
            PluginError: if it fails, or takes too long.
        """
        made, self._made = self._made, None
        if made is not None:
            self._owner.within(_CLOSING, made.close)

    def check(self) -> None:
        """Create it, and close it.

        Raises:
            VoiceBridgeError: if that fails.
        """
        self._object()
        self.close()

    def _object(self) -> Executor:
        if self._made is None:
            self._made = self._owner.within(_CREATION, lambda: self.extension.make(Executor))
        return self._made

    def _stop(self) -> None:
        made = self._made
        if made is not None:
            try:
                self._owner.within(_STOPPING, made.stop)
            except (VoiceBridgeError, OSError) as error:
                log.warning("%s", error)


class _Work:
    """One call of :meth:`Executor.run`: what the plugin is given as a listener, and what it has reported."""

    def __init__(self, owner: Owner, jobs: Sequence[SttJob], listener: JobListener) -> None:
        self._owner, self._listener = owner, listener
        self._left = {job.id: job for job in jobs}
        self._jobs = dict(self._left)
        self._busy: dict[str, Receipt] = {}
        self._news: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._returned = self._stopped = self._ended = False

    # For the plugin, from any thread. A wrong call is raised there, and ends the run.

    def began(self, job: str, duration: float | None = None, after: float = 0.0) -> None:
        if self._job(job):
            self._listener.began(job, duration, after)

    def heard(self, job: str, seconds: float) -> None:
        if self._job(job):
            self._listener.heard(job, seconds)

    def done(self, receipt: Receipt) -> None:
        if not isinstance(receipt, Receipt):
            raise self._fault(f"reported a {type(receipt).__name__} instead of a Receipt")
        with self._lock:
            job = self._job(receipt.job)
            if job is None:
                return
            if receipt.is_busy:  # another try is at work, whose receipt counts
                self._busy[job.id] = receipt
                return
            if job.id not in self._left:
                log.warning("%s", self._owner.problem(f"reported {job.recording} twice; the first report counts"))
                return
            if receipt.error is None and (missing := _missing(job)):
                raise self._fault(f"reported {job.recording} as done, but {missing} does not exist")
            del self._left[job.id]
            self._listener.done(receipt)
            if not self._left:
                self._news.put(None)

    # For the thread that runs the jobs.

    def begin(self, do: Callable[[], object]) -> None:
        """Call the plugin in an own thread, which may hang."""
        threading.Thread(target=self._call, args=(do,), name=self._owner.name, daemon=True).start()

    def wait(self) -> None:
        """Wait until the plugin has returned, and blame it if it fails or leaves a job unreported."""
        deadline: float | None = None
        while not self._returned:
            try:
                error = self._news.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                if self._stopped:
                    return
                raise PluginError(self._owner.problem(f"did not return within {_RETURNING:g} s after the last receipt")) from None
            if error is not None:
                raise error
            deadline = deadline or time.monotonic() + (_STOPPING if self._stopped else _RETURNING)
        with suppress(queue.Empty):  # a fault that the plugin has caught
            while True:
                if error := self._news.get_nowait():
                    raise error
        if not self._stopped:
            self._check_reported()

    def stop(self) -> None:
        """Don't wait for the rest, and blame nobody for it."""
        self._stopped = True
        self._news.put(None)

    def end(self) -> None:
        """Ignore what is reported from now on."""
        with self._lock:
            self._ended = True

    def _call(self, do: Callable[[], object]) -> None:
        error: BaseException | None = None
        try:
            with self._owner.blamed():
                do()
        except BaseException as raised:  # raised in the waiting thread
            error = raised
        self._returned = error is None
        self._news.put(error)

    def _check_reported(self) -> None:
        with self._lock:
            for job, receipt in self._busy.items():
                if self._left.pop(job, None):
                    self._listener.done(receipt)
            if self._left:
                first, more = next(iter(self._left.values())), len(self._left) - 1
                others = f" and {more} more" if more else ""
                raise PluginError(self._owner.problem(f"ended without a receipt for {first.recording}{others}"))

    def _job(self, job: str) -> SttJob | None:
        if job not in self._jobs:
            raise self._fault(f"reported the unknown job {job!r}")
        return None if self._ended else self._jobs[job]

    def _fault(self, what: str) -> PluginError:
        error = PluginError(self._owner.problem(what))
        self._news.put(error)
        return error


def _absolute(job: SttJob) -> SttJob:
    return replace(
        job,
        recording=job.recording.absolute(),
        outputs=tuple((name, file.absolute()) for name, file in job.outputs),
        root=job.root and job.root.absolute(),
    )


def _missing(job: SttJob) -> str:
    """The first file of a job that does not exist; empty if all do."""
    for _, file in job.outputs:
        if not file.exists():
            with suppress(OSError), os.scandir(file.parent) as entries:
                next(entries, None)  # makes a network file system forget which names didn't exist
            if not file.exists():
                return str(file)
    return ""
