"""The time of `voicebridge stt short.wav` with a daemon that has the model loaded, compared with `--no-daemon`.

Sentences of 1.5 to 3 s by a deterministic voice, whole processes from start to exit, base in int8. The daemon is the installed one, with a
separate home. Prints Markdown tables; with `--check` the exit code is 1 if the limit is not kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from _places import daemon_in, use_own_home, weights
from _side_by_side import Limit, Run, arguments_of, exit_code, in_turn, own_command, print_limits, print_machine, print_times, run
from _speech import Clip, everyday, save

RUNS = 9
CLIPS = 3
SHORTEST, LONGEST = 1.5, 3.0
MODEL = "base"
DIRECT, THROUGH = "`voicebridge stt --no-daemon`", "`voicebridge stt`, a daemon running"
LIMIT = 0.5


def main() -> int:
    arguments = arguments_of(__doc__, RUNS, _options)
    environment = use_own_home()
    weights(arguments.model)
    with tempfile.TemporaryDirectory() as name, daemon_in(Path(name), environment) as session:
        clips = [save(Path(name, f"{clip.name}.wav"), clip.sound) for clip in choose()]
        print_machine(
            f"{arguments.model}, int8, {CLIPS} clips, runs of each, in turn: {arguments.runs}",
            packages=("faster-whisper", "ctranslate2"),
        )
        measured = [in_turn(sides(clip, arguments.model, session), arguments.runs, warm_up=True) for clip in clips]
    return exit_code(arguments, holds=report(measured))


def choose() -> list[Clip]:
    """Short sentences: with longer ones, both sides spend more of their time on the transcription, which is the same."""
    return [clip for clip in everyday() if SHORTEST <= clip.duration <= LONGEST][:CLIPS]


def sides(clip: Path, model: str, environment: Mapping[str, str]) -> dict[str, partial[Run]]:
    command: list[str | Path] = [own_command("voicebridge"), "stt", clip, "-m", model, "-l", "en", "-q"]
    return {DIRECT: partial(run, [*command, "--no-daemon"], environment), THROUGH: partial(run, command, environment)}


def report(measured: Sequence[Mapping[str, Sequence[Run]]]) -> bool:
    """Print the results, and return whether the limit is kept."""
    for turns in measured:
        if len({each.output for runs in turns.values() for each in runs}) != 1:
            raise SystemExit(f"the sides give different texts: {turns}")
    print_times("command", {name: [each.seconds for turns in measured for each in turns[name]] for name in (DIRECT, THROUGH)})
    ratios = [median(run.seconds for run in turns[THROUGH]) / median(run.seconds for run in turns[DIRECT]) for turns in measured]
    return print_limits([Limit("of the time without a daemon", median(ratios), LIMIT)])


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default=MODEL, help=f"the Whisper model (default {MODEL})")


if __name__ == "__main__":
    sys.exit(main())
