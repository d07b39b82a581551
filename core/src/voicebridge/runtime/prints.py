"""Send what a plugin prints to its log instead of standard output, which may carry a transcript or JSON."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Any, TextIO, cast

_thread = local()


class _DividedOutput:
    """Replaces ``sys.stdout`` while plugin code runs: output of that code's thread goes to a log, other threads write to the original."""

    def __init__(self, output: TextIO) -> None:
        self.output = output
        self.calls = 0
        """Calls of plugin code in progress; one that hangs never ends."""

    def write(self, text: str) -> int:
        log: logging.Logger | None = getattr(_thread, "log", None)
        if log is None:
            return self.output.write(text)
        for line in text.splitlines():
            if line.strip():
                log.info("%s", line.strip())
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.output, name)


_lock = Lock()


def _divide() -> _DividedOutput:
    """Replace ``sys.stdout``, unless it is already; :func:`_restore` undoes it after the last of several calls at a time."""
    with _lock:
        if not isinstance(sys.stdout, _DividedOutput):
            sys.stdout = cast(TextIO, _DividedOutput(sys.stdout))
        divided = cast(_DividedOutput, sys.stdout)
        divided.calls += 1
        return divided


def _restore(divided: _DividedOutput) -> None:
    with _lock:
        divided.calls -= 1
        if not divided.calls and sys.stdout is cast(TextIO, divided):
            sys.stdout = divided.output


@contextmanager
def prints_logged(log: logging.Logger) -> Iterator[None]:
    """While plugin code runs in this thread, log what it prints at INFO."""
    before = getattr(_thread, "log", None)
    divided = _divide() if sys.stdout is not None else None
    try:
        _thread.log = log
        yield
    finally:
        _thread.log = before
        if divided is not None:
            _restore(divided)


@contextmanager
def prints_shown() -> Iterator[None]:
    """Inside :func:`prints_logged`, let the caller's own code print to standard output again."""
    before = getattr(_thread, "log", None)
    try:
        _thread.log = None
        yield
    finally:
        _thread.log = before
