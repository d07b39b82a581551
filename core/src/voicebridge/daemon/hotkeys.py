"""The daemon's hotkeys, in a thread that reconnects when the source of keys was gone for a while."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread

from voicebridge.daemon.events import DaemonEvents
from voicebridge.errors import UnavailableError, VoiceBridgeError
from voicebridge.hotkeys.actions import Action, HotkeyAction
from voicebridge.hotkeys.listening import Actions
from voicebridge.hotkeys.open import open_keys
from voicebridge.hotkeys.suspension import Suspension
from voicebridge.runtime.registry import Registry

AGAIN = 5.0
"""Seconds between attempts to register hotkeys: the desktop may still be starting, or the X server restarting."""
_PATIENCE = 3.0
"""Time-out in seconds for the thread to end."""


class HotkeyLoop:
    """Runs the actions of hotkeys until it is closed."""

    def __init__(
        self, registry: Registry, do: Callable[[Action | HotkeyAction], None], events: DaemonEvents, suspension: Suspension
    ) -> None:
        """Start listening.

        Args:
            registry: the source of keys and the configuration.
            do: runs an action; a VoiceBridgeError is reported.
            events: receives errors.
            suspension: whether hotkeys are suspended.
        """
        self._registry, self._do, self._events, self._suspension = registry, do, events, suspension
        self._closed = Event()
        self._lock = Lock()
        self._heard: Actions | None = None
        self.source = ""
        """Full name of the active source of keys."""
        self.problem: str | None = None
        """Why there are no hotkeys, if there are none."""
        self._thread = Thread(target=self._run, name="daemon-keys", daemon=True)
        self._thread.start()

    @property
    def is_held(self) -> bool:
        """Whether the dictation key is down."""
        heard = self._heard
        return heard is not None and heard.is_held

    def stopped(self) -> None:
        """A recording has ended for another reason than its key."""
        if (heard := self._heard) is not None:
            heard.stopped()

    def close(self) -> None:
        """Unregister the keys."""
        with self._lock:
            self._closed.set()
            heard = self._heard
        if heard is not None:
            heard.close()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except VoiceBridgeError as error:
                self._complain(str(error))
            self._closed.wait(AGAIN)

    def _listen(self) -> None:
        settings = self._registry.config.settings
        keys = open_keys(
            self._registry.find_service("hotkeys"), settings.hotkeys, settings.dictation.max_minutes * 60, self._events.say,
            self._suspension, reading=True,
        )  # fmt: skip
        with self._lock:
            if self._closed.is_set():
                keys.actions.close()
                return
            self._heard, self.source, self.problem = keys.actions, keys.source, None
        self._events.say(f"Keys are heard by {keys.source}.")
        try:
            for action in keys.actions:
                try:
                    self._do(action)
                except VoiceBridgeError as error:
                    keys.actions.stopped()
                    self._events.problem(str(error))
            if not self._closed.is_set():
                raise UnavailableError("Hotkeys have stopped working. See: voicebridge doctor")
        finally:
            with self._lock:
                self._heard, self.source = None, ""
            keys.actions.close()

    def _complain(self, problem: str) -> None:
        if problem != self.problem:  # reported once, not at every attempt
            self._events.say(f"No hotkeys: {problem}")
        self.problem = problem
