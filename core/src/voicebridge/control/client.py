"""The side that asks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from voicebridge.control.channel import FIRST, PATIENCE, VERSION, Peer, Silent, to_line
from voicebridge.control.place import connect
from voicebridge.errors import Unavailable, UsageError, VoiceBridgeError

_AGAIN = 0.1
"""Seconds after which one who was too many asks again."""


def ask(do: str, seconds: float = PATIENCE, **arguments: Any) -> dict[str, Any]:
    """Have the process that listens do something, and return the last line of its answer.

    Args:
        do: what, by its name.
        seconds: how long to wait for the answer.
        arguments: what the request says beside that; JSON has to hold it.

    Raises:
        Unavailable: when none listens, or it doesn't answer in time.
        VoiceBridgeError: when it could not do it, with its reason; a UsageError where it makes no sense.
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
    """Begin a conversation with the process that listens; what it says is received from the peer, and the last line has an ``ok``.

    Raises:
        Unavailable: when none listens.
        UsageError: when the request is too long.
    """
    request = {**arguments, "version": VERSION, "do": do}
    try:
        to_line(request, FIRST)
    except ValueError as error:
        raise UsageError(f"The request can't be sent: {error}. Send less.") from error
    try:
        peer = connect(time.monotonic() + PATIENCE)
    except OSError as error:
        raise Unavailable("VoiceBridge is not running. Start it: voicebridge daemon start") from error
    try:
        with suppress(Unavailable):  # one who is refused may still read why
            peer.send(request, PATIENCE)
        yield peer
    finally:
        peer.close()


def verdict(answer: dict[str, Any] | None) -> dict[str, Any]:
    """The last line of a conversation, when all went well.

    Raises:
        Unavailable: when there is none, since the other side has ended before.
        VoiceBridgeError: when it says that it went wrong; a UsageError where what was asked makes no sense.
    """
    if answer is None:
        raise Unavailable("VoiceBridge has ended before it answered. Start it again: voicebridge daemon start")
    if answer.get("ok") is True:
        return answer
    kind = UsageError if answer.get("exit") == UsageError.exit_code else VoiceBridgeError
    raise kind(str(answer.get("error")))


def _last(peer: Peer, until: float, seconds: float) -> dict[str, Any]:
    while True:
        try:
            answer = peer.receive(max(0.0, until - time.monotonic()))
        except Silent as error:
            raise Unavailable(f"VoiceBridge has not answered for {seconds:g} s. Start it again: voicebridge daemon restart") from error
        if answer is None or "ok" in answer:
            return answer or verdict(None)
