"""The daemon from start to stop, including reloads."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict
from threading import Event, RLock, Thread
from typing import Any

from voicebridge import __version__, paths
from voicebridge.control import Control, Handler, Peer
from voicebridge.daemon.events import DaemonEvents
from voicebridge.daemon.instance import Instance
from voicebridge.daemon.logs import show_in_full
from voicebridge.daemon.own_parts import OwnParts
from voicebridge.daemon.parts import Parts
from voicebridge.dictation.following import Followers
from voicebridge.dictation.requests import handlers as dictation_handlers
from voicebridge.engines.pool import Pool, memory
from voicebridge.engines.serve import handlers as engine_handlers
from voicebridge.errors import VoiceBridgeError
from voicebridge.hotkeys.suspension import REQUEST, Suspension
from voicebridge.journal.history import History
from voicebridge.journal.ledger import Ledger
from voicebridge.reading.choose import Choices
from voicebridge.reading.player import ReadAloud
from voicebridge.reading.requests import handlers as reading_handlers
from voicebridge.runtime.current import set_current
from voicebridge.runtime.registry import Registry
from voicebridge.stt.choose import handler as choice_handler

ENDING = 10.0
"""Seconds for work in progress to finish when the daemon is stopped; the rest is saved in the journal for the next start."""
_LOOK = 0.05
"""Seconds between two checks whether a recording has ended that delays a reload."""
_TICK = 0.5
"""Seconds: on Windows, a waiting thread receives signals only when it wakes up."""

_log = logging.getLogger(__name__)


class Daemon:
    """Runs until it is stopped. One thread runs it; all other methods can be called from any."""

    def __init__(self, load_registry: Callable[[], Registry]) -> None:
        """Prepare; nothing runs yet.

        Args:
            load_registry: reads the configuration, and returns its models and services.
        """
        self._load_registry = load_registry
        self._events = DaemonEvents()
        self._began = time.monotonic()
        self._begun, self._stop = Event(), Event()
        self._lock = RLock()
        self._suspension, self._followers = Suspension(), Followers()  # the same for all configurations
        self._waiting = False  # whether a reload waits for a recording to end
        self._parts = Parts(self._events.problem)
        self._own: OwnParts  # of the current configuration
        self._pool: Pool
        self._aloud: ReadAloud
        self._history: History
        self._ledger: Ledger

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Run until :meth:`stop`.

        Args:
            on_ready: called when it answers requests.

        Raises:
            UsageError: if a daemon is already running.
            VoiceBridgeError: if the configuration is invalid, or a folder can't be written.
        """
        with ExitStack() as stack:
            stack.enter_context(Instance())
            registry = self._load_registry()
            folder = paths.data_dir() / "history"
            history = stack.enter_context(closing(History(folder, registry.config.settings.history)))
            self._pool = stack.enter_context(closing(Pool(None, self._events.say)))
            self._aloud = self._make_aloud()
            self._history = history
            self._ledger = stack.enter_context(closing(Ledger(folder)))
            self._own = self._make_own(registry)
            self._take(self._own)
            stack.callback(lambda: self._parts.close(ENDING))
            stack.enter_context(closing(Control(self._handlers())))
            stack.callback(lambda: self._own.dictating.keep())
            self._parts.use(self._own, ENDING)
            self._begun.set()
            _log.info("VoiceBridge %s runs, process %d.", __version__, os.getpid())
            on_ready()
            while not self._stop.wait(_TICK):
                pass
            _log.info("Stopping.")

    def stop(self) -> None:
        """End :meth:`run`: work in progress is finished or saved in the journal within :data:`ENDING` seconds."""
        self._stop.set()

    def reload(self) -> Mapping[str, Any]:
        """Reload the configuration and the plugins: immediately, or when the current recording has ended.

        Returns:
            ``at_once``, whether immediately, and ``changed``, the plugins that need a restart because their files have changed.

        Raises:
            VoiceBridgeError: if it is invalid; the previous one stays active.
        """
        with self._lock:
            own = self._make_own(self._load_registry())
            changed = [record.name for record in own.registry.host.records if record.changed]
            for name in changed:
                _log.warning("The plugin %s has changed. Restart the daemon to use it: voicebridge daemon restart", name)
            at_once = not self._own.dictating.recording
            if at_once:
                self._go_by(own)
            elif not self._waiting:
                self._waiting = True
                Thread(target=self._reload_later, name="daemon-reload", daemon=True).start()
            return {"at_once": at_once, "changed": changed}

    def status(self) -> dict[str, Any]:
        """The data for ``voicebridge daemon status``; times in seconds, memory in bytes."""
        problem = self._events.last_problem
        return {
            "version": __version__,
            "pid": os.getpid(),
            "uptime": round(time.monotonic() - self._began, 1),
            "state": "stopping" if self._stop.is_set() else "running" if self._begun.is_set() else "starting",
            "memory": memory(os.getpid()),
            "models": [
                {
                    "model": each.model, "kind": each.kind, "pid": each.pid, "memory": each.memory,
                    "idle": round(each.idle, 1), "busy": each.busy, "problem": each.problem,
                }
                for each in self._pool.loaded()
            ],
            **self._own.status(),
            "reading": asdict(self._aloud.status()),
            "parts": self._parts.status(),
            "last_problem": problem and {"at": problem.at, "what": problem.what},
        }  # fmt: skip

    def _handlers(self) -> dict[str, Handler]:
        """The handlers of requests on the control socket, by name (docs/control.md)."""

        def stop(_: dict[str, Any], __: Peer) -> Mapping[str, Any]:
            self.stop()
            return {"pid": os.getpid()}

        return {
            "daemon.status": lambda _, __: self.status(),
            "daemon.reload": lambda _, __: self.reload(),
            "daemon.stop": stop,
            **dictation_handlers(lambda: self._own.dictating, self._followers),
            **reading_handlers(lambda: self._aloud),
            REQUEST: self._suspension.serve,
            "watch.status": lambda _, __: {"folders": self._own.folders()},
            **engine_handlers(self._pool, lambda: self._own.registry),
            "engine.choose": choice_handler(lambda: self._own.registry),
        }

    def _make_own(self, registry: Registry) -> OwnParts:
        return OwnParts(registry, self._pool, self._history, self._ledger, self._aloud, self._events, self._suspension, self._followers)

    def _take(self, own: OwnParts) -> None:
        """Use a configuration where it isn't passed to a part."""
        settings = own.registry.config.settings.daemon
        self._pool.idle_unload = None if settings.idle_unload == "never" else settings.idle_unload
        self._pool.limits.hang = settings.hang
        set_current(lambda: own.registry, self._pool.load)
        show_in_full(record.module for record in own.registry.host.active)

    def _make_aloud(self) -> ReadAloud:
        return ReadAloud(
            Choices(lambda: self._own.registry),
            self._pool,
            lambda: self._own.services.speaker(),
            lambda: self._own.services.clipboard(),
            self._events.problem,
        )

    def _reload_later(self) -> None:
        while self._own.dictating.recording and not self._stop.wait(_LOOK):
            pass
        with self._lock:
            self._waiting = False
            if self._stop.is_set():
                return
            try:
                self._go_by(self._make_own(self._load_registry()))
            except VoiceBridgeError as error:  # it has become invalid meanwhile
                self._events.problem(f"The new configuration was rejected: {error}")

    def _go_by(self, own: OwnParts) -> None:
        self._own = own
        self._take(own)
        self._parts.use(own, ENDING)  # which releases the previous hotkeys and microphone first
        _log.info("Configuration reloaded.")
