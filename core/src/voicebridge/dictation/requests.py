"""What other processes may ask of dictation over the control socket: a key of the desktop that runs ``voicebridge dictate toggle``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from voicebridge.control import Handler, Peer


class Recorder(Protocol):
    """Takes dictation; each of these may be called by any thread."""

    def start(self) -> None:
        """Begin a recording, unless one is under way."""

    def stop(self) -> None:
        """End the recording; its text is delivered when it is ready."""

    def toggle(self) -> None:
        """Stop the recording that is under way, or else start one."""

    def cancel(self) -> None:
        """Throw away the recording that is under way."""


def handlers(recorder: Callable[[], Recorder]) -> dict[str, Handler]:
    """``dictate.start`` and its like, done by whoever records when the request comes."""

    def plain(do: Callable[[Recorder], None]) -> Handler:
        def handle(_request: dict[str, Any], _peer: Peer) -> None:
            do(recorder())

        return handle

    return {
        "dictate.start": plain(lambda each: each.start()),
        "dictate.stop": plain(lambda each: each.stop()),
        "dictate.toggle": plain(lambda each: each.toggle()),
        "dictate.cancel": plain(lambda each: each.cancel()),
    }
