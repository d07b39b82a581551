"""The keys of the daemon: listened for in a thread, and again when what hears them is gone for a while."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread

from voicebridge.daemon.events import Events
from voicebridge.dictation.keys import open_keys
from voicebridge.errors import Unavailable, VoiceBridgeError
from voicebridge.hotkeys.listening import Actions
from voicebridge.hotkeys.suspension import Suspension
from voicebridge.hotkeys.trigger import Action
from voicebridge.registry import Registry

AGAIN = 5.0
"""Seconds after which keys that could not be listened for are tried again: a desktop that starts, an X server that starts anew."""
_PATIENCE = 3.0
"""Seconds that the thread is given to end."""


class Keys:
    """Does what keys ask for, until it is closed."""

    def __init__(self, registry: Registry, do: Callable[[Action], None], events: Events, suspension: Suspension) -> None:
        """Begin to listen.

        Args:
            registry: what hears keys, and which.
            do: does what is asked for; a VoiceBridgeError that it raises is told.
            events: told what goes wrong.
            suspension: tells when keys do nothing.
        """
        self._registry, self._do, self._events, self._suspension = registry, do, events, suspension
        self._closed = Event()
        self._lock = Lock()
        self._heard: Actions | None = None
        self.source = ""
        """Full name of what hears them, while something does."""
        self.problem: str | None = None
        """Why no keys are heard, as long as none are."""
        self._thread = Thread(target=self._run, name="daemon-keys", daemon=True)
        self._thread.start()

    @property
    def is_held(self) -> bool:
        """Whether the key of dictation is down."""
        heard = self._heard
        return heard is not None and heard.is_held

    def stopped(self) -> None:
        """A recording has ended in another way than by its key."""
        if (heard := self._heard) is not None:
            heard.stopped()

    def close(self) -> None:
        """Let go of the keys."""
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
        keys = open_keys(self._registry, self._registry.config.settings.hotkeys, self._events.say, self._suspension, reading=True)
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
                raise Unavailable("The source of hotkeys has ended. See: voicebridge doctor")
        finally:
            with self._lock:
                self._heard, self.source = None, ""
            keys.actions.close()

    def _complain(self, problem: str) -> None:
        if problem != self.problem:  # told once, and not at every attempt
            self._events.say(f"No keys: {problem}")
        self.problem = problem
