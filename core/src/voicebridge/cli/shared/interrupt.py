"""Ctrl-C and other requests to stop: a service manager's SIGTERM, a closed terminal."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType

_SIGNALS = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]


class Interrupted(KeyboardInterrupt):
    """A signal was received."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number
        """The exit code for the signal: 130 for Ctrl-C, 143 for SIGTERM, 129 for a closed terminal."""


class Interrupt:
    """Inside the block, the first signal raises :class:`Interrupted` in the main thread, and a second ends the process immediately."""

    def __enter__(self) -> Interrupt:
        self._came = False
        # The parent process may have chosen to ignore a signal: nohup ignores SIGHUP, a shell's & ignores SIGINT.
        self._before = {number: signal.getsignal(number) for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN}
        for number in self._before:
            signal.signal(number, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self._came:
            os._exit(128 + number)  # nothing is lost: every segment is in its log
        self._came = True
        raise Interrupted(number)
