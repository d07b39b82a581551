"""Suspending hotkeys while the user tests or chooses keys in another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import Any

from voicebridge.control import Peer, converse, verdict
from voicebridge.errors import UnavailableError

REQUEST = "hotkeys.suspend"
"""The request to the listening process."""
_TAKEN_WITHIN = 5.0
"""Time-out in seconds for its answer."""


class Suspension:
    """Whether hotkeys are suspended; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0

    def is_on(self) -> bool:
        """Whether another process has suspended them."""
        return self._count > 0

    def serve(self, _: dict[str, Any], peer: Peer) -> Mapping[str, Any] | None:
        """Handle :data:`REQUEST`: hotkeys are suspended until the other side sends a message, disconnects or is killed."""
        with self._lock:
            self._count += 1
        try:
            peer.send({"event": "suspended"})
            with suppress(UnavailableError):
                peer.receive()
        finally:
            with self._lock:
                self._count -= 1
        return None


@contextmanager
def keys_suspended() -> Iterator[bool]:
    """Inside the block, the listening process ignores hotkeys; yields whether there is one.

    Raises:
        VoiceBridgeError: if it doesn't support this.
    """
    with ExitStack() as stack:
        peer: Peer | None = None
        with suppress(UnavailableError):  # there is none
            peer = stack.enter_context(converse(REQUEST))
        if peer is not None:
            answer = peer.receive(_TAKEN_WITHIN)
            if answer is None or "ok" in answer:
                verdict(answer)
        yield peer is not None
