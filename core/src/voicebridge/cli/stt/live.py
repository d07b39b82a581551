"""``voicebridge stt`` without recordings: record from the microphone until Enter or silence, and print the text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from threading import Event, Thread

from voicebridge.cli.dictate.report import DictateReport
from voicebridge.cli.hotkeys.capture import quiet_terminal
from voicebridge.cli.shared.interrupt import Interrupt, Interrupted
from voicebridge.cli.shared.live_setup import LiveArguments, make_live
from voicebridge.cli.shared.output import Stdout
from voicebridge.cli.shared.state import RunState
from voicebridge.cli.shared.terminal import Remarks
from voicebridge.dictation.dictator import Dictator
from voicebridge.dictation.insert import Delivered
from voicebridge.dictation.services import DesktopServices
from voicebridge.errors import UsageError
from voicebridge.ports import Window
from voicebridge.runtime.events import emit

_TICK = 0.2
"""Seconds: on Windows, a waiting thread receives Ctrl-C only when it wakes up."""


def run(wanted: LiveArguments, state: RunState, to: str | None, *, daemon: bool) -> int:
    """Record, print, and return the exit code.

    Args:
        wanted: the command-line arguments.
        state: of the run.
        to: ``cursor`` or ``clipboard``, as an additional destination.
        daemon: whether to use the daemon's model, if it runs.
    """
    by_enter = sys.stdin is not None and sys.stdin.isatty()
    registry = state.registry()
    if not (by_enter or wanted.dictation.get("stop_after") or registry.config.settings.dictation.stop_after):
        raise UsageError("Give a recording as INPUTS; or, to record without a terminal, stop at silence: --stop-after 1.5")
    live, ended = make_live(wanted, registry, daemon=daemon), Event()
    report = _Report(live.remarks, "Recording. Press Enter to stop." if by_enter else "Recording.")
    sender = _ToStdout(live.services, to, live.remarks.line.clear)
    with (
        quiet_terminal() if by_enter else nullcontext(),  # Enter would leave words on the screen that are not final
        closing(live.history),
        closing(live.engines),
        closing(
            Dictator(live.services, live.lazy_model, live.history, live.settings, live.filters, sender, report, on_end=ended.set, emit=emit)
        ) as dictator,
    ):
        try:
            with Interrupt():
                dictator.start()
                if by_enter:
                    Thread(target=_wait_for_enter, args=(ended,), name="enter", daemon=True).start()
                while not ended.wait(_TICK):
                    pass
        except Interrupted as came:
            dictator.cancel()
            live.remarks.line.clear()
            if report.is_recording:
                live.remarks.say("The recording is kept. Transcribe it: voicebridge history retry")
            return came.exit_code
    return 1 if report.failed else 0


def _wait_for_enter(ended: Event) -> None:
    sys.stdin.readline()
    ended.set()


class _ToStdout:
    """Prints texts, and copies or inserts them if requested."""

    def __init__(self, services: DesktopServices, to: str | None, clear: Callable[[], None]) -> None:
        self._services, self._to, self._clear = services, to, clear

    def prepare(self) -> None:
        pass

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass

    def close(self) -> None:
        pass

    def around(self, _: Window | None) -> None:
        return None

    def send(self, text: str, _: Window | None) -> Delivered:
        self._clear()
        Stdout().write(f"{text}\n")
        if self._to == "clipboard":
            return self._services.leave_on_clipboard(text)
        return self._services.deliver(text, self._services.window()) if self._to == "cursor" else Delivered("stdout")


class _Report(DictateReport):
    """Prints when recording starts, and records whether there was an error."""

    failed = is_recording = False

    def __init__(self, remarks: Remarks, recording: str) -> None:
        super().__init__(remarks)
        self._recording = recording

    def listening(self) -> None:
        """The microphone delivers audio: recording starts now."""
        self.is_recording = True
        self._remarks.say(self._recording)

    def delivered(self, text: str, delivered: Delivered) -> None:
        """Does nothing: the text itself is printed."""
        if not text:
            super().delivered(text, delivered)

    def problem(self, message: str) -> None:
        """An error."""
        super().problem(message)
        self.failed = True
