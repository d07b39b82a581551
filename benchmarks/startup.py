"""How long `voicebridge --help` takes beside the `--help` of a two-command Typer script in the same environment.

The script is the floor that Typer and its rendering set. The commands are run in turn, so that a busy moment of the machine falls on
all of them alike. Prints a Markdown table; with `--check` the exit code is 1 when a ratio is above the limit.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

from _side_by_side import measure, print_table

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
    plugins = ", ".join(sorted(point.name for point in entry_points(group="voicebridge"))) or "none"
    worst = print_table("command", seconds, f"plugins installed: {plugins}")
    if arguments.check and worst > LIMIT:
        print(f"\nToo slow: {worst:.2f} times the floor, where {LIMIT} is the limit.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
