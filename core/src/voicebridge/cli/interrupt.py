"""Ctrl-C that is not lost.

Python raises KeyboardInterrupt wherever the main thread happens to be. Some libraries catch everything at some places, PyAV's
resampler among them, and an interrupt that falls there is forgotten: about one in seven was. So it is also written down, and raised
again at the next safe point.
"""

from __future__ import annotations

import signal
from types import FrameType, TracebackType


class Interrupt:
    """Remembers Ctrl-C while it is entered; belongs to the main thread."""

    def __init__(self) -> None:
        self._came = False

    def check(self) -> None:
        """Raise KeyboardInterrupt when Ctrl-C has come."""
        if self._came:
            raise KeyboardInterrupt

    def __enter__(self) -> Interrupt:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        raise KeyboardInterrupt
