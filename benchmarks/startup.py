"""The time of help pages, compared with minimal Typer scripts in the same environment, and with 50 plugins, compared with none.

The scripts show the minimum that Typer and its rendering need: for `voicebridge --help` one with two commands, for `voicebridge stt --help`
and `voicebridge tts --help` one with the same options each. For the plugins, `voicebridge --help`, `--version` and a
misspelled command are run in two fresh environments: one with the core alone, one with 50 small plugins of all kinds. The commands are run
alternately, so that other load on the machine affects all of them equally. Prints Markdown tables; with `--check` the exit code is 1 if a
ratio is above the limit.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
from collections.abc import Callable
from enum import EnumType
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median
from types import UnionType
from typing import Any, get_args, get_type_hints

from _many_plugins import MANY, make_environments
from _side_by_side import (
    Limit,
    arguments_of,
    exit_code,
    in_turn,
    measure,
    own_command,
    print_limits,
    print_machine,
    print_rows,
    print_times,
    run,
)
from voicebridge.cli.stt.command import stt
from voicebridge.cli.tts.command import tts

LIMIT = 1.15
PLUGINS_LIMIT = 1.2
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


VERBS: dict[str, Callable[..., None]] = {"stt": stt, "tts": tts}
LINES = {"--help": 0, "--version": 0, "sst": 2}
"""What is run with plugins and without, and its exit code."""


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    with tempfile.TemporaryDirectory() as folder:
        voicebridge = own_command("voicebridge")
        scripts = {"two-command Typer script": FLOOR} | {f"Typer script with {verb}'s options": _bare(VERBS[verb]) for verb in VERBS}
        ours = {"voicebridge --help": ["--help"]} | {f"voicebridge {verb} --help": [verb, "--help"] for verb in VERBS}
        commands: dict[str, list[str | Path]] = {}
        for number, ((floor, source), (name, words)) in enumerate(zip(scripts.items(), ours.items(), strict=True)):
            script = Path(folder, f"floor_{number}.py")
            script.write_text(source, encoding="utf-8")
            commands |= {f"{floor}, `--help`": [sys.executable, script, "--help"], f"`{name}`": [voicebridge, *words]}
        runs = measure(commands, arguments.runs, os.environ | {"VOICEBRIDGE_HOME": folder})
    plugins = ", ".join(sorted(point.name for point in entry_points(group="voicebridge"))) or "none"
    print_machine(f"plugins installed: {plugins}", f"runs of each, in turn: {arguments.runs}")
    print_times("command", {name: [each.seconds for each in measured] for name, measured in runs.items()})
    times = [median(each.seconds for each in measured) for measured in runs.values()]
    limits = [
        Limit(f"{name}, times its script", own / floor, LIMIT) for name, floor, own in zip(ours, times[::2], times[1::2], strict=True)
    ]
    limits += _with_many_plugins(arguments.runs)
    return exit_code(arguments, holds=print_limits(limits))


def _with_many_plugins(runs: int) -> list[Limit]:
    """Compare an environment with many plugins to one with the core alone, print the times, and return the limits."""
    limits, rows = [], []
    with tempfile.TemporaryDirectory() as name:
        commands = dict(zip(("none", str(MANY)), make_environments(Path(name)), strict=True))
        # Each has its own home, as the commands of plugins are cached there for one environment.
        homes = {plugins: os.environ | {"VOICEBRIDGE_HOME": str(Path(name, f"home-{plugins}"))} for plugins in commands}
        for line, code in LINES.items():
            sides = {plugins: partial(run, [command, line], homes[plugins], code) for plugins, command in commands.items()}
            measured = in_turn(sides, runs, warm_up=True)
            wall = {plugins: median(each.seconds for each in found) for plugins, found in measured.items()}
            cpu = {plugins: median(each.cpu for each in found) for plugins, found in measured.items()}
            for plugins in commands:
                times = [f"{wall[plugins] * 1000:.0f} ms", f"{wall[plugins] / wall['none']:.2f}"]
                times += [f"{cpu[plugins] * 1000:.0f} ms", f"{cpu[plugins] / cpu['none']:.2f}"]
                rows.append([f"`voicebridge {line}`", plugins, *times])
            limits.append(Limit(f"voicebridge {line} with {MANY} plugins, times without", wall[str(MANY)] / wall["none"], PLUGINS_LIMIT))
    print_rows(["command", "plugins", "median", "ratio", "CPU time", "ratio"], rows)
    return limits


def _bare(verb: Callable[..., None]) -> str:
    """A Typer script whose only command has the parameters and help of a VoiceBridge command, in the same panels, and does nothing."""
    hints = get_type_hints(verb, include_extras=True)
    lines = []
    for name, parameter in inspect.signature(verb).parameters.items():
        if name == "context":
            continue
        kind, declared = get_args(hints[name])
        words = [repr(word) for word in (declared.default, *(declared.param_decls or ())) if isinstance(word, str)]
        words += [
            f"{each}={value!r}"
            for each in ("metavar", "help", "min", "max", "rich_help_panel")
            if (value := getattr(declared, each)) is not None
        ]
        option = f"typer.{type(declared).__name__.removesuffix('Info')}({', '.join(words)})"
        written = " | ".join(map(_type, get_args(kind) if isinstance(kind, UnionType) else (kind,)))
        lines.append(f"    {name}: Annotated[{written}, {option}] = {parameter.default!r},")
    head = "from typing import Annotated, Literal\n\nimport typer\n\napp = typer.Typer()\n\n\n@app.command()\ndef verb(\n"
    return f'{head}{chr(10).join(lines)}\n) -> None:\n    """{verb.__doc__}"""\n\n\napp()\n'


def _type(kind: Any) -> str:
    """A type as written in a script that imports nothing from VoiceBridge."""
    if kind is type(None):
        return "None"
    if isinstance(kind, EnumType):
        members: list[Any] = list(kind)
        return f"Literal[{', '.join(repr(each.value) for each in members)}]"
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)


if __name__ == "__main__":
    sys.exit(main())
