"""Keys that do nothing for a while, since the user tries or chooses keys in another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import Any

from voicebridge.control import Peer, converse, verdict
from voicebridge.errors import Unavailable

REQUEST = "hotkeys.suspend"
"""What is asked of the process that listens."""
_TAKEN_WITHIN = 5.0
"""Seconds that it may take to answer."""


class Suspension:
    """Whether keys do nothing at the moment; safe for several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0

    def is_on(self) -> bool:
        """Whether somebody tries keys."""
        return self._count > 0

    def serve(self, _: dict[str, Any], peer: Peer) -> Mapping[str, Any] | None:
        """Answer :data:`REQUEST`: keys do nothing until the other side says something, hangs up or is killed."""
        with self._lock:
            self._count += 1
        try:
            peer.send({"event": "suspended"})
            with suppress(Unavailable):
                peer.receive()
        finally:
            with self._lock:
                self._count -= 1
        return None


@contextmanager
def keys_suspended() -> Iterator[bool]:
    """For as long as the block lasts, the process that listens does nothing for keys; gives whether there is one.

    Raises:
        VoiceBridgeError: when there is one that can't do this.
    """
    with ExitStack() as stack:
        peer: Peer | None = None
        with suppress(Unavailable):  # none listens
            peer = stack.enter_context(converse(REQUEST))
        if peer is not None:
            answer = peer.receive(_TAKEN_WITHIN)
            if answer is None or "ok" in answer:
                verdict(answer)
        yield peer is not None
