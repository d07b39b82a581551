"""The server side: handles requests of other processes, each in its own thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Event, Lock, Thread, current_thread
from typing import Any, TypeAlias

from voicebridge import renamed
from voicebridge.control.address import open_listener
from voicebridge.control.peer import Peer, to_line
from voicebridge.control.protocol import LARGEST, PATIENCE, VERSION
from voicebridge.errors import UnavailableError, UsageError, VoiceBridgeError, brief, nearest

MOST_PEERS = 64
"""Maximum number of concurrent connections."""
_GRACE = 0.25
"""Seconds for active answers to finish when the server is closed."""
_LAST = 5.0
"""Time-out in seconds for the threads to end."""
_HICCUP = 0.1
"""Seconds to wait if no connection can be accepted, for example because the process has too many open files."""

Handler: TypeAlias = Callable[[dict[str, Any], Peer], Mapping[str, Any] | None]
"""Handles a request. Receives the request, may exchange messages with the peer, and returns the content of the final line. A
VoiceBridgeError is sent as the answer.
"""

_log = logging.getLogger(__name__)


class Control:
    """Listens for :func:`voicebridge.control.ask`; closing it ends all connections."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        """Start listening.

        Args:
            handlers: by request name; each is called in its own thread.

        Raises:
            UsageError: if another process is listening.
            UnavailableError: if the endpoint can't be created.
        """
        self._handlers = dict(handlers)
        self._listener = open_listener()
        self._closed = Event()
        self._lock = Lock()
        self._peers: dict[Peer, Thread] = {}
        self._silent: dict[Peer, None] = {}  # connections without a request, oldest first
        self._thread = Thread(target=self._accept, name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, finish active answers, and close all connections. Can be called from a handler; calling it twice is allowed."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._listener.close()
        self._thread.join(_LAST)
        self._join(_GRACE)
        with self._lock:
            peers = list(self._peers)
        for peer in peers:
            peer.close()
        self._join(_LAST)

    def _join(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with self._lock:
            threads = [thread for thread in self._peers.values() if thread is not current_thread()]
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _accept(self) -> None:
        while True:
            try:
                peer = self._listener.accept()
            except OSError:
                self._closed.wait(_HICCUP)
                continue
            if peer is None:
                return
            self._admit(peer)

    def _admit(self, peer: Peer) -> None:
        with self._lock:
            refused = None
            if len(self._peers) >= MOST_PEERS:  # silent connections are closed first, so that a flood of them locks nobody out
                refused = next(iter(self._silent), peer)
                self._forget(refused)
            if refused is not peer:
                thread = Thread(target=self._serve, args=(peer,), name="control-peer", daemon=True)
                self._peers[peer] = thread
                self._silent[peer] = None
                try:
                    thread.start()
                except RuntimeError:  # the system can't create a thread
                    self._forget(peer)
                    refused = peer
        if refused is not None:
            _answer(
                refused,
                {"ok": False, "error": f"VoiceBridge already has {MOST_PEERS} connections. Try again in a moment.", "busy": True},
                0.1,
            )
            refused.close()

    def _serve(self, peer: Peer) -> None:
        try:
            answer = self._reply(peer)
            if answer is not None:
                _answer(peer, answer)
        finally:
            peer.close()
            with self._lock:
                self._forget(peer)

    def _forget(self, peer: Peer) -> None:
        self._peers.pop(peer, None)
        self._silent.pop(peer, None)

    def _reply(self, peer: Peer) -> dict[str, Any] | None:
        """The final line of the answer, ``None`` for a peer that sent no request."""
        do = "What was asked"
        try:
            request = peer.receive(PATIENCE)
            if request is None:
                return None
            with self._lock:
                self._silent.pop(peer, None)
            peer.limit = LARGEST
            do, handler = self._handler(request)
            answer = {**(handler(request, peer) or {}), "ok": True}
            to_line(answer)
        except VoiceBridgeError as error:
            return {"ok": False, "error": str(error), "exit": error.exit_code}
        except Exception as error:
            _log.exception("%s failed inside.", do)
            return {"ok": False, "error": f"{do} failed with an internal error: {brief(error)}. See: voicebridge daemon logs"}
        return answer

    def _handler(self, request: dict[str, Any]) -> tuple[str, Handler]:
        if request.get("version") != VERSION:
            raise UsageError(f"The running process uses version {VERSION} of the protocol. Restart it: voicebridge daemon restart")
        do = request.get("do")
        if not isinstance(do, str):
            raise UsageError(f'A request needs "do". Send a line such as {{"version": {VERSION}, "do": "daemon.status"}}.')
        do = renamed.REQUESTS.get(do, do)
        if do not in self._handlers:
            known = ", ".join(self._handlers)
            raise UsageError(f"The running process can't do {do[:80]!r}; it can do {known}.{nearest(do[:80], self._handlers)}")
        return do, self._handlers[do]


def _answer(peer: Peer, answer: dict[str, Any], seconds: float = PATIENCE) -> None:
    with suppress(UnavailableError):
        peer.send(answer, seconds)
