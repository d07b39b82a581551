"""The side that is asked: takes requests from other processes, each in a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Event, Lock, Thread, current_thread
from typing import Any, TypeAlias

from voicebridge.control.channel import LARGEST, PATIENCE, VERSION, Peer, to_line
from voicebridge.control.place import open_door
from voicebridge.errors import Unavailable, UsageError, VoiceBridgeError, brief, nearest

MOST_PEERS = 64
"""How many may be served at once."""
_GRACE = 0.25
"""Seconds that answers under way are given when the door is closed."""
_LAST = 5.0
"""Seconds that the threads are given to end."""
_HICCUP = 0.1
"""Seconds to wait when nobody can be let in, as when the process has no file left to open."""

Handler: TypeAlias = Callable[[dict[str, Any], Peer], Mapping[str, Any] | None]
"""Does what a request says. Gets the request, may converse with the peer, and returns what is added to the last line of the answer. A
VoiceBridgeError that it raises is the answer."""

_log = logging.getLogger(__name__)


class Control:
    """Listens where :func:`voicebridge.control.ask` asks; closing it ends every conversation."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        """Begin to listen.

        Args:
            handlers: what may be asked, by name; each is called in a thread of its own.

        Raises:
            UsageError: when another process listens already.
            Unavailable: when the place to listen at can't be made.
        """
        self._handlers = dict(handlers)
        self._door = open_door()
        self._closed = Event()
        self._lock = Lock()
        self._peers: dict[Peer, Thread] = {}
        self._silent: dict[Peer, None] = {}  # those who have not said yet what they want, the first first
        self._thread = Thread(target=self._accept, name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, let the answers under way out, and end all conversations. Also from a handler; twice does no harm."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._door.close()
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
                peer = self._door.accept()
            except OSError:
                self._closed.wait(_HICCUP)
                continue
            if peer is None:
                return
            self._admit(peer)

    def _admit(self, peer: Peer) -> None:
        with self._lock:
            refused = None
            if len(self._peers) >= MOST_PEERS:  # who says nothing has to go first, so that a flood of them keeps nobody out
                refused = next(iter(self._silent), peer)
                self._forget(refused)
            if refused is not peer:
                thread = Thread(target=self._serve, args=(peer,), name="control-peer", daemon=True)
                self._peers[peer] = thread
                self._silent[peer] = None
                try:
                    thread.start()
                except RuntimeError:  # the system has no thread left
                    self._forget(peer)
                    refused = peer
        if refused is not None:
            _answer(
                refused, {"ok": False, "error": f"VoiceBridge is busy with {MOST_PEERS} others. Try again in a moment.", "busy": True}, 0.1
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
        """The last line of the answer, ``None`` for a peer that has ended without asking anything."""
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
            return {"ok": False, "error": f"{do} failed inside: {brief(error)}. See: voicebridge daemon logs"}
        return answer

    def _handler(self, request: dict[str, Any]) -> tuple[str, Handler]:
        if request.get("version") != VERSION:
            raise UsageError(f"The process that runs speaks version {VERSION} of the protocol. Start it again: voicebridge daemon restart")
        do = request.get("do")
        if not isinstance(do, str):
            raise UsageError(f'A request names what to do. Send a line such as {{"version": {VERSION}, "do": "daemon.status"}}.')
        if do not in self._handlers:
            known = ", ".join(self._handlers)
            raise UsageError(f"The process that runs can't do {do[:80]!r}; it can do {known}.{nearest(do[:80], self._handlers)}")
        return do, self._handlers[do]


def _answer(peer: Peer, answer: dict[str, Any], seconds: float = PATIENCE) -> None:
    with suppress(Unavailable):
        peer.send(answer, seconds)
