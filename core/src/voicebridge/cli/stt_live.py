"""``voicebridge stt`` without a recording: records from the microphone until Enter or silence, and prints what was said."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Thread

from voicebridge import paths
from voicebridge.cli import state
from voicebridge.cli.dictate_report import DictateReport
from voicebridge.cli.fetching import make_ready
from voicebridge.cli.interrupt import Interrupt, Interrupted
from voicebridge.cli.output import Stdout
from voicebridge.cli.terminal import Remarks
from voicebridge.dictation.desk import Desk
from voicebridge.dictation.dictator import Dictator
from voicebridge.dictation.ear import find_ears
from voicebridge.errors import UsageError
from voicebridge.journal.store import Journal
from voicebridge.options import parse_assignments
from voicebridge.pipeline.deliver import Delivered
from voicebridge.ports import Window

_TICK = 0.2
"""Seconds: on Windows a thread that waits hears of Ctrl-C only when it wakes."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the user typed."""

    model: str | None
    asked: Mapping[str, object]
    """Fields of :class:`voicebridge.SttRequest`; what is empty was not given."""
    options: Sequence[str]
    dictation: Mapping[str, object]
    """Keys of ``[dictation]`` over those of the configuration."""
    to: str | None
    """``cursor`` or ``clipboard``, where the text goes there too."""
    quiet: bool
    verbose: bool


def run(wanted: Wanted) -> int:
    """Record, print, and return the exit code."""
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    registry = state.registry()
    settings = registry.config.settings.dictation.model_copy(update=dict(wanted.dictation))
    by_enter = sys.stdin is not None and sys.stdin.isatty()
    if not by_enter and settings.stop_after is None:
        raise UsageError("Name a recording as INPUTS; or, to record without a terminal, say what ends it: --vad-stop 1.5")
    ears = find_ears(registry, model=wanted.model, asked=wanted.asked, layers=[parse_assignments(wanted.options)])
    remarks.listen_to(re.split("[.:]", ears.model.spec.factory)[0])
    make_ready(ears.model, quiet=wanted.quiet)
    desk, report, ended = Desk(registry), _Report(remarks), Event()
    desk.check()
    with (
        closing(Journal(paths.data_dir() / "history", registry.config.settings.history)) as journal,
        closing(Dictator(desk, ears, journal, settings, _ToStdout(desk, wanted.to), report, on_end=ended.set)) as dictator,
    ):
        try:
            with Interrupt():
                dictator.start()
                if by_enter:
                    remarks.say("Talk; Enter ends it.")
                    Thread(target=_wait_for_enter, args=(ended,), name="enter", daemon=True).start()
                while not ended.wait(_TICK):
                    pass
        except Interrupted as came:
            dictator.cancel()
            remarks.say("What you said is kept: voicebridge history retry")
            return came.exit_code
    return 1 if report.failed else 0


def _wait_for_enter(ended: Event) -> None:
    sys.stdin.readline()
    ended.set()


class _ToStdout:
    """Prints texts, and copies or inserts them where that is wanted."""

    def __init__(self, desk: Desk, to: str | None) -> None:
        self._desk, self._to = desk, to

    def before(self, _: Window | None) -> str:
        return ""

    def send(self, text: str, _: Window | None) -> Delivered:
        Stdout().write(f"{text}\n")
        if self._to == "clipboard":
            return self._desk.leave_on_clipboard(text)
        return self._desk.deliver(text, self._desk.window()) if self._to == "cursor" else Delivered("stdout")


class _Report(DictateReport):
    """Notes whether anything failed."""

    failed = False

    def delivered(self, text: str, delivered: Delivered) -> None:
        """The text itself says that it is there."""
        if not text:
            super().delivered(text, delivered)

    def problem(self, message: str) -> None:
        """Something went wrong."""
        super().problem(message)
        self.failed = True
