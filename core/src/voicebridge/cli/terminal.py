"""What a run tells its user on stderr: remarks, warnings, progress. stdout carries text alone."""

from __future__ import annotations

import logging
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Remarks:
    """Says as much on stderr as the user wants to hear."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        """``quiet`` leaves errors only; ``verbose`` adds what was chosen and how long it took."""
        self._quiet = quiet
        self._verbose = verbose
        self._level = logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING
        self.listen_to("voicebridge")

    def listen_to(self, package: str) -> None:
        """Show what a package logs, as far as the user wants to hear it."""
        handler = logging.StreamHandler()
        handler.setFormatter(_LogLine())
        logger = logging.getLogger(package)
        logger.handlers[:] = [handler]
        logger.setLevel(self._level)

    def say(self, text: str) -> None:
        """A remark that a user wants to hear unless they asked for quiet."""
        if not self._quiet:
            _to_stderr(text)

    def detail(self, text: str) -> None:
        """A remark for who asked for more."""
        if self._verbose:
            _to_stderr(text)

    def error(self, text: str) -> None:
        """Something that failed while the rest goes on."""
        _to_stderr(f"Error: {' '.join(text.split())}")


class ProgressBar:
    """How far a recording has been heard, how fast, and how long it will take; on a terminal only."""

    def __init__(self, *, shown: bool) -> None:
        """Nothing is drawn unless ``shown`` is true and stderr is a terminal."""
        self._progress = _make_progress() if shown and sys.stderr.isatty() else None
        self._task: TaskID | None = None
        self._began = 0.0

    def begin(self, name: str, duration: float | None) -> None:
        """Start a recording of ``duration`` seconds, where that is known."""
        if self._progress is not None:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._began = time.monotonic()
            self._task = self._progress.add_task(name, total=duration, factor="")

    def heard(self, seconds: float) -> None:
        """The recording has been heard up to here."""
        if self._progress is not None and self._task is not None:
            elapsed = time.monotonic() - self._began
            factor = f"RTF {elapsed / seconds:.2f}" if seconds else ""  # real-time factor: below 1 is faster than it was spoken
            self._progress.update(self._task, completed=seconds, factor=factor)

    def __enter__(self) -> ProgressBar:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._progress is not None:
            self._progress.stop()


class _LogLine(logging.Formatter):
    """A library's warning as one line, in the shape of our own."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = "Warning: " if record.levelno >= logging.WARNING else ""
        return prefix + " ".join(record.getMessage().split())


def clock(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def _make_progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class HeardColumn(ProgressColumn):
        """``2:03/10:00`` of the recording."""

        def render(self, task: Task) -> Text:
            total = f"/{clock(task.total)}" if task.total else ""
            return Text(f"{clock(task.completed)}{total}")

    columns = [TextColumn("{task.description}"), BarColumn(), HeardColumn(), TextColumn("{task.fields[factor]}"), TimeRemainingColumn()]
    # Text that goes to the same terminal is printed above the bar; text that goes elsewhere must not be caught by it.
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty())
