"""The daemon itself: from its start to its end, and through every new configuration in between."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from threading import Event, RLock, Thread
from typing import Any

from voicebridge import __version__, paths
from voicebridge.aloud.player import Aloud
from voicebridge.control import Control
from voicebridge.daemon.events import Events
from voicebridge.daemon.instance import Instance
from voicebridge.daemon.parts import Parts
from voicebridge.daemon.requests import handlers
from voicebridge.engines.pool import Pool, memory
from voicebridge.errors import VoiceBridgeError
from voicebridge.hotkeys.suspension import Suspension
from voicebridge.journal.ledger import Ledger
from voicebridge.journal.store import Journal
from voicebridge.registry import Registry

ENDING = 10.0
"""Seconds that what is in hand is given to finish when the daemon is stopped; the rest is in the journal, for the next start."""
_LOOK = 0.05
"""Seconds between two looks at whether a recording has ended that a new configuration waits for."""
_TICK = 0.5
"""Seconds: on Windows a thread that waits hears of a signal only when it wakes."""

_log = logging.getLogger(__name__)


class Daemon:
    """Serves until it is told to stop. One thread runs it; everything else may be called by any."""

    def __init__(self, load_registry: Callable[[], Registry]) -> None:
        """Prepare; nothing runs yet.

        Args:
            load_registry: reads the configuration, and gives the models and services under it.
        """
        self._load_registry = load_registry
        self._events = Events()
        self._began = time.monotonic()
        self._begun, self._stop = Event(), Event()
        self._lock = RLock()
        self.suspension = Suspension()
        """Tells when keys do nothing, under every configuration."""
        self._waiting = False  # whether a new configuration waits for a recording to end
        self._parts: Parts
        self._pool: Pool
        self._aloud: Aloud
        self._journal: Journal
        self._ledger: Ledger

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until :meth:`stop`.

        Args:
            on_ready: called once it answers.

        Raises:
            UsageError: when a daemon is running already.
            VoiceBridgeError: when the configuration is wrong, or a folder can't be written.
        """
        with ExitStack() as stack:
            stack.enter_context(Instance())
            registry = self._load_registry()
            folder = paths.data_dir() / "history"
            journal = stack.enter_context(closing(Journal(folder, registry.config.settings.history)))
            self._pool = stack.enter_context(closing(Pool(None, self._events.say)))
            self._limit(registry)
            self._aloud = stack.enter_context(closing(self._make_aloud()))
            self._journal = journal
            self._ledger = stack.enter_context(closing(Ledger(folder)))
            self._parts = self._make_parts(registry)
            stack.callback(lambda: self._parts.close(ENDING))
            stack.enter_context(closing(Control(handlers(self))))
            stack.callback(lambda: self._parts.dictating.keep())
            self._parts.begin()
            self._begun.set()
            _log.info("VoiceBridge %s runs, process %d.", __version__, os.getpid())
            on_ready()
            while not self._stop.wait(_TICK):
                pass
            _log.info("Stopping.")

    def stop(self) -> None:
        """Have :meth:`run` end: what is in hand is finished, or kept in the journal, within :data:`ENDING` seconds."""
        self._stop.set()

    def reload(self) -> bool:
        """Read the configuration again and go by it: at once, or when the recording that is under way has ended. Says whether at once.

        Raises:
            VoiceBridgeError: when it is wrong; the old one stays.
        """
        with self._lock:
            parts = self._make_parts(self._load_registry())
            if not self._parts.recording:
                self._go_by(parts)
                return True
            if not self._waiting:
                self._waiting = True
                Thread(target=self._reload_later, name="daemon-reload", daemon=True).start()
            return False

    @property
    def parts(self) -> Parts:
        """What does the work under the configuration of now."""
        return self._parts

    @property
    def aloud(self) -> Aloud:
        """What reads aloud."""
        return self._aloud

    @property
    def pool(self) -> Pool:
        """Where engines come from."""
        return self._pool

    def status(self) -> dict[str, Any]:
        """Everything that ``voicebridge daemon status`` tells; times are seconds, memory is bytes."""
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
            **self._parts.status(),
            "reading": asdict(self._aloud.status()),
            "last_problem": problem and {"at": problem.at, "what": problem.what},
        }  # fmt: skip

    def _make_parts(self, registry: Registry) -> Parts:
        return Parts(registry, self._pool, self._journal, self._ledger, self._aloud, self._events, self.suspension)

    def _limit(self, registry: Registry) -> None:
        settings = registry.config.settings.daemon
        self._pool.idle_unload = None if settings.idle_unload == "never" else settings.idle_unload
        self._pool.limits.hang = settings.hang

    def _make_aloud(self) -> Aloud:
        return Aloud(
            lambda: self._parts.registry,
            lambda reader: self._pool.tts(reader.model, reader.options),
            lambda: self._parts.desk.speaker(),
            lambda: self._parts.desk.clipboard(),
            self._events.problem,
        )

    def _reload_later(self) -> None:
        while self._parts.recording and not self._stop.wait(_LOOK):
            pass
        with self._lock:
            self._waiting = False
            if self._stop.is_set():
                return
            try:
                self._go_by(self._make_parts(self._load_registry()))
            except VoiceBridgeError as error:  # it has become wrong meanwhile
                self._events.problem(f"The new configuration is not used: {error}")

    def _go_by(self, parts: Parts) -> None:
        self._parts.close(ENDING)  # it lets go of the keys and the microphone first
        self._parts = parts
        self._limit(parts.registry)
        parts.begin()
        _log.info("The configuration has been read again.")
