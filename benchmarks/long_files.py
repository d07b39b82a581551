"""The memory and time to transcribe hours of audio, compared with ten minutes.

Each is one command, `voicebridge stt FILE -f srt -f json`, as a whole process; the long recording is the short one repeated. The model
is tiny.en with beam size 1, to make hours affordable: only what grows with the duration is measured, which is the same with every model.
The time per hour of the short recording includes start-up and loading the model.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import median

from _places import CACHE, use_own_home, weights
from _side_by_side import Limit, Run, arguments_of, exit_code, in_turn, own_command, print_limits, print_machine, print_rows, run
from _speech import RATE, reading, save

RUNS = 1
SHORT = 10 * 60
HOURS = 4.0
MODEL = "tiny.en"
MEMORY, TIME = 1.15, 1.1


def main() -> int:
    arguments = arguments_of(__doc__, RUNS, _options)
    environment = use_own_home()
    weights(MODEL)
    short = reading(60 if arguments.quick else SHORT).sound
    times = 2 if arguments.quick else math.ceil(arguments.hours * 3600 * RATE / len(short))
    lengths = {"short": len(short) / RATE, "long": times * len(short) / RATE}
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:  # 115 MB per hour: too much for a temporary folder in memory
        folder = Path(name)
        (folder / "out").mkdir()
        files = {"short": save(folder / "short.wav", short), "long": save(folder / "long.wav", *[short] * times)}
        run(transcribe(files["short"], folder), environment)
        print_machine(f"{MODEL}, beam of 1, runs of each, in turn: {arguments.runs}")
        sides = {which: partial(run, transcribe(file, folder), environment) for which, file in files.items()}
        return exit_code(arguments, holds=report(lengths, in_turn(sides, arguments.runs)))


def transcribe(recording: Path, folder: Path) -> list[str | Path]:
    """The measured command."""
    formats: list[str | Path] = ["-f", "srt", "-f", "json", "-o", folder / "out", "--overwrite"]
    return [own_command("voicebridge"), "stt", recording, "-m", MODEL, "-l", "en", "-O", "beam_size=1", *formats]


def report(lengths: Mapping[str, float], runs: Mapping[str, list[Run]]) -> bool:
    """Print the results, and return whether the limits are kept."""
    seconds = {which: median(each.seconds for each in measured) for which, measured in runs.items()}
    peak = {which: median(each.peak for each in measured) for which, measured in runs.items()}
    factor = {which: seconds[which] / lengths[which] for which in lengths}
    print_rows(
        ["audio", "time", "time per hour of audio", "real-time factor", "peak memory"],
        [
            [
                f"{lengths[which] / 60:.0f} minutes",
                f"{seconds[which]:.1f} s",
                f"{3600 * factor[which]:.0f} s",
                f"{factor[which]:.4f}",
                f"{peak[which]:.0f} MiB",
            ]
            for which in lengths
        ],
    )
    return print_limits(
        [
            Limit("times the peak memory", peak["long"] / peak["short"], MEMORY),
            Limit("times the time per hour of audio", factor["long"] / factor["short"], TIME),
        ]
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hours", type=float, default=HOURS, help=f"length of the long recording (default {HOURS:g})")


if __name__ == "__main__":
    sys.exit(main())
