"""Messages on stderr: remarks, warnings, progress. stdout is only for text."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from voicebridge.cli.shared.one_line import OneLine
from voicebridge.stt.formats.text import clock

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

_WHOLE_RUN = 1e9
"""Seconds over which the speed is averaged: an engine may yield the text of minutes at once, and then nothing for as long."""


class Remarks:
    """Prints messages on stderr, as verbosely as the user wants."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        """``quiet`` prints only errors; ``verbose`` adds the model, options and timings."""
        self.is_quiet = quiet
        self._verbose = verbose
        self.line = OneLine(shown=not quiet)
        """A line that is replaced in place; messages are printed instead of it."""
        self._level = logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING
        self.listen_to("voicebridge")

    def listen_to(self, ref: str) -> None:
        """Show log messages of the package of a reference such as ``package.module:attribute``, depending on verbosity."""
        handler = _LogLines(self.line)
        handler.setFormatter(_LogLine())
        handler.setLevel(self._level)  # a log may need a lower level for the same package
        logger = logging.getLogger(ref.partition(":")[0].partition(".")[0])
        logger.handlers[:] = [handler]
        logger.setLevel(self._level)

    def say(self, text: str) -> None:
        """A remark, omitted with ``--quiet``."""
        if not self.is_quiet:
            self._print(text)

    def detail(self, text: str) -> None:
        """A remark for ``--verbose``."""
        if self._verbose:
            self._print(text)

    def error(self, text: str) -> None:
        """An error that doesn't stop the run."""
        self._print(f"Error: {' '.join(text.split())}")

    def _print(self, text: str) -> None:
        with suppress(OSError):  # nobody can read it, as when a terminal closes; that must not prevent saving the results
            self.line.clear()
            print(text, file=sys.stderr, flush=True)  # noqa: T201


@dataclass
class RecordingProgress:
    """How much of a recording this run has transcribed, and how fast. Times are in seconds."""

    began: float
    """Clock time at which this run started it."""
    duration: float | None
    """Of the whole recording, if known."""
    first: float = 0.0
    """Position in the recording at which this run started."""
    heard: float = 0.0
    """Current position in the recording."""

    @property
    def work(self) -> float:
        """Seconds of the recording that this run has transcribed."""
        return max(0.0, self.heard - self.first)

    @property
    def left(self) -> float | None:
        """Seconds of the recording that remain, if known."""
        return None if self.duration is None else max(0.0, self.duration - max(self.heard, self.first))

    def factor(self, now: float) -> float | None:
        """The real-time factor: below 1 is faster than real time."""
        return (now - self.began) / self.work if self.work else None


@dataclass
class Total:
    """The progress of a run over all its recordings."""

    recordings: int
    """The number of recordings."""
    under_way: dict[Path, RecordingProgress] = field(default_factory=dict)
    done: int = 0
    """The number of finished recordings, including failed ones."""
    heard: float = 0.0
    """Seconds that this run transcribed of these."""
    known: list[float] = field(default_factory=list)
    """The known durations."""

    def begin(self, recording: Path, pace: RecordingProgress) -> None:
        """A recording has started."""
        self.under_way[recording] = pace
        if pace.duration is not None:
            self.known.append(pace.duration)

    def end(self, recording: Path) -> None:
        """A recording is finished."""
        pace = self.under_way.pop(recording, None)
        self.heard += pace.work if pace else 0.0
        self.done += 1

    @property
    def work(self) -> float:
        """Seconds of all recordings that this run has transcribed."""
        return self.heard + sum(pace.work for pace in self.under_way.values())

    @property
    def left(self) -> float | None:
        """Estimated remaining seconds, assuming the average duration for recordings that have not started; ``None`` if unknown."""
        left = [pace.left for pace in self.under_way.values()]
        if not self.known or None in left:
            return None
        to_come = self.recordings - self.done - len(self.under_way)
        return sum(each or 0.0 for each in left) + to_come * sum(self.known) / len(self.known)


class ProgressBars:
    """Progress bars with speed and remaining time; only on a terminal."""

    def __init__(self, recordings: int, *, shown: bool) -> None:
        """Nothing is drawn unless ``shown`` is true and stderr is a capable terminal; several recordings get an additional bar for all."""
        self._progress = make_progress() if shown and sys.stderr.isatty() else None
        self._tasks: dict[Path, TaskID] = {}
        self._diarizing: set[Path] = set()
        self._total = Total(recordings)
        self._total_task: Task | None = None
        if self._progress is not None and recordings > 1:
            self._progress.add_task("all", total=None, where=f"0/{recordings} files", factor="")
            [self._total_task] = self._progress.tasks

    def begin(self, recording: Path, duration: float | None, first: float = 0.0) -> None:
        """Start a recording of ``duration`` seconds, if known, which an earlier run has transcribed up to ``first``."""
        self._total.begin(recording, RecordingProgress(time.monotonic(), duration, first))
        if self._progress is not None:
            task = self._progress.add_task(recording.name, total=duration, where="", factor="")
            self._tasks[recording] = task
            if self._total_task is not None and not self._total.work:
                self._progress.reset(self._total_task.id)  # without the time for loading the model
                self._progress.advance(self._total_task.id, 0)
            self.heard(recording, first)
            self._progress.advance(task, 0)  # the speed is measured from here on

    def heard(self, recording: Path, seconds: float) -> None:
        """A recording has been transcribed up to this time."""
        pace = self._total.under_way.get(recording)
        if self._progress is None or pace is None:
            return
        pace.heard, now = max(seconds, pace.first), time.monotonic()
        if recording in self._diarizing:  # the speed is that of transcribing alone
            self._diarizing.remove(recording)
            pace.began = now
            self._progress.reset(self._tasks[recording])
            self._progress.advance(self._tasks[recording], 0)
        factor = pace.factor(now)
        self._progress.update(
            self._tasks[recording],
            completed=pace.heard,
            where=_where(pace.heard, pace.duration),
            factor="" if factor is None else f"RTF {factor:.2f}",
        )
        self._show_total()

    def diarized(self, recording: Path, seconds: float) -> None:
        """A diarizer has read a recording up to this time, before it is transcribed; the bar then starts again."""
        pace = self._total.under_way.get(recording)
        if self._progress is None or pace is None:
            return
        self._diarizing.add(recording)
        where = f"speakers {_where(seconds, pace.duration)}"
        self._progress.update(self._tasks[recording], completed=seconds, where=where, factor="")

    def end(self, recording: Path) -> None:
        """A recording is finished, or has failed."""
        self._total.end(recording)
        self._diarizing.discard(recording)
        if self._progress is not None:
            task = self._tasks.pop(recording, None)
            if task is not None and self._total_task is not None:
                self._progress.remove_task(task)
            self._show_total()

    def __enter__(self) -> ProgressBars:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._progress is not None:
            with suppress(OSError):  # the terminal may be closed
                self._progress.stop()

    def _show_total(self) -> None:
        if self._progress is not None and self._total_task is not None:
            total = self._total
            # Not with update(), which would reset the speed.
            self._total_task.total = None if total.left is None else total.work + total.left
            where = f"{total.done}/{total.recordings} files"
            self._progress.update(self._total_task.id, completed=total.work, where=where)


def _where(seconds: float, duration: float | None) -> str:
    """A position in a recording of that duration, if known."""
    return clock(seconds) + (f"/{clock(duration)}" if duration else "")


class _LogLines(logging.StreamHandler[TextIO]):
    """Prints log messages on stderr instead of the line that is replaced in place."""

    def __init__(self, line: OneLine) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Print a message."""
        with suppress(OSError):
            self._line.clear()
        super().emit(record)


class _LogLine(logging.Formatter):
    """A library's warning in one line, in our own format."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = "Warning: " if record.levelno >= logging.WARNING else ""
        return prefix + " ".join(record.getMessage().split())


def make_progress() -> Progress | None:
    """Bars on stderr for tasks with the fields ``where`` and ``factor``; ``None`` if the terminal is not capable."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Name(TextColumn):
        """A recording's name with escaped brackets, shortened if it is long."""

        def render(self, task: Any) -> Text:
            return Text(task.description if len(task.description) <= 30 else f"{task.description[:29]}…")

    class Left(TimeRemainingColumn):
        """``01:02 left``; empty while the speed is unknown."""

        def render(self, task: Any) -> Text:
            return Text() if task.time_remaining is None else super().render(task).append(" left")

    console = Console(stderr=True)
    if console.is_dumb_terminal:
        return None
    columns = [Name(""), BarColumn(), *(TextColumn(f"{{task.fields[{name}]}}") for name in ("where", "factor")), Left(compact=True)]
    # Text for the same terminal is printed above the bars; text for another destination must not be captured by them.
    return Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty(), speed_estimate_period=_WHOLE_RUN)
