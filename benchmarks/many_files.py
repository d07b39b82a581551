"""The time to transcribe a folder of 200 clips of 3 s, compared with one file that contains all of them.

Each is one command, as a whole process, with base: `voicebridge stt FOLDER -f txt -o OUT` against `voicebridge stt FILE -f txt -o OUT`. The
clips are short sentences by a deterministic voice, padded with silence to 3 s; the file is their concatenation.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import numpy as np
from _places import use_own_home, weights
from _side_by_side import Limit, Run, arguments_of, exit_code, in_turn, own_command, print_limits, print_machine, print_rows, run
from _speech import RATE, Clip, everyday, prose, renamed, save
from _words import errors, total

RUNS = 3
FILES = 200
SECONDS = 3
MODEL = "base"
ONE, MANY = "one file", "a folder of clips"
LIMIT = 2.0


def main() -> int:
    arguments = arguments_of(__doc__, RUNS, _options)
    environment = use_own_home()
    weights(MODEL)
    clips = choose(6 if arguments.quick else arguments.files)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "clips").mkdir()
        for clip in clips:
            save(folder / "clips" / f"{clip.name}.wav", clip.sound)
        one = save(folder / "one.wav", *(clip.sound for clip in clips))
        run(transcribe(save(folder / "warm.wav", clips[0].sound), folder / "warm"), environment)
        print_machine(f"{MODEL}, runs of each, in turn: {arguments.runs}")
        sides = {
            ONE: partial(run, transcribe(one, folder / "from one"), environment),
            MANY: partial(run, transcribe(folder / "clips", folder / "from many"), environment),
        }
        runs = in_turn(sides, arguments.runs)
        texts = {ONE: [read(folder / "from one" / "one.txt")], MANY: [read(folder / "from many" / f"{clip.name}.txt") for clip in clips]}
    return exit_code(arguments, holds=report(clips, runs, texts))


def choose(count: int) -> list[Clip]:
    """Sentences of at most 3 s, padded with silence; repeated if there are too few."""
    fitting = [clip for source in (everyday(), prose()) for clip in source if 1 <= clip.duration <= SECONDS]
    chosen = []
    for number, clip in enumerate(islice(cycle(fitting), count)):
        rest = np.zeros(SECONDS * RATE - len(clip.sound), np.float32)
        chosen.append(renamed(clip, f"{number:03}", np.concatenate([clip.sound, rest])))
    return chosen


def transcribe(source: Path, output: Path) -> list[str | Path]:
    """The measured command."""
    output.mkdir(exist_ok=True)
    return [own_command("voicebridge"), "stt", source, "-m", MODEL, "-l", "en", "-f", "txt", "-o", output, "--overwrite"]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def report(clips: Sequence[Clip], runs: Mapping[str, list[Run]], texts: Mapping[str, list[str]]) -> bool:
    """Print the results, and return whether the limit is kept."""
    said = [clip.text or "" for clip in clips]
    wrong = {ONE: errors(" ".join(said), texts[ONE][0]), MANY: total(map(errors, said, texts[MANY]))}
    seconds = {name: median(each.seconds for each in measured) for name, measured in runs.items()}
    print_rows(
        [f"{len(clips)} clips of {SECONDS} s", "median", "fastest", "slowest", "ratio", "peak memory", "WER"],
        [
            [
                name,
                f"{seconds[name]:.1f} s",
                f"{min(each.seconds for each in measured):.1f} s",
                f"{max(each.seconds for each in measured):.1f} s",
                f"{seconds[name] / seconds[ONE]:.2f}",
                f"{median(each.peak for each in measured):.0f} MiB",
                f"{wrong[name].rate:.1f} %",
            ]
            for name, measured in runs.items()
        ],
    )
    return print_limits([Limit("times one file of the same length", seconds[MANY] / seconds[ONE], LIMIT)])


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--files", type=int, default=FILES, help=f"how many clips (default {FILES})")


if __name__ == "__main__":
    sys.exit(main())
