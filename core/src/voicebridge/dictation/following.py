"""Following dictations from other processes: the state and the text of each, as it changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Condition, Lock, Thread
from typing import Any

from voicebridge.control import LARGEST, Peer
from voicebridge.errors import UnavailableError

REQUEST = "dictate.follow"
"""The request to the listening process."""
LONGEST = LARGEST // 16
"""Maximum characters of a text, of which JSON takes up to twelve bytes for each; of a longer one, the end is sent."""


class Followers:
    """The clients that asked for :data:`REQUEST`. Texts are held only until they are sent; can be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._outboxes: set[_Outbox] = set()

    def begin(self, number: int) -> Followed:
        """What clients are told about a new dictation; ``number`` is its number in the history, or 0."""
        return Followed(number, self._send)

    def serve(self, peer: Peer, is_recording: Callable[[], bool]) -> None:
        """Send ``peer`` the events of all dictations until it sends a message, disconnects or reads nothing.

        Args:
            peer: the client.
            is_recording: whether a recording is in progress.
        """
        outbox = _Outbox()
        with self._lock:
            outbox.put({"event": "following", "recording": is_recording()})
            self._outboxes.add(outbox)
        sender = Thread(target=outbox.send_to, args=(peer,), name="control-follower", daemon=True)
        sender.start()
        try:
            with suppress(UnavailableError):
                peer.receive()
        finally:
            with self._lock:
                self._outboxes.discard(outbox)
            outbox.close()
            sender.join()

    def _send(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            for outbox in self._outboxes:
                outbox.put(message)


class Followed:
    """One dictation, as its followers see it. Nothing is sent after its end, also if its last words arrive later."""

    def __init__(self, number: int, send: Callable[[Mapping[str, Any]], None]) -> None:
        self.number = number
        """Its number in the history, 0 if it isn't there."""
        self._send = send
        self._lock = Lock()
        self._over = False

    def listening(self) -> None:
        """The microphone delivers audio."""
        self._tell("listening")

    def partial(self, text: str) -> None:
        """The transcript so far."""
        self._tell("partial", text=text[-LONGEST:])

    def transcribing(self) -> None:
        """The recording has ended, and its last words are being transcribed."""
        self._tell("transcribing")

    def final(self, text: str, to: str) -> None:
        """It is finished: the text, empty if no speech was detected, and where it was delivered, empty if nowhere."""
        self._tell("final", is_last=True, text=text[-LONGEST:], to=to)

    def cancelled(self) -> None:
        """It was discarded."""
        self._tell("cancelled", is_last=True)

    def failed(self, error: str) -> None:
        """It has no text, for this reason."""
        self._tell("failed", is_last=True, error=error)

    def _tell(self, event: str, *, is_last: bool = False, **details: str) -> None:
        with self._lock:
            if not self._over:
                self._over = is_last
                self._send({"event": event, "dictation": self.number, **details})


class _Outbox:
    """The messages that a client has not read yet. A dictation never waits for a client, and of its drafts, only the newest is kept."""

    def __init__(self) -> None:
        self._messages: deque[Mapping[str, Any]] = deque()
        self._closed = False
        self._changed = Condition()

    def put(self, message: Mapping[str, Any]) -> None:
        with self._changed:
            if self._messages and _replaces(message, self._messages[-1]):
                self._messages.pop()
            self._messages.append(message)
            self._changed.notify()

    def send_to(self, peer: Peer) -> None:
        """Send until it is closed; a client that has disconnected, or doesn't read, is closed."""
        with suppress(UnavailableError):
            while (message := self._next()) is not None:
                peer.send(message)

    def close(self) -> None:
        """Discard what is not sent."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _next(self) -> Mapping[str, Any] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._messages or self._closed)
            return None if self._closed else self._messages.popleft()


def _replaces(message: Mapping[str, Any], last: Mapping[str, Any]) -> bool:
    return all((each["event"], each.get("dictation")) == ("partial", message.get("dictation")) for each in (message, last))
