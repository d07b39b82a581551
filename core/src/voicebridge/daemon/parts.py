"""All that follows from one configuration: dictation, keys, watched folders, copies; made anew when it is read again."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from voicebridge.aloud.copied import Copied, watch_copies
from voicebridge.aloud.player import Aloud
from voicebridge.aloud.pressed import press
from voicebridge.daemon.dictating import Dictating
from voicebridge.daemon.events import Events
from voicebridge.daemon.keys import Keys
from voicebridge.dictation.desk import Desk
from voicebridge.engines.pool import Pool
from voicebridge.errors import Unavailable
from voicebridge.hotkeys.listening import chords, reading_chords
from voicebridge.hotkeys.suspension import Suspension
from voicebridge.hotkeys.trigger import READING, Action
from voicebridge.journal.ledger import Ledger
from voicebridge.journal.store import Journal
from voicebridge.registry import Registry
from voicebridge.watch.folder import resolve
from voicebridge.watch.watcher import Watcher


class Parts:
    """What does the work of the daemon."""

    def __init__(
        self, registry: Registry, pool: Pool, journal: Journal, ledger: Ledger, aloud: Aloud, events: Events, suspension: Suspension
    ) -> None:
        """Prepare; nothing listens yet.

        Args:
            registry: the models and services, under the configuration.
            pool: gives engines.
            journal: where recordings are kept.
            ledger: knows which files were done.
            aloud: reads aloud, whatever the configuration becomes meanwhile.
            events: told what happens.
            suspension: tells when keys do nothing.

        Raises:
            VoiceBridgeError: when the configuration asks for what is not there.
        """
        self.registry = registry
        self.desk = Desk(registry)
        self._aloud, self._events, self._suspension = aloud, events, suspension
        self.dictating = Dictating(registry, self.desk, pool.stt, journal, events, aloud.hush)
        folders = [resolve(settings, registry) for settings in registry.config.settings.watch]
        self._watcher = Watcher(folders, ledger, pool, events.say, events.problem)
        self._keys: Keys | None = None
        self._copied: Copied | None = None

    def begin(self) -> None:
        """Listen, watch and finish what was left."""
        self._keys = Keys(self.registry, self._do, self._events, self._suspension)
        self.dictating.heed(self._keys.stopped, lambda: self._keys is not None and self._keys.is_held)
        self.dictating.begin()
        self._watcher.start()
        try:
            self._copied = watch_copies(self.registry, self._aloud.say, self._events.problem)
        except Unavailable as error:
            self._events.problem(str(error))

    @property
    def recording(self) -> bool:
        """Whether a recording is under way."""
        return self.dictating.recording

    def close(self, seconds: float) -> None:
        """Stop everything; work in progress is given so many seconds to finish, and kept otherwise."""
        until = time.monotonic() + seconds
        if self._copied is not None:
            self._copied.close()
        if self._keys is not None:
            self._keys.close()
        self.dictating.close(until - time.monotonic())
        self._watcher.close(max(0.0, until - time.monotonic()))

    def folders(self) -> list[dict[str, Any]]:
        """How things stand with each watched folder."""
        return [{**asdict(each), "folder": str(each.folder)} for each in self._watcher.status()]

    def status(self) -> dict[str, Any]:
        """What ``status`` tells of them."""
        settings = self.registry.config.settings.hotkeys
        folders = self.folders()
        return {
            "dictation": self.dictating.status(),
            "hotkeys": {
                "source": self._keys.source if self._keys else "",
                "keys": {**chords(settings), **reading_chords(settings)},
                "problem": self._keys.problem if self._keys else None,
            },
            "folders": folders,
            "queue": sum(each["waiting"] + each["working"] for each in folders),
        }

    def _do(self, action: Action) -> None:
        if action in READING:
            press(self._aloud, action, self._events.problem)
        elif action is Action.CANCEL:
            self.dictating.cancel()
        elif action is Action.DROP:
            self.dictating.drop()
        elif action is Action.STOP or self.recording:  # what another process began, the key ends
            self.dictating.stop()
        else:
            self.dictating.start()
