"""``voicebridge stt`` without a recording: records from the microphone until Enter or silence, and prints what was said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from threading import Event, Thread

from voicebridge.cli import state
from voicebridge.cli.dictate_report import DictateReport
from voicebridge.cli.hotkeys_capture import quiet_terminal
from voicebridge.cli.interrupt import Interrupt, Interrupted
from voicebridge.cli.live import Wanted, make_live
from voicebridge.cli.output import Stdout
from voicebridge.cli.terminal import Remarks
from voicebridge.dictation.desk import Desk
from voicebridge.dictation.dictator import Dictator
from voicebridge.errors import UsageError
from voicebridge.pipeline.deliver import Delivered
from voicebridge.ports import Window

_TICK = 0.2
"""Seconds: on Windows a thread that waits hears of Ctrl-C only when it wakes."""


def run(wanted: Wanted, to: str | None, *, daemon: bool) -> int:
    """Record, print, and return the exit code.

    Args:
        wanted: what the user typed.
        to: ``cursor`` or ``clipboard``, where the text goes there too.
        daemon: whether the daemon's model may be used, where one runs.
    """
    by_enter = sys.stdin is not None and sys.stdin.isatty()
    registry = state.registry()
    if not (by_enter or wanted.dictation.get("stop_after") or registry.config.settings.dictation.stop_after):
        raise UsageError("Name a recording as INPUTS; or, to record without a terminal, say what ends it: --vad-stop 1.5")
    live, ended = make_live(wanted, registry, daemon=daemon), Event()
    report = _Report(live.remarks, "Recording. Press Enter to stop." if by_enter else "Recording.")
    sender = _ToStdout(live.desk, to, report.clear)
    with (
        quiet_terminal() if by_enter else nullcontext(),  # Enter would leave the words on the screen that are not final
        closing(live.journal),
        closing(Dictator(live.desk, live.ears, live.journal, live.settings, sender, report, on_end=ended.set)) as dictator,
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
            report.clear()
            if report.is_recording:
                live.remarks.say("The recording is kept: voicebridge history retry")
            return came.exit_code
    return 1 if report.failed else 0


def _wait_for_enter(ended: Event) -> None:
    sys.stdin.readline()
    ended.set()


class _ToStdout:
    """Prints texts, and copies or inserts them where that is wanted."""

    def __init__(self, desk: Desk, to: str | None, clear: Callable[[], None]) -> None:
        self._desk, self._to, self._clear = desk, to, clear

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
            return self._desk.leave_on_clipboard(text)
        return self._desk.deliver(text, self._desk.window()) if self._to == "cursor" else Delivered("stdout")


class _Report(DictateReport):
    """Says that it records once it does, and notes whether anything failed."""

    failed = is_recording = False

    def __init__(self, remarks: Remarks, recording: str) -> None:
        super().__init__(remarks)
        self._recording = recording

    def listening(self) -> None:
        """Sound arrives: what is said from now on is recorded."""
        self.is_recording = True
        self._remarks.say(self._recording)

    def delivered(self, text: str, delivered: Delivered) -> None:
        """The text itself says that it is there."""
        if not text:
            super().delivered(text, delivered)

    def problem(self, message: str) -> None:
        """Something went wrong."""
        super().problem(message)
        self.failed = True
