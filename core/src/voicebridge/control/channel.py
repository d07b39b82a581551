"""One side of a conversation: lines of JSON out and in, with limits on their size and on the time that they take."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from threading import Lock
from typing import IO, Any, Protocol, Self

from voicebridge.errors import Unavailable

VERSION = 1
"""Of the protocol."""
LARGEST = 1 << 20
"""Bytes of a line."""
FIRST = 1 << 16
"""Bytes of the line that a conversation begins with."""
PATIENCE = 5.0
"""Seconds in which a line that has begun has to end, and in which a stranger has to say what it wants."""
TAKEN_WITHIN = 30.0
"""Seconds that the other side is given to take a line, unless the sender says otherwise."""


class Silent(Unavailable):
    """Nothing has come within the time; more may come later."""


class Wire(Protocol):
    """What carries bytes both ways. One thread may read while another writes and a third one closes."""

    def read(self, seconds: float | None) -> bytes:
        """What has come, ``b""`` when nothing more will, or when this side is closed.

        Raises:
            TimeoutError: when nothing comes within the seconds; ``None`` waits without end.
            OSError: when the connection breaks.
        """
        ...

    def write(self, data: bytes, seconds: float | None) -> None:
        """Send all of it.

        Raises:
            TimeoutError: when the other side has not taken it within the seconds.
            OSError: when the connection is closed or breaks.
        """
        ...

    def close(self) -> None:
        """End it, and what waits in the two above; twice does no harm."""
        ...


class Peer:
    """The other side, as this one talks with it: a process at the other end of a socket, or of two pipes."""

    def __init__(self, wire: Wire, limit: int = LARGEST) -> None:
        """Talk over ``wire``, and take lines of at most ``limit`` bytes."""
        self.limit = limit
        self._wire = wire
        self._sending, self._receiving = Lock(), Lock()
        self._buffer = bytearray()
        self._searched = 0
        self._begun = 0.0

    @classmethod
    def of_files(cls, reader: IO[bytes], writer: IO[bytes]) -> Self:
        """Talk over two pipes, such as the standard streams of a process. The files are the peer's from now on; nothing is read ahead."""
        if sys.platform == "win32":
            from voicebridge.control.wire_windows import FileWire
        else:
            from voicebridge.control.wire_posix import FileWire
        return cls(FileWire(reader, writer))

    def send(self, message: Mapping[str, Any], seconds: float | None = TAKEN_WITHIN) -> None:
        """Send one message; any number of threads may.

        Args:
            message: what JSON can hold.
            seconds: how long the other side may take to accept it; ``None`` without end.

        Raises:
            Unavailable: when the other side has ended or takes nothing, which closes the connection.
            ValueError, TypeError: when JSON can't hold it, or it is larger than :data:`LARGEST`.
        """
        line = to_line(message)
        try:
            with self._sending:
                self._wire.write(line, seconds)
        except TimeoutError as error:
            self.close()  # with half a line on its way there is no next one
            raise Unavailable(f"The other side has taken nothing for {seconds:g} s. Stop it and start it again.") from error
        except OSError as error:
            raise Unavailable("The other side has ended. Start it again, then try once more.") from error

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next message, ``None`` when the other side has ended or this one was closed.

        Args:
            seconds: how long to wait for it; ``None`` without end. A message that has begun has to end within :data:`PATIENCE` anyway.

        Raises:
            Silent: when none has come in time.
            Unavailable: when what comes is no message.
        """
        with self._receiving:
            line = self._line(None if seconds is None else time.monotonic() + seconds)
        return None if line is None else _message(line)

    def close(self) -> None:
        """End the conversation, from any thread: whoever waits to receive hears that it has ended. Twice does no harm."""
        self._wire.close()

    def _line(self, until: float | None) -> bytes | None:
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            self._check_size(self._searched)
            try:
                came = self._wire.read(self._remaining(until))
            except TimeoutError as error:
                raise self._late() from error
            except OSError:
                return None  # reset, as a process that is killed leaves it
            if not came:
                return None  # half a line is no message
            if not self._buffer:
                self._begun = time.monotonic()
            self._buffer += came
        self._check_size(end)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        self._begun = time.monotonic()
        return line

    def _check_size(self, size: int) -> None:
        if size > self.limit:
            raise Unavailable(f"A line is longer than {self.limit:,} bytes. Send less in one line.")

    def _remaining(self, until: float | None) -> float | None:
        if self._buffer:
            end = self._begun + PATIENCE
            until = end if until is None else min(until, end)
        return None if until is None else max(0.0, until - time.monotonic())

    def _late(self) -> Unavailable:
        if self._buffer and time.monotonic() >= self._begun + PATIENCE:
            return Unavailable(f"A line has not ended within {PATIENCE:g} s. A message is one line of JSON.")
        return Silent("The other side has said nothing in time. See what it does: voicebridge daemon logs")


def to_line(message: Mapping[str, Any], limit: int = LARGEST) -> bytes:
    """A message as it is sent.

    Raises:
        ValueError, TypeError: when JSON can't hold it, or it is larger than ``limit``.
    """
    line = json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    if len(line) - 1 > limit:
        raise ValueError(f"it has {len(line) - 1:,} bytes, and one line may have {limit:,}")
    return line


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise Unavailable("What came is no message. A message is one JSON object in one line.")
    return message
