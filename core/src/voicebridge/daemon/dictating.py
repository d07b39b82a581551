"""Dictation in the daemon: with engines from its pool, and with playback paused."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

from voicebridge.daemon.events import DaemonEvents
from voicebridge.dictation.choose import choose, find_filters
from voicebridge.dictation.destination import ToDesktop
from voicebridge.dictation.dictator import Dictator
from voicebridge.dictation.following import Followers
from voicebridge.dictation.retry import retry
from voicebridge.dictation.services import DesktopServices
from voicebridge.engines.source import Engines
from voicebridge.errors import VoiceBridgeError
from voicebridge.journal.history import RECORDED, Entry, History
from voicebridge.runtime.events import emit
from voicebridge.runtime.registry import Registry


class Dictating:
    """Start, stop and cancel can be called from any thread."""

    def __init__(
        self,
        registry: Registry,
        services: DesktopServices,
        engines: Engines,
        history: History,
        events: DaemonEvents,
        pause_reading: Callable[[bool], bool],
        followers: Followers,
    ) -> None:
        """Prepare; nothing is recorded or loaded yet.

        Args:
            registry: the models of the user's configuration.
            services: the services of this session.
            engines: provides engines.
            history: the journal for recordings.
            events: receives events.
            pause_reading: pauses playback, which the microphone would record, and resumes it; returns whether anything was being
                played.
            followers: the other processes that follow dictations.

        Raises:
            VoiceBridgeError: if the configuration refers to something that doesn't exist.
        """
        self._services, self._history, self._events, self._pause_reading = services, history, events, pause_reading
        self._settings = registry.config.settings.dictation
        self._lazy_model = choose(registry, model=None, asked={}, engines=engines)
        self._filters = find_filters(registry)
        self._ended: Callable[[], None] = lambda: None
        self._is_held: Callable[[], bool] = lambda: False
        self._dictator = Dictator(
            services, self._lazy_model, history, self._settings, self._filters,
            ToDesktop(services, self._settings, registry.config.settings.hotkeys), events,
            on_end=self._on_end, is_held=lambda: self._is_held(), emit=emit, followers=followers,
        )  # fmt: skip

    def heed(self, keys_stopped: Callable[[], None], is_held: Callable[[], bool]) -> None:
        """Connect the hotkeys: what to call when a recording has ended, and whether the key is down."""
        self._ended, self._is_held = keys_stopped, is_held

    @property
    def recording(self) -> bool:
        """Whether a recording is in progress."""
        return self._dictator.recording

    def begin(self) -> None:
        """Keep the microphone open if configured, and recover interrupted dictations in the background."""
        try:
            self._dictator.warm_up()
        except VoiceBridgeError as error:
            self._events.problem(str(error))
        Thread(target=self._finish_old, name="daemon-recover", daemon=True).start()

    def start(self) -> None:
        """Start a recording.

        Raises:
            VoiceBridgeError: if recording is not possible.
        """
        if self._pause_reading(True):
            self._dictator.forget()
        try:
            self._dictator.start()
        except BaseException:
            self._pause_reading(False)
            raise

    def stop(self) -> None:
        """End the recording; its text is delivered when it is ready."""
        self._dictator.stop()

    def toggle(self) -> None:
        """End the recording in progress, or else start one."""
        if self.recording:
            self.stop()
        else:
            self.start()

    def cancel(self) -> None:
        """Discard the recording in progress."""
        self._dictator.cancel()

    def drop(self) -> None:
        """Discard the recording in progress, which was started by mistake."""
        self._dictator.drop()

    def keep(self) -> None:
        """From now on, keep texts in the history only: the focused window may be the terminal from which the daemon is stopped."""
        self._dictator.keep()

    def close(self, seconds: float) -> None:
        """End the recording and wait until its text is delivered, with a time-out; it is in the journal."""
        ending = Thread(target=self._dictator.close, name="daemon-dictation-end", daemon=True)
        ending.start()
        ending.join(seconds)
        if ending.is_alive():
            self._events.say("A dictation could not be finished in time. It is finished when the daemon starts again.")

    def status(self) -> dict[str, Any]:
        """The part of ``status`` about dictation."""
        return {"model": self._lazy_model.model.full_name, "recording": self.recording, "to": self._settings.to}

    def _on_end(self) -> None:
        self._pause_reading(False)
        self._ended()

    def _finish_old(self) -> None:
        """Transcribe the recording of a killed process. The text is offered, not inserted, because the cursor may be somewhere else."""
        try:
            self._history.recover()
            for entry in self._history.unfinished():
                if entry.state == RECORDED and self._retry(entry):
                    self._offer(f"A dictation that was cut off on {entry.began.astimezone():%d %B, %H:%M} is now transcribed", entry.id)
            self._history.tidy()
        except VoiceBridgeError as error:
            self._events.problem(str(error))

    def _retry(self, entry: Entry) -> str:
        return retry(self._history, entry, self._lazy_model, self._settings, self._filters, self._events.problem)

    def _offer(self, what: str, number: int) -> None:
        message = f"{what}. Copy it: voicebridge history copy {number}"
        self._events.say(message)
        if self._settings.notices:
            self._services.notify(message)
