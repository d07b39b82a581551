"""One side of a connection: sends and receives lines of JSON, with limits on size and time."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from threading import Lock
from typing import IO, Any, Protocol, Self

from voicebridge.control.protocol import LARGEST, PATIENCE, TAKEN_WITHIN
from voicebridge.errors import UnavailableError


class NoAnswerError(UnavailableError):
    """Nothing has arrived in time; more may arrive later."""


class Wire(Protocol):
    """Byte transport in both directions. One thread may read while another writes and a third one closes."""

    def read(self, seconds: float | None) -> bytes:
        """The received bytes, ``b""`` if there will be no more, or this side is closed.

        Raises:
            TimeoutError: if nothing arrives within the seconds; ``None`` waits forever.
            OSError: if the connection breaks.
        """
        ...

    def write(self, data: bytes, seconds: float | None) -> None:
        """Send all of it.

        Raises:
            TimeoutError: if the other side has not read it within the seconds.
            OSError: if the connection is closed or breaks.
        """
        ...

    def close(self) -> None:
        """Close it, and wake up waiting threads; calling it twice is allowed."""
        ...


class Peer:
    """The other side: a process at the other end of a socket, or of two pipes."""

    def __init__(self, wire: Wire, limit: int = LARGEST) -> None:
        """Communicate over ``wire``, with lines of at most ``limit`` bytes."""
        self.limit = limit
        self._wire = wire
        self._sending, self._receiving = Lock(), Lock()
        self._buffer = bytearray()
        self._searched = 0
        self._begun = 0.0

    @classmethod
    def of_files(cls, reader: IO[bytes], writer: IO[bytes]) -> Self:
        """Communicate over two pipes, such as the standard streams of a process. The peer owns the files; nothing is read ahead."""
        if sys.platform == "win32":
            from voicebridge.control.transport_windows import FileWire
        else:
            from voicebridge.control.transport_posix import FileWire
        return cls(FileWire(reader, writer))

    def send(self, message: Mapping[str, Any], seconds: float | None = TAKEN_WITHIN) -> None:
        """Send one message; thread-safe.

        Args:
            message: with JSON types.
            seconds: time-out for the other side to read it; ``None`` for none.

        Raises:
            UnavailableError: if the other side has ended or reads nothing, which closes the connection.
            ValueError, TypeError: if JSON can't represent it, or it is larger than :data:`LARGEST`.
        """
        line = to_line(message)
        try:
            with self._sending:
                self._wire.write(line, seconds)
        except TimeoutError as error:
            self.close()  # after an incomplete line, no other can follow
            raise UnavailableError(f"The other side has not read for {seconds:g} s. Stop it and start it again.") from error
        except OSError as error:
            raise UnavailableError("The other side closed the connection. Start it again, then retry.") from error

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next message, ``None`` if the other side has ended or this one was closed.

        Args:
            seconds: time-out for it; ``None`` for none. A message must be completed within :data:`PATIENCE` in any case.

        Raises:
            NoAnswerError: if none has arrived in time.
            UnavailableError: if an invalid message arrives.
        """
        with self._receiving:
            line = self._line(None if seconds is None else time.monotonic() + seconds)
        return None if line is None else _message(line)

    def close(self) -> None:
        """Close the connection from any thread; a waiting receiver returns. Calling it twice is allowed."""
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
                return None  # reset, for example because the process was killed
            if not came:
                return None  # an incomplete line is not a message
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
            raise UnavailableError(f"A line is longer than {self.limit:,} bytes. Send less in one line.")

    def _remaining(self, until: float | None) -> float | None:
        if self._buffer:
            end = self._begun + PATIENCE
            until = end if until is None else min(until, end)
        return None if until is None else max(0.0, until - time.monotonic())

    def _late(self) -> UnavailableError:
        if self._buffer and time.monotonic() >= self._begun + PATIENCE:
            return UnavailableError(f"A line was not complete within {PATIENCE:g} s. A message is one line of JSON.")
        return NoAnswerError("The other side did not answer in time. See: voicebridge daemon logs")


def to_line(message: Mapping[str, Any], limit: int = LARGEST) -> bytes:
    """A message in its transmitted form.

    Raises:
        ValueError, TypeError: if JSON can't represent it, or it is larger than ``limit``.
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
        raise UnavailableError("The received line is not a message. A message is one JSON object in one line.")
    return message
