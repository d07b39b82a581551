"""Tells the listeners of plugins what has happened, without delaying what happens.

Each listener has a queue and a thread, in which it is created and called, one event after another. Without listeners, :func:`emit` does
nothing.
"""

from __future__ import annotations

import atexit
import logging
import time
from collections.abc import Mapping
from queue import SimpleQueue
from threading import Lock, Thread
from types import MappingProxyType
from typing import Any

from voicebridge.errors import VoiceBridgeError, brief
from voicebridge.extension_ports import Event, Listener
from voicebridge.extensions import ListenerSpec
from voicebridge.runtime.current import current
from voicebridge.runtime.extensions import Extension, extensions
from voicebridge.runtime.plugins import PluginHost
from voicebridge.runtime.registry import Registry

DRAINING = 2.0
"""Seconds for the listeners to process the remaining events at the end of a command."""
_MOST = 1000
"""Maximum waiting events of a listener."""
_LONGEST = 10.0
"""Seconds after which a listener that is processing one event counts as hanging."""

_log = logging.getLogger(__name__)


def emit(name: str, /, **data: Any) -> None:
    """Tell the listeners of this run; returns immediately.

    Args:
        name: of the event, such as ``transcript.written``.
        data: its details, which can be represented in JSON. ``text`` is left out unless ``[events] text`` allows it.
    """
    load = current()
    if load is not None:
        _deliveries.emit(load(), name, data)


def has_listeners(registry: Registry) -> bool:
    """Whether a plugin listens."""
    return bool(extensions(registry.host, ListenerSpec))


def drain(seconds: float = DRAINING) -> None:
    """Wait until all events are processed, with a time-out; further events are not delivered."""
    _deliveries.close(seconds)


class _Deliveries:
    """The listeners of the current registry."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._host: PluginHost | None = None
        self._listeners: dict[tuple[str, ListenerSpec], _Delivery] = {}

    def emit(self, registry: Registry, name: str, data: Mapping[str, Any]) -> None:
        with self._lock:  # so that all listeners receive the events in the same order
            if self._host is not registry.host:
                self._use(registry.host)
            if self._listeners:
                shown = {key: value for key, value in data.items() if key != "text" or registry.config.settings.events.text}
                event = Event(name, MappingProxyType(shown))
                for listener in self._listeners.values():
                    listener.put(event)

    def close(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with self._lock:
            listeners = list(self._listeners.values())
            self._listeners, self._host = {}, None
        for listener in listeners:
            listener.end()
        for listener in listeners:
            listener.join(until)

    def _use(self, host: PluginHost) -> None:
        """Keep the listeners that the plugins of this host still have."""
        found = {(each.full_name, each.spec): each for each in extensions(host, ListenerSpec)}
        for key, gone in self._listeners.items():
            if key not in found:
                gone.end()
        self._listeners = {key: self._listeners.get(key) or _Delivery(each) for key, each in found.items()}
        self._host = host


class _Delivery:
    """One listener."""

    def __init__(self, listener: Extension[ListenerSpec]) -> None:
        self._listener, self._owner = listener, listener.owner()
        self._queue: SimpleQueue[Event | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._since: float | None = None  # clock time at which the current event was passed to it
        self._is_lost = self._is_full = False

    def put(self, event: Event) -> None:
        """Queue an event, if the listener wants it."""
        wanted = self._listener.spec.events
        if self._is_lost or (wanted and event.name not in wanted) or self._hangs():
            return
        was_full, self._is_full = self._is_full, self._queue.qsize() >= _MOST
        if not self._is_full:
            self._queue.put(event)
        elif not was_full:
            _log.warning("%s", self._owner.problem(f"is too slow: it misses events, since {_MOST} are waiting"))
        if self._thread is None:
            self._thread = Thread(target=self._run, name=f"events of {self._listener.full_name}", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """No more events will follow."""
        self._queue.put(None)

    def join(self, until: float) -> None:
        """Wait until it has processed all events, or until this clock time."""
        if self._thread is not None and not self._is_lost:
            self._thread.join(max(0.0, until - time.monotonic()))
            if self._thread.is_alive():
                self._lose("did not process all events in time")

    def _hangs(self) -> bool:
        since = self._since
        if since is None or time.monotonic() - since < _LONGEST:
            return False
        self._lose(f"took longer than {_LONGEST:g} s for an event and gets no more")
        return True

    def _lose(self, why: str) -> None:
        self._is_lost = True
        _log.warning("%s", self._owner.problem(why))

    def _run(self) -> None:
        listener: Listener | None = None
        while not self._is_lost and (event := self._queue.get()) is not None:
            self._since = time.monotonic()
            try:
                with self._owner.blamed():
                    listener = listener or self._listener.make(Listener)
                    listener.handle(event)
            except BaseException as error:  # of any kind: it costs one event
                self._report(error)
                self._is_lost = self._is_lost or listener is None
            self._since = None

    def _report(self, error: BaseException) -> None:
        told = str(error)
        if not told.startswith(self._owner.name):
            told = self._owner.problem(f"failed: {told.rstrip('.') if isinstance(error, VoiceBridgeError) else brief(error)}")
        _log.warning("%s", told)


_deliveries = _Deliveries()
atexit.register(drain)
