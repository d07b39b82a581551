"""Requests to dictation, by hotkeys and by other processes on the control socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from voicebridge.control import Handler, Peer
from voicebridge.dictation.following import REQUEST, Followers
from voicebridge.hotkeys.actions import Action


class Recorder(Protocol):
    """Dictation; all methods can be called from any thread."""

    @property
    def recording(self) -> bool:
        """Whether a recording is in progress."""

    def start(self) -> None:
        """Start a recording, unless one is in progress."""

    def stop(self) -> None:
        """End the recording; its text is delivered when it is ready."""

    def toggle(self) -> None:
        """End the recording in progress, or else start one."""

    def cancel(self) -> None:
        """Discard the recording in progress."""

    def drop(self) -> None:
        """Discard the recording in progress, which was started by mistake."""


def press(recorder: Recorder, action: Action) -> None:
    """Run the action of a hotkey.

    Raises:
        VoiceBridgeError: if it fails.
    """
    if action is Action.CANCEL:
        recorder.cancel()
    elif action is Action.DROP:
        recorder.drop()
    elif action is Action.STOP or recorder.recording:  # the hotkey ends a recording started by another process
        recorder.stop()
    else:
        recorder.start()


def handlers(recorder: Callable[[], Recorder], followers: Followers) -> dict[str, Handler]:
    """The handlers of ``dictate.start`` and related requests; ``followers`` are those of the recorder."""

    def plain(do: Callable[[Recorder], None]) -> Handler:
        def handle(_request: dict[str, Any], _peer: Peer) -> None:
            do(recorder())

        return handle

    return {
        "dictate.start": plain(lambda each: each.start()),
        "dictate.stop": plain(lambda each: each.stop()),
        "dictate.toggle": plain(lambda each: each.toggle()),
        "dictate.cancel": plain(lambda each: each.cancel()),
        REQUEST: lambda _, peer: followers.serve(peer, lambda: recorder().recording),
    }
