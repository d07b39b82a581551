"""The client side."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from voicebridge.control.address import connect
from voicebridge.control.peer import NoAnswerError, Peer, to_line
from voicebridge.control.protocol import FIRST, PATIENCE, VERSION
from voicebridge.errors import UnavailableError, UsageError, VoiceBridgeError

_AGAIN = 0.1
"""Seconds before a client retries after there were too many."""


def ask(do: str, seconds: float = PATIENCE, **arguments: Any) -> dict[str, Any]:
    """Send a request to the listening process, and return the final line of its answer.

    Args:
        do: the name of the request.
        seconds: time-out for the answer.
        arguments: of the request, with JSON types.

    Raises:
        UnavailableError: if there is no such process, or it doesn't answer in time.
        VoiceBridgeError: if it fails, with its reason; a UsageError if the request is invalid.
    """
    until = time.monotonic() + seconds
    while True:
        with converse(do, **arguments) as peer:
            answer = _last(peer, until, seconds)
        if not answer.get("busy") or time.monotonic() + _AGAIN >= until:
            return verdict(answer)
        time.sleep(_AGAIN)


@contextmanager
def converse(do: str, **arguments: Any) -> Iterator[Peer]:
    """Open a connection to the listening process with a request; its messages are read from the peer, and the final one has an ``ok``.

    Raises:
        UnavailableError: if there is no such process.
        UsageError: if the request is too long.
    """
    request = {**arguments, "version": VERSION, "do": do}
    try:
        to_line(request, FIRST)
    except ValueError as error:
        raise UsageError(f"The request can't be sent: {error}. Send less.") from error
    try:
        peer = connect(time.monotonic() + PATIENCE)
    except OSError as error:
        raise UnavailableError("VoiceBridge is not running. Start it: voicebridge daemon start") from error
    try:
        with suppress(UnavailableError):  # if the request was refused, the reason can still be read
            peer.send(request, PATIENCE)
        yield peer
    finally:
        peer.close()


def verdict(answer: dict[str, Any] | None) -> dict[str, Any]:
    """The final line of a successful connection.

    Raises:
        UnavailableError: if there is none, because the other side has closed the connection.
        VoiceBridgeError: if it contains an error; a UsageError if the request was invalid.
    """
    if answer is None:
        raise UnavailableError("VoiceBridge stopped before it answered. Start it again: voicebridge daemon start")
    if answer.get("ok") is True:
        return answer
    kind = UsageError if answer.get("exit") == UsageError.exit_code else VoiceBridgeError
    raise kind(str(answer.get("error")))


def _last(peer: Peer, until: float, seconds: float) -> dict[str, Any]:
    while True:
        try:
            answer = peer.receive(max(0.0, until - time.monotonic()))
        except NoAnswerError as error:
            raise UnavailableError(
                f"VoiceBridge did not answer within {seconds:g} s. Start it again: voicebridge daemon restart"
            ) from error
        if answer is None or "ok" in answer:
            return answer or verdict(None)
