"""Dictation in the daemon: with engines from its pool, and quiet while somebody speaks."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

from voicebridge.daemon.events import Events
from voicebridge.dictation.desk import Desk
from voicebridge.dictation.dictator import Dictator
from voicebridge.dictation.ear import Pool, find_ears
from voicebridge.dictation.retry import retry
from voicebridge.dictation.sending import ToDesktop
from voicebridge.errors import VoiceBridgeError
from voicebridge.journal.store import RECORDED, Journal
from voicebridge.registry import Registry


class Dictating:
    """May be told to start, stop and cancel from any thread."""

    def __init__(self, registry: Registry, desk: Desk, pool: Pool, journal: Journal, events: Events, hush: Callable[[bool], bool]) -> None:
        """Prepare; nothing is recorded or loaded yet.

        Args:
            registry: the models, under the user's configuration.
            desk: the services of this session.
            pool: gives engines.
            journal: where recordings are kept.
            events: told what happens.
            hush: told when nothing may be played, since the microphone would hear it, and when it may again; says whether anything was.

        Raises:
            VoiceBridgeError: when the configuration names what is not there.
        """
        self._desk, self._journal, self._events, self._hush = desk, journal, events, hush
        self._settings = registry.config.settings.dictation
        desk.check()
        self._ears = find_ears(registry, model=None, asked={}, pool=pool)
        self._ended: Callable[[], None] = lambda: None
        self._is_held: Callable[[], bool] = lambda: False
        self._dictator = Dictator(
            desk, self._ears, journal, self._settings, ToDesktop(desk, self._settings, registry.config.settings.hotkeys), events,
            on_end=self._on_end, is_held=lambda: self._is_held(),
        )  # fmt: skip

    def heed(self, keys_stopped: Callable[[], None], is_held: Callable[[], bool]) -> None:
        """Take in the keys: what to tell them when a recording has ended, and what tells whether theirs is down."""
        self._ended, self._is_held = keys_stopped, is_held

    @property
    def recording(self) -> bool:
        """Whether a recording is under way."""
        return self._dictator.recording

    def begin(self) -> None:
        """Keep the microphone open where that is configured, and finish in the background what a killed process has left."""
        try:
            self._dictator.warm_up()
        except VoiceBridgeError as error:
            self._events.problem(str(error))
        Thread(target=self._finish_old, name="daemon-recover", daemon=True).start()

    def start(self) -> None:
        """Begin a recording.

        Raises:
            VoiceBridgeError: when nothing can be recorded.
        """
        if self._hush(True):
            self._dictator.forget()
        try:
            self._dictator.start()
        except BaseException:
            self._hush(False)
            raise

    def stop(self) -> None:
        """End the recording; its text is delivered when it is ready."""
        self._dictator.stop()

    def toggle(self) -> None:
        """Stop the recording that is under way, or else start one."""
        if self.recording:
            self.stop()
        else:
            self.start()

    def cancel(self) -> None:
        """Throw away the recording that is under way."""
        self._dictator.cancel()

    def drop(self) -> None:
        """Throw away the recording that is under way, which was begun by mistake."""
        self._dictator.drop()

    def keep(self) -> None:
        """From now on leave texts in the history: the window with the focus may be the terminal from which the daemon is stopped."""
        self._dictator.keep()

    def close(self, seconds: float) -> None:
        """End what is being recorded and wait for its text to be delivered, but no longer than that; it is in the journal."""
        ending = Thread(target=self._dictator.close, name="daemon-dictation-end", daemon=True)
        ending.start()
        ending.join(seconds)
        if ending.is_alive():
            self._events.say("A dictation could not be finished in time; the next start of the daemon does.")

    def status(self) -> dict[str, Any]:
        """What ``status`` tells."""
        return {"model": self._ears.model.full_name, "recording": self.recording, "to": self._settings.to}

    def _on_end(self) -> None:
        self._hush(False)
        self._ended()

    def _finish_old(self) -> None:
        """Transcribe what was recorded when a process was killed. It is offered and not inserted: the cursor is elsewhere by now."""
        try:
            self._journal.recover()
            for entry in self._journal.unfinished():
                if entry.state == RECORDED and retry(self._journal, entry, self._ears, self._settings):
                    self._offer(f"A dictation that was cut off on {entry.began.astimezone():%d %B, %H:%M} is written down", entry.id)
            self._journal.tidy()
        except VoiceBridgeError as error:
            self._events.problem(str(error))

    def _offer(self, what: str, number: int) -> None:
        message = f"{what}. Copy it: voicebridge history copy {number}"
        self._events.say(message)
        if self._settings.notices:
            self._desk.notify(message)
