"""How long `voicebridge --help` takes beside the `--help` of a two-command Typer script in the same environment.

The script is the floor that Typer and its rendering set. The commands are run in turn, so that a busy moment of the machine falls on
all of them alike. Prints a Markdown table; with `--check` the exit code is 1 when a ratio is above the limit.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median

LIMIT = 1.5
RUNS = 25
FLOOR = '''
import typer

app = typer.Typer()


@app.command()
def hello(name: str, formal: bool = typer.Option(False, help="Say it properly.")) -> None:
    """Greet somebody."""
    print(f"Good day, {name}." if formal else f"Hello {name}")


@app.command()
def goodbye(name: str) -> None:
    """Take leave of somebody."""
    print(f"Goodbye {name}")


app()
'''


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs of each command (default {RUNS})")
    parser.add_argument("--check", action="store_true", help=f"exit 1 when a ratio is above {LIMIT}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "floor.py")
        script.write_text(FLOOR, encoding="utf-8")
        voicebridge = str(Path(sys.executable).with_name("voicebridge"))
        commands = {
            "two-command Typer script, `--help`": [sys.executable, str(script), "--help"],
            "`voicebridge --help`": [voicebridge, "--help"],
            "`voicebridge stt --help`": [voicebridge, "stt", "--help"],
        }
        seconds = measure(commands, arguments.runs, os.environ | {"VOICEBRIDGE_HOME": folder})
    medians = {name: median(times) for name, times in seconds.items()}
    floor = next(iter(medians.values()))
    print(describe_machine(arguments.runs))
    print()
    print("| command | median | fastest | slowest | ratio |")
    print("|---|---|---|---|---|")
    for name, times in seconds.items():
        print(f"| {name} | {ms(medians[name])} | {ms(min(times))} | {ms(max(times))} | {medians[name] / floor:.2f} |")
    worst = max(medians.values()) / floor
    if arguments.check and worst > LIMIT:
        print(f"\nToo slow: {worst:.2f} times the floor, where {LIMIT} is the limit.")
        return 1
    return 0


def measure(commands: dict[str, list[str]], runs: int, environment: dict[str, str]) -> dict[str, list[float]]:
    """Seconds of each run of each command, after one run of each that fills the caches."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
            if turn:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def describe_machine(runs: int) -> str:
    plugins = ", ".join(sorted(point.name for point in entry_points(group="voicebridge"))) or "none"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{machine}; plugins installed: {plugins}; {runs} runs each, in turn."


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
