"""What the benchmarks share: commands run in turn, so that a busy moment of the machine falls on all of them alike, and their table."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median


def measure(commands: Mapping[str, Sequence[str | Path]], runs: int, environment: dict[str, str]) -> dict[str, list[float]]:
    """Seconds of each run of each command, after one run of each that fills the caches."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
            if turn:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def print_table(what: str, seconds: Mapping[str, Sequence[float]], remark: str = "") -> float:
    """Name the machine, print a Markdown table, and return the worst ratio of a median to the first one's."""
    runs = len(next(iter(seconds.values())))
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print("; ".join(filter(None, [machine, remark, f"{runs} runs each, in turn."])))
    print(f"\n| {what} | median | fastest | slowest | ratio |\n|---|---|---|---|---|")
    first = median(next(iter(seconds.values())))
    for name, times in seconds.items():
        print(f"| {name} | {_ms(median(times))} | {_ms(min(times))} | {_ms(max(times))} | {median(times) / first:.2f} |")
    return max(median(times) / first for times in seconds.values())


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
