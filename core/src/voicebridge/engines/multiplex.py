"""Several connections over one pair of pipes: each message names its connection."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

from voicebridge.engines.messages import Message, MessagePeer
from voicebridge.errors import UnavailableError


class Stream:
    """One of the connections; a :class:`voicebridge.engines.messages.MessagePeer`."""

    def __init__(self, streams: Streams, number: int, *, is_new: bool) -> None:
        self._streams, self._number = streams, number
        self._is_new = is_new  # the other side doesn't know it yet
        self._come: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._ended = False

    def send(self, message: Message) -> None:
        """Send one message; the first one before any other thread sends.

        Raises:
            UnavailableError, OSError: if the other side is gone.
        """
        # The number doesn't show what is new: if several threads open connections at once, the later one's message may come first.
        said = {"stream": self._number, "new": True} if self._is_new else {"stream": self._number}
        self._is_new = False
        self._streams.send({**said, **message})

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next message; ``None`` if either side has closed this connection.

        Raises:
            UnavailableError: if none has arrived within that many seconds.
        """
        if self._ended:
            return None
        try:
            message = self._come.get(timeout=seconds)
        except Empty:
            raise UnavailableError(f"Nothing has come for {seconds:g} s.") from None
        self._ended = message is None
        return message

    def close(self) -> None:
        """Close this connection; the others stay open."""
        self._streams.forget(self._number)
        with suppress(UnavailableError, OSError):
            self.send({"closed": True})
        self._come.put(None)

    def take(self, message: dict[str, Any] | None) -> None:
        """Add a message from the other side."""
        self._come.put(message)


class Streams:
    """The connections over one peer."""

    def __init__(self, peer: MessagePeer, accept: Callable[[Stream], None] | None = None) -> None:
        """Prepare; nothing is read before :meth:`run`.

        Args:
            peer: the shared peer.
            accept: called with each connection that the other side opens.
        """
        self._peer, self._accept = peer, accept
        self._numbers = count()
        self._open: dict[int, Stream] = {}
        self._sending, self._changing = Lock(), Lock()
        self._ended = False

    def open(self) -> Stream:
        """Open a connection; only one side does so."""
        with self._changing:
            stream = Stream(self, next(self._numbers), is_new=True)
            if self._ended:
                stream.take(None)
            else:
                self._open[stream._number] = stream
            return stream

    def send(self, message: Message) -> None:
        """Send a whole message; thread-safe.

        Raises:
            UnavailableError, OSError: if the other side is gone.
        """
        with self._sending:
            self._peer.send(message)

    def forget(self, number: int) -> None:
        """Drop further messages for a connection."""
        with self._changing:
            self._open.pop(number, None)

    def run(self, on_message: Callable[[], None] = lambda: None) -> None:
        """Distribute messages until the other side has ended; then all connections are closed.

        Args:
            on_message: called after each message.
        """
        with suppress(UnavailableError, OSError):
            while (message := self._peer.receive()) is not None:
                on_message()
                self._give(message)
        with self._changing:
            self._ended = True
            left, self._open = list(self._open.values()), {}
        for stream in left:
            stream.take(None)

    def _give(self, message: dict[str, Any]) -> None:
        number, closed, is_new = message.pop("stream", None), message.pop("closed", False), message.pop("new", False)
        if not isinstance(number, int):
            return
        is_new = is_new and not closed and self._accept is not None
        with self._changing:
            if is_new:
                self._open[number] = Stream(self, number, is_new=False)
            stream = self._open.pop(number, None) if closed else self._open.get(number)
        if stream is None:
            return
        if is_new and self._accept is not None:
            self._accept(stream)
        stream.take(None if closed else message)
