"""One part of the daemon: its calls have time limits, and its failures harm only itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Event, Lock, Thread
from typing import Any

from voicebridge.errors import PluginError, VoiceBridgeError, brief
from voicebridge.host import DaemonPart, Host
from voicebridge.runtime.owner import Owner

_LARGEST = 16_384
"""Maximum characters of a status in JSON."""
_GRACE = 1.0
"""Seconds that a part may exceed the time it was given for stopping."""
NO_ANSWER = "doesn't answer"


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Time-outs in seconds."""

    start: float
    reload: float
    status: float


OF_PLUGINS = CallLimits(start=5.0, reload=5.0, status=0.5)
OWN = CallLimits(start=60.0, reload=60.0, status=10.0)
STOPPING = 2.0
"""Seconds for a plugin's part to stop."""


class PartState(StrEnum):
    """The state of a part."""

    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"
    STOPPED = "stopped"


class PartRun:
    """Runs a part. Its status can be requested from any thread; the other methods are called by one at a time."""

    def __init__(
        self,
        name: str,
        make: Callable[[], DaemonPart],
        complain: Callable[[str], None],
        *,
        owner: Owner,
        key: Hashable,
        plugin: str | None = None,
    ) -> None:
        """Prepare; nothing is created yet.

        Args:
            name: of the part; the full name for a plugin's.
            make: creates it; called for each start.
            complain: called with a one-line message when it fails.
            owner: the package that it belongs to, and the part as the object of a sentence: ``the daemon part acme/web``.
            key: the same for the part after a reload, if it is to be reloaded instead of replaced.
            plugin: the plugin's name; ``None`` for the daemon's own.
        """
        self.name, self.key, self.plugin = name, key, plugin
        self._make, self._complain, self._owner = make, complain, owner
        self._limits = OWN if plugin is None else OF_PLUGINS
        self._part: DaemonPart | None = None
        self._state = PartState.STARTING
        self._problem = ""
        self._is_lost = False  # whether a call has not returned: no other one may follow
        self._lock = Lock()
        self._asked: Future[dict[str, Any]] | None = None
        self._told = ""

    def start(self, host: Host) -> None:
        """Create and start it."""

        def start() -> None:
            self._part = part = self._make()
            part.start(host)

        if self._call("start", self._limits.start, start):
            self._state = PartState.RUNNING
        else:
            self._give_up()

    def reload(self, host: Host) -> None:
        """Pass it the new configuration; a part that could not start is started again."""
        if self._is_lost:
            return
        self._problem = ""
        if self._part is None:
            self._state = PartState.STARTING
            self.start(host)
            return
        part = self._part
        self._call("reload", self._limits.reload, lambda: part.reload(host))

    def stop(self, seconds: float) -> None:
        """Stop it within that many seconds."""
        part, self._part = self._part, None
        if part is not None and self._call("stop", seconds + _GRACE, lambda: part.stop(seconds)):
            self._state = PartState.STOPPED

    def ask(self) -> None:
        """Request its status, which :meth:`status` returns; a request that is not answered yet is not repeated."""
        with self._lock:
            part = self._part
            if part is None or self._is_lost or self._state is not PartState.RUNNING or (self._asked and not self._asked.done()):
                return
            asked = self._asked = Future()
        Thread(target=self._ask, args=(part, asked), name=f"status of {self.name}", daemon=True).start()

    def status(self, since: float) -> dict[str, Any]:
        """Name, plugin, state, the part's own status, and its problem, for the protocol.

        Args:
            since: clock time of the request.
        """
        found: dict[str, Any] = {}
        problem = self._problem
        if self._state is PartState.RUNNING and (asked := self._asked) is not None:
            try:
                found = dict(asked.result(max(0.0, since + self._limits.status - time.monotonic())))
                problem = str(found.pop("problem", None) or problem)
                self._told = ""
            except TimeoutError:
                problem = NO_ANSWER
                self._tell_once(f"status() of {self._owner.name} took longer than {self._limits.status:g} s.")
            except VoiceBridgeError as error:
                problem = str(error)
                self._tell_once(problem)
        return {"name": self.name, "plugin": self.plugin, "state": str(self._state), "status": found, "problem": problem or None}

    def _give_up(self) -> None:
        """After a failed start: free what it has acquired."""
        self._state = PartState.FAILED
        part, self._part = self._part, None
        if part is not None and not self._is_lost:
            problem = self._problem
            self._call("stop", STOPPING + _GRACE, lambda: part.stop(STOPPING))
            self._problem = problem

    def _call(self, what: str, seconds: float, do: Callable[[], None]) -> bool:
        """Whether a method has returned in time and without an error, which is reported."""
        if self._is_lost:
            return False
        ended = Event()

        def run() -> None:
            try:
                do()
            finally:
                ended.set()

        try:
            replace(self._owner, name=f"{what}() of {self._owner.name}").within(seconds, run)
        except BaseException as error:  # of any kind: it ends the call, not the daemon
            if not ended.is_set():
                self._is_lost, self._state = True, PartState.FAILED
            self._problem = self._message(what, error)
            self._complain(self._problem)
            return False
        return True

    def _message(self, what: str, error: BaseException) -> str:
        if isinstance(error, PluginError) or (isinstance(error, VoiceBridgeError) and self.plugin is None):
            return str(error)
        if isinstance(error, VoiceBridgeError):
            return f"{self._owner.name[0].upper()}{self._owner.name[1:]}: {error}"
        return replace(self._owner, name=f"{what}() of {self._owner.name}").problem(f"failed: {brief(error)}")

    def _tell_once(self, problem: str) -> None:
        if problem != self._told:
            self._told = problem
            self._complain(problem)

    def _ask(self, part: DaemonPart, asked: Future[dict[str, Any]]) -> None:
        owner = replace(self._owner, name=f"status() of {self._owner.name}")
        try:
            with owner.blamed():
                status = part.status()
                if not isinstance(status, Mapping):
                    raise PluginError(owner.problem(f"returned a {type(status).__name__}, not a mapping"))
                text = json.dumps(dict(status), allow_nan=False)
                if self.plugin is not None and len(text) > _LARGEST:
                    raise PluginError(owner.problem(f"returned more than {_LARGEST} characters"))
            asked.set_result(json.loads(text))
        except VoiceBridgeError as error:
            asked.set_exception(error)
        except BaseException as error:  # of any kind: it belongs to whoever asks
            asked.set_exception(PluginError(self._message("status", error)))
