"""What a run tells its user on stderr: remarks, warnings, progress. stdout carries text alone."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from voicebridge.sinks.text import clock

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Remarks:
    """Says as much on stderr as the user wants to hear."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        """``quiet`` leaves errors only; ``verbose`` adds what was chosen and how long it took."""
        self.is_quiet = quiet
        self._verbose = verbose
        self._level = logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING
        self.listen_to("voicebridge")

    def listen_to(self, ref: str) -> None:
        """Show what the package logs that a reference, such as ``package.module:attribute``, leads into, as far as the user wants to."""
        handler = logging.StreamHandler()
        handler.setFormatter(_LogLine())
        handler.setLevel(self._level)  # a log may want to hear more of the same package
        logger = logging.getLogger(ref.partition(":")[0].partition(".")[0])
        logger.handlers[:] = [handler]
        logger.setLevel(self._level)

    def say(self, text: str) -> None:
        """A remark that a user wants to hear unless they asked for quiet."""
        if not self.is_quiet:
            _to_stderr(text)

    def detail(self, text: str) -> None:
        """A remark for who asked for more."""
        if self._verbose:
            _to_stderr(text)

    def error(self, text: str) -> None:
        """Something that failed while the rest goes on."""
        _to_stderr(f"Error: {' '.join(text.split())}")


@dataclass
class Pace:
    """How fast a recording is heard in this run, and how long the rest will take. Times are seconds."""

    began: float
    """On the clock, when this run began it."""
    duration: float | None
    """Of the whole, where that is known."""
    first: float = 0.0
    """Where in the recording this run began it."""
    heard: float = 0.0
    """Where in the recording it has got to."""

    @property
    def work(self) -> float:
        """Seconds of the recording that this run has heard."""
        return max(0.0, self.heard - self.first)

    @property
    def left(self) -> float | None:
        """Seconds of the recording that are still to be heard, where that is known."""
        return None if self.duration is None else max(0.0, self.duration - max(self.heard, self.first))

    def factor(self, now: float) -> float | None:
        """The real-time factor: below 1 is faster than it was spoken."""
        return (now - self.began) / self.work if self.work else None


@dataclass
class Total:
    """How far a run has come with all its recordings."""

    recordings: int
    """How many there are."""
    began: float = 0.0
    """On the clock, when the first one was under way: loading the model is no part of the pace."""
    under_way: dict[Path, Pace] = field(default_factory=dict)
    done: int = 0
    """How many have come to their end, good or bad."""
    heard: float = 0.0
    """Seconds that this run heard of those."""
    known: list[float] = field(default_factory=list)
    """The durations that are known so far."""

    def begin(self, recording: Path, pace: Pace) -> None:
        """A recording is under way."""
        if not (self.done or self.under_way):
            self.began = pace.began
        self.under_way[recording] = pace
        if pace.duration is not None:
            self.known.append(pace.duration)

    def end(self, recording: Path) -> None:
        """A recording has come to its end."""
        pace = self.under_way.pop(recording, None)
        self.heard += pace.work if pace else 0.0
        self.done += 1

    def time_left(self, now: float) -> float | None:
        """Seconds that the rest will take, if what has not begun lasts as long as the others on average."""
        heard = self.heard + sum(pace.work for pace in self.under_way.values())
        left = [pace.left for pace in self.under_way.values()]
        if not heard or not self.known or None in left:
            return None
        to_come = self.recordings - self.done - len(self.under_way)
        seconds = sum(each or 0.0 for each in left) + to_come * sum(self.known) / len(self.known)
        return seconds * (now - self.began) / heard


class ProgressBars:
    """How far each recording has been heard, how fast, and how long it will take; on a terminal only."""

    def __init__(self, recordings: int, *, shown: bool) -> None:
        """Nothing is drawn unless ``shown`` is true and stderr is a terminal that can draw; several recordings have a line for all."""
        self._progress = make_progress() if shown and sys.stderr.isatty() else None
        self._tasks: dict[Path, TaskID] = {}
        self._total = Total(recordings)
        self._total_task: TaskID | None = None
        if self._progress is not None and recordings > 1:
            self._total_task = self._progress.add_task("all", total=recordings, where=f"0/{recordings} files", factor="", left="")

    def begin(self, recording: Path, duration: float | None, first: float = 0.0) -> None:
        """Start a recording of ``duration`` seconds, where that is known; up to ``first`` an earlier run had come."""
        self._total.begin(recording, Pace(time.monotonic(), duration, first))
        if self._progress is not None:
            self._tasks[recording] = self._progress.add_task(recording.name, total=duration, where="", factor="", left="")
            self.heard(recording, first)

    def heard(self, recording: Path, seconds: float) -> None:
        """A recording has been heard up to here."""
        pace = self._total.under_way.get(recording)
        if self._progress is None or pace is None:
            return
        pace.heard, now = max(seconds, pace.first), time.monotonic()
        factor = pace.factor(now)
        self._progress.update(
            self._tasks[recording],
            completed=pace.heard,
            where=clock(pace.heard) + (f"/{clock(pace.duration)}" if pace.duration else ""),
            factor="" if factor is None else f"RTF {factor:.2f}",
            left=time_left_text(None if factor is None or pace.left is None else factor * pace.left),
        )
        self._show_total(now)

    def end(self, recording: Path) -> None:
        """A recording has come to its end, good or bad."""
        self._total.end(recording)
        if self._progress is not None:
            task = self._tasks.pop(recording, None)
            if task is not None and self._total_task is not None:
                self._progress.remove_task(task)
            self._show_total(time.monotonic())

    def __enter__(self) -> ProgressBars:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._progress is not None:
            with suppress(OSError):  # the terminal may have gone
                self._progress.stop()

    def _show_total(self, now: float) -> None:
        if self._progress is not None and self._total_task is not None:
            total = self._total
            where = f"{total.done}/{total.recordings} files"
            self._progress.update(self._total_task, completed=total.done, where=where, left=time_left_text(total.time_left(now)))


class _LogLine(logging.Formatter):
    """A library's warning as one line, in the shape of our own."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = "Warning: " if record.levelno >= logging.WARNING else ""
        return prefix + " ".join(record.getMessage().split())


def time_left_text(seconds: float | None) -> str:
    """``1:02 left``, or nothing where that is not known."""
    return "" if seconds is None else f"{clock(seconds)} left"


def _to_stderr(text: str) -> None:
    with suppress(OSError):  # nobody is there to read it, as when a terminal closes: no reason to stop keeping what was done
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def make_progress() -> Progress | None:
    """Bars on stderr, of tasks with the fields ``where``, ``factor`` and ``left``; ``None`` where the terminal can't draw."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.text import Text

    class Name(TextColumn):
        """A recording's name, in which brackets are no markup; the beginning of a long one."""

        def render(self, task: Any) -> Text:
            return Text(task.description if len(task.description) <= 30 else f"{task.description[:29]}…")

    console = Console(stderr=True)
    if console.is_dumb_terminal:
        return None
    columns = [Name(""), BarColumn(), *(TextColumn(f"{{task.fields[{name}]}}") for name in ("where", "factor", "left"))]
    # Text that goes to the same terminal is printed above the bars; text that goes elsewhere must not be caught by them.
    return Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty())
