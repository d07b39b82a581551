"""How long `voicebridge --help` takes beside the `--help` of a two-command Typer script in the same environment.

The script is the floor that Typer and its rendering set. The commands are run in turn, so that a busy moment of the machine falls on
all of them alike. Prints Markdown tables; with `--check` the exit code is 1 when a ratio is above the limit.
"""

from __future__ import annotations

import os
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

from _side_by_side import Limit, arguments_of, exit_code, measure, own_command, print_limits, print_machine, print_times

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
    arguments = arguments_of(__doc__, RUNS)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "floor.py")
        script.write_text(FLOOR, encoding="utf-8")
        voicebridge = own_command("voicebridge")
        commands = {
            "two-command Typer script, `--help`": [sys.executable, str(script), "--help"],
            "`voicebridge --help`": [voicebridge, "--help"],
            "`voicebridge stt --help`": [voicebridge, "stt", "--help"],
        }
        runs = measure(commands, arguments.runs, os.environ | {"VOICEBRIDGE_HOME": folder})
    plugins = ", ".join(sorted(point.name for point in entry_points(group="voicebridge"))) or "none"
    print_machine(f"plugins installed: {plugins}", f"runs of each, in turn: {arguments.runs}")
    worst = print_times("command", {name: [each.seconds for each in measured] for name, measured in runs.items()})
    return exit_code(arguments, holds=print_limits([Limit("times the floor", worst, LIMIT)]))


if __name__ == "__main__":
    sys.exit(main())
