"""What the benchmarks share: sides measured in turn, so that a busy moment of the machine falls on all of them alike, and their tables."""

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
    """What one run of a command took."""

    seconds: float
    """Wall time from start to exit."""
    cpu: float
    """Seconds of CPU, user and system, of the process and of those that it waited for; not a number where the platform doesn't tell."""
    peak: float
    """Peak memory in MiB of the largest of these processes; not a number where the platform doesn't tell."""
    output: str
    """What it printed."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A promise, and what was measured of it."""

    what: str
    measured: float
    most: float
    decimals: int = 2

    @property
    def holds(self) -> bool:
        """Whether it is kept; what could not be measured is not."""
        return round(self.measured, 6) <= self.most


def arguments_of(what: str | None, runs: int, add: Callable[[argparse.ArgumentParser], None] | None = None) -> argparse.Namespace:
    """Read the command line: the options of every benchmark, and those that ``add`` adds.

    Args:
        what: the script's docstring.
        runs: how often each side is measured unless the user says otherwise; once, for ``--quick``.
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


def run(command: Sequence[str | Path], environment: Mapping[str, str]) -> Run:
    """Run a command to its end.

    Raises:
        SystemExit: when it fails, with the end of what it said.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        cpu, peak = _wait(process)
        seconds = time.perf_counter() - began
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, command))} failed with exit code {process.returncode}:\n{_text(errors)[-2000:]}")
        return Run(seconds, cpu, peak, _text(output))


def in_turn(sides: Mapping[str, Callable[[], T]], runs: int, *, warm_up: bool = False) -> dict[str, list[T]]:
    """Measure the sides in turn, A B C A B C …, as often as ``runs`` says; ``warm_up`` adds a first round that is not counted."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for turn in range(runs + warm_up):
        for name, measure in sides.items():
            measured = measure()
            if turn >= warm_up:
                found[name].append(measured)
    return found


def measure(commands: Mapping[str, Sequence[str | Path]], runs: int, environment: Mapping[str, str]) -> dict[str, list[Run]]:
    """The runs of each command, after one of each that fills the caches."""

    def side(command: Sequence[str | Path]) -> Callable[[], Run]:
        return lambda: run(command, environment)

    return in_turn({name: side(command) for name, command in commands.items()}, runs, warm_up=True)


def print_machine(*remarks: str, packages: Iterable[str] = ()) -> None:
    """Say on what machine and with which packages this is measured, and how busy the machine is already."""
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
    """Print what was promised beside what was measured, and return whether all of it holds."""
    print_rows(
        ["limit", "measured", "at most", "holds"],
        [
            [each.what, f"{each.measured:.{each.decimals}f}", f"{each.most:.{each.decimals}f}", "yes" if each.holds else "**no**"]
            for each in limits
        ],
    )
    return all(each.holds for each in limits)


def exit_code(arguments: argparse.Namespace, *, holds: bool) -> int:
    """What the script exits with."""
    return int(arguments.check and not holds)


def own_command(name: str) -> str:
    """A command of the environment that this runs in."""
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
