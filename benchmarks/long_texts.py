"""The memory and time for half an hour of speech, compared with three minutes.

Each is one command, `voicebridge tts FILE -o out.m4b`, as a whole process: prose from `texts/prose`, with a heading that starts a chapter
before each paragraph. The long text is the short one repeated, because a voice's memory depends on the longest sentence.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median

from _places import CACHE, use_own_home
from _side_by_side import Limit, Run, arguments_of, exit_code, in_turn, own_command, print_limits, print_machine, print_rows, run
from _speech import TEXTS
from voicebridge.audio.decode import AudioReader

RUNS = 3
SHORT = 3.0
MINUTES = 30.0
LETTERS = 900
"""Characters that the voice speaks per minute, approximately."""
MEMORY, TIME = 1.15, 1.1


def main() -> int:
    arguments = arguments_of(__doc__, RUNS, _options)
    environment = use_own_home()
    CACHE.mkdir(parents=True, exist_ok=True)
    minutes = {"short": 0.3, "long": 1.0} if arguments.quick else {"short": SHORT, "long": arguments.minutes}
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        files = {which: _document(Path(name, f"{which}.md"), length, minutes["short"]) for which, length in minutes.items()}
        print_machine(f"joe, to m4b, runs of each, in turn: {arguments.runs}", packages=["piper-tts", "av"])
        sides = {which: partial(run, _command(file), environment) for which, file in files.items()}
        runs = in_turn(sides, arguments.runs)
        spoken = {which: _duration(file.with_suffix(".m4b")) for which, file in files.items()}
    return exit_code(arguments, holds=_report(spoken, runs))


def _command(document: Path) -> list[str | Path]:
    return [own_command("voicebridge"), "tts", document, "-o", document.with_suffix(".m4b"), "--overwrite"]


def _document(path: Path, minutes: float, repeated: float) -> Path:
    paragraphs = [
        text for each in sorted((TEXTS / "prose").glob("*.txt")) for text in each.read_text(encoding="utf-8").strip().split("\n\n")
    ]
    while sum(map(len, paragraphs[:-1])) >= repeated * LETTERS:
        paragraphs.pop()
    parts: list[str] = []
    for number, paragraph in enumerate(cycle(paragraphs), start=1):
        parts.append(f"# Part {number}\n\n{paragraph}")
        if sum(map(len, parts)) >= minutes * LETTERS:
            break
    path.write_text("\n\n".join(parts), encoding="utf-8")
    return path


def _duration(path: Path) -> float:
    with AudioReader(path) as reader:
        return reader.duration or 0.0


def _report(spoken: dict[str, float], runs: dict[str, list[Run]]) -> bool:
    seconds = {which: median(each.seconds for each in found) for which, found in runs.items()}
    peak = {which: median(each.peak for each in found) for which, found in runs.items()}
    factor = {which: seconds[which] / spoken[which] for which in spoken}
    print_rows(
        ["speech", "time", "real-time factor", "peak memory"],
        [
            [f"{spoken[which] / 60:.1f} minutes", f"{seconds[which]:.1f} s", f"{factor[which]:.4f}", f"{peak[which]:.0f} MiB"]
            for which in spoken
        ],
    )
    return print_limits(
        [
            Limit("times the peak memory", peak["long"] / peak["short"], MEMORY),
            Limit("times the time per minute of speech", factor["long"] / factor["short"], TIME),
        ]
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"length of the long text (default {MINUTES:g})")


if __name__ == "__main__":
    sys.exit(main())
