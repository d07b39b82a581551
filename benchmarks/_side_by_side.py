"""Shared by the benchmarks: measure alternately, so that other load on the machine affects all sides equally, and print tables."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import IO, TypeVar

T = TypeVar("T")
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Run:
    """The measurements of one run of a command."""

    seconds: float
    """Wall time from start to exit."""
    cpu: float
    """CPU seconds, user and system, of the process and of the children it waited for; NaN if the platform does not report them."""
    peak: float
    """Peak memory in MiB of the largest of these processes; NaN if the platform does not report it."""
    output: str
    """The output of the command."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit, and the measured value."""

    what: str
    measured: float
    most: float
    decimals: int = 2

    @property
    def holds(self) -> bool:
        """Whether the limit is kept; NaN does not keep it."""
        return round(self.measured, 6) <= self.most


def arguments_of(what: str | None, runs: int, add: Callable[[argparse.ArgumentParser], None] | None = None) -> argparse.Namespace:
    """Parse the command line: the options of every benchmark, and those that ``add`` adds.

    Args:
        what: the script's docstring.
        runs: default number of measurements per side; 1 with ``--quick``.
        add: adds the script's own options.
    """
    parser = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help=f"how often each side is measured (default {runs})")
    parser.add_argument("--quick", action="store_true", help="a little of everything, to see that it works: the figures mean nothing")
    parser.add_argument("--check", action="store_true", help="exit 1 when a limit does not hold")
    if add:
        add(parser)
    arguments = parser.parse_args()
    arguments.runs = arguments.runs or (1 if arguments.quick else runs)
    return arguments


def run(command: Sequence[str | Path], environment: Mapping[str, str], code: int = 0) -> Run:
    """Run a command to its end, with the exit code that it has to have.

    Raises:
        SystemExit: if it fails, with the end of its output.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        cpu, peak = _wait(process)
        seconds = time.perf_counter() - began
        if process.returncode != code:
            raise SystemExit(f"{' '.join(map(str, command))} failed with exit code {process.returncode}:\n{_text(errors)[-2000:]}")
        return Run(seconds, cpu, peak, _text(output))


def in_turn(sides: Mapping[str, Callable[[], T]], runs: int, *, warm_up: bool = False) -> dict[str, list[T]]:
    """Measure the sides alternately, A B C A B C …, ``runs`` times each; ``warm_up`` adds a first round that is not counted."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for turn in range(runs + warm_up):
        for name, measure in sides.items():
            measured = measure()
            if turn >= warm_up:
                found[name].append(measured)
    return found


def measure(commands: Mapping[str, Sequence[str | Path]], runs: int, environment: Mapping[str, str]) -> dict[str, list[Run]]:
    """Run each command ``runs`` times, after one run of each that fills the caches."""

    def side(command: Sequence[str | Path]) -> Callable[[], Run]:
        return lambda: run(command, environment)

    return in_turn({name: side(command) for name, command in commands.items()}, runs, warm_up=True)


def print_machine(*remarks: str, packages: Iterable[str] = ()) -> None:
    """Print the machine, its current load, and the versions of packages."""
    machine = [f"{platform.system()} {platform.machine()}", _processor(), f"{os.cpu_count()} cores", f"Python {platform.python_version()}"]
    machine += [f"{name} {version(name)}" for name in packages]
    if hasattr(os, "getloadavg"):
        machine.append(f"load {os.getloadavg()[0]:.1f} before")
    print("; ".join(filter(None, [", ".join(filter(None, machine)), *remarks])) + ".\n", flush=True)


def print_rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |")
    print(flush=True)


def print_times(what: str, seconds: Mapping[str, Sequence[float]]) -> float:
    """Print a table of times, and return the worst ratio of a median to the first one's."""
    first = median(next(iter(seconds.values())))
    print_rows(
        [what, "median", "fastest", "slowest", "ratio"],
        [
            [name, f"{_ms(median(times))}", f"{_ms(min(times))}", f"{_ms(max(times))}", f"{median(times) / first:.2f}"]
            for name, times in seconds.items()
        ],
    )
    return max(median(times) / first for times in seconds.values())


def print_limits(limits: Sequence[Limit]) -> bool:
    """Print the limits next to the measured values, and return whether all are kept."""
    print_rows(
        ["limit", "measured", "at most", "holds"],
        [
            [each.what, f"{each.measured:.{each.decimals}f}", f"{each.most:.{each.decimals}f}", "yes" if each.holds else "**no**"]
            for each in limits
        ],
    )
    return all(each.holds for each in limits)


def exit_code(arguments: argparse.Namespace, *, holds: bool) -> int:
    """The exit code of the script."""
    return int(arguments.check and not holds)


def own_command(name: str) -> str:
    """The path of a command in the current environment."""
    return str(Path(sys.executable).with_name(name))


def _wait(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    if not hasattr(os, "wait4"):
        process.wait()
        return float("nan"), float("nan")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / MIB


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
