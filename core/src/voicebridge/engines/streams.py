"""Several conversations over one pair of pipes: every message says which of them it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

from voicebridge.engines.wire import Message, Peer
from voicebridge.errors import Unavailable


class Stream:
    """One of the conversations; a :class:`voicebridge.engines.wire.Peer`."""

    def __init__(self, streams: Streams, number: int, *, is_new: bool) -> None:
        self._streams, self._number = streams, number
        self._is_new = is_new  # the other side has not heard of it
        self._come: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._ended = False

    def send(self, message: Message) -> None:
        """Send one message; the first one before any other thread sends.

        Raises:
            Unavailable, OSError: when the other side is gone.
        """
        # Numbers don't say what is new: of what several threads begin at once, the later one may come first.
        said = {"stream": self._number, "new": True} if self._is_new else {"stream": self._number}
        self._is_new = False
        self._streams.send({**said, **message})

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next message; ``None`` once either side has ended this conversation.

        Raises:
            Unavailable: when none has come in so many seconds.
        """
        if self._ended:
            return None
        try:
            message = self._come.get(timeout=seconds)
        except Empty:
            raise Unavailable(f"Nothing has come for {seconds:g} s.") from None
        self._ended = message is None
        return message

    def close(self) -> None:
        """End this conversation; the others go on."""
        self._streams.forget(self._number)
        with suppress(Unavailable, OSError):
            self.send({"closed": True})
        self._come.put(None)

    def take(self, message: dict[str, Any] | None) -> None:
        """Take in what the other side has sent."""
        self._come.put(message)


class Streams:
    """The conversations over one peer."""

    def __init__(self, peer: Peer, accept: Callable[[Stream], None] | None = None) -> None:
        """Prepare; nothing is read before :meth:`run`.

        Args:
            peer: what they share.
            accept: given each conversation that the other side begins.
        """
        self._peer, self._accept = peer, accept
        self._numbers = count()
        self._open: dict[int, Stream] = {}
        self._sending, self._changing = Lock(), Lock()
        self._ended = False

    def open(self) -> Stream:
        """Begin a conversation; only one side does so."""
        with self._changing:
            stream = Stream(self, next(self._numbers), is_new=True)
            if self._ended:
                stream.take(None)
            else:
                self._open[stream._number] = stream
            return stream

    def send(self, message: Message) -> None:
        """Send a message, whole, whoever else is sending.

        Raises:
            Unavailable, OSError: when the other side is gone.
        """
        with self._sending:
            self._peer.send(message)

    def forget(self, number: int) -> None:
        """Take in nothing more for a conversation."""
        with self._changing:
            self._open.pop(number, None)

    def run(self, on_message: Callable[[], None] = lambda: None) -> None:
        """Give each message to its conversation until the other side has ended; then all of them end.

        Args:
            on_message: called whenever one has come.
        """
        with suppress(Unavailable, OSError):
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
