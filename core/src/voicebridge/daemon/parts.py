"""All that follows from one configuration: dictation, keys and watched folders; made anew when it is read again."""

from __future__ import annotations

from typing import Any

from voicebridge.aloud import Aloud
from voicebridge.daemon.dictating import Dictating
from voicebridge.daemon.events import Events
from voicebridge.daemon.keys import Keys
from voicebridge.dictation.desk import Desk
from voicebridge.engines.pool import Pool
from voicebridge.hotkeys.listening import chords, reading_chords
from voicebridge.hotkeys.trigger import READING, Action
from voicebridge.journal.store import Journal
from voicebridge.registry import Registry


class Parts:
    """What does the work of the daemon. A part that can't work here leaves the others alone, and says why."""

    def __init__(self, registry: Registry, pool: Pool, journal: Journal, aloud: Aloud, events: Events) -> None:
        """Prepare; nothing listens yet.

        Args:
            registry: the models and services, under the configuration.
            pool: gives engines.
            journal: where recordings are kept.
            aloud: reads aloud, whatever the configuration becomes meanwhile.
            events: told what happens.

        Raises:
            VoiceBridgeError: when the configuration asks for what is not there.
        """
        self.registry = registry
        self.desk = Desk(registry)
        self._aloud, self._events = aloud, events
        self.dictating = Dictating(registry, self.desk, pool.stt, journal, events, aloud.hush)
        self._keys: Keys | None = None

    def begin(self) -> None:
        """Listen, watch and finish what was left."""
        self._keys = Keys(self.registry, self._do, self._events)
        self.dictating.heed(self._keys.stopped, lambda: self._keys is not None and self._keys.is_held)
        self.dictating.begin()

    @property
    def recording(self) -> bool:
        """Whether a recording is under way."""
        return self.dictating.recording

    def close(self, seconds: float) -> None:
        """Stop everything; what is in hand is given so many seconds to finish, and kept otherwise."""
        if self._keys is not None:
            self._keys.close()
        self.dictating.close(seconds)

    def status(self) -> dict[str, Any]:
        """What ``status`` tells of them."""
        settings = self.registry.config.settings.hotkeys
        return {
            "dictation": self.dictating.status(),
            "hotkeys": {
                "source": self._keys.source if self._keys else "",
                "keys": {**chords(settings), **reading_chords(settings)},
                "problem": self._keys.problem if self._keys else None,
            },
        }

    def _do(self, action: Action) -> None:
        if action in READING:
            self._aloud.press(action)
        elif action is Action.CANCEL:
            self.dictating.cancel()
        elif action is Action.STOP or (action is Action.START and self.recording):  # what another process began, the key ends
            self.dictating.stop()
        elif action is Action.START:
            self.dictating.start()
