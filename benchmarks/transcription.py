"""The time of `voicebridge stt` for some minutes of speech, compared with faster-whisper's batched inference and whisper-ctranslate2.

Measured is the whole process from start to exit, with the same weights (base) and precision (int8) and a specified language; all else
is at its default, which is beam size 5 everywhere. faster-whisper runs in batches with the settings (threads, batch size) that are fastest
on this machine, as determined with the first two minutes. whisper-ctranslate2 is its normal command, in a separate environment that is
created once.

The speech is prose by a deterministic voice; `--recordings FOLDER` also measures the recordings in a folder, joined into one file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median

from _places import CACHE, use_own_home, weights
from _side_by_side import Limit, Run, arguments_of, exit_code, in_turn, own_command, print_limits, print_machine, print_rows, run
from _speech import RATE, Clip, joined, reading, recordings, save
from _words import Errors, errors

RUNS = 3
MINUTES = 8.0
MODEL = "base"
PEER = "whisper-ctranslate2==0.5.8"
OURS, LIBRARY, COMMAND = "VoiceBridge", "faster-whisper", "whisper-ctranslate2"
OF_LIBRARY, OF_COMMAND, MORE_ERRORS = 0.65, 0.4, 0.5


def main() -> int:
    arguments = arguments_of(__doc__, RUNS, _options)
    environment = use_own_home()
    clips = [reading(20 if arguments.quick else arguments.minutes * 60)]
    named = recordings(arguments.recordings)
    if named:
        clips.append(joined(f"the recordings in {arguments.recordings.name}", named))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = make_command()
        warm = save(folder / "warm.wav", clips[0].sound[: 10 * RATE])
        run(ours(warm), environment)
        run(theirs(command, warm, folder), environment)
        threads, batch = fastest_setting(clips[0], folder, environment, quick=arguments.quick)
        print_machine(f"{MODEL}, int8, runs of each, in turn: {arguments.runs}", packages=("faster-whisper", "ctranslate2"))
        holds = True
        for clip in clips:
            recording = save(folder / "recording.wav", clip.sound)
            transcript = folder / "recording.txt"
            sides = {
                OURS: partial(run, ours(recording), environment),
                LIBRARY: partial(run, library(recording, threads, batch), environment),
                COMMAND: partial(run, theirs(command, recording, folder), environment),
            }
            runs = in_turn(sides, arguments.runs)
            texts = {name: each[-1].output for name, each in runs.items()} | {COMMAND: transcript.read_text(encoding="utf-8")}
            settings = {OURS: "defaults", LIBRARY: f"batches of {batch}, {threads} threads", COMMAND: "defaults"}
            holds &= report(clip, runs, texts, settings)
    return exit_code(arguments, holds=holds)


def ours(recording: Path) -> list[str | Path]:
    """VoiceBridge's normal command."""
    return [own_command("voicebridge"), "stt", recording, "-m", MODEL, "-l", "en"]


def library(recording: Path, threads: int, batch: int) -> list[str | Path]:
    """faster-whisper with batches."""
    script = Path(__file__).with_name("_faster_whisper.py")
    return [sys.executable, script, recording, weights(MODEL), "--threads", str(threads), "--batch", str(batch)]


def theirs(command: Path, recording: Path, folder: Path) -> list[str | Path]:
    """whisper-ctranslate2; it writes the transcript to ``folder``."""
    made_for: list[str | Path] = ["--model_directory", weights(MODEL), "--compute_type", "int8", "--language", "en"]
    return [command, recording, *made_for, "--output_format", "txt", "--output_dir", folder]


def make_command() -> Path:
    """The whisper-ctranslate2 command, in an environment with the same engine as VoiceBridge's that is created on the first call."""
    engine = [f"{name}=={version(name)}" for name in ("faster-whisper", "ctranslate2")]
    folder = CACHE / "-".join([PEER, *engine]).replace("==", "-")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    if not (folder / "made").is_file():
        print(f"Installing {PEER} into an environment of its own ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--clear", str(folder)], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, PEER, *engine], check=True)
        (folder / "made").touch()
    return scripts / "whisper-ctranslate2"


def fastest_setting(clip: Clip, folder: Path, environment: Mapping[str, str], *, quick: bool) -> tuple[int, int]:
    """The threads and batch size with which faster-whisper is fastest on this machine."""
    cores = os.cpu_count() or 1
    settings = [(threads, batch) for threads in sorted({1, cores, 2 * cores}) for batch in (4, 8)]
    if quick:
        return cores, 4
    recording = save(folder / "look.wav", clip.sound[: 120 * RATE])
    times = {setting: run(library(recording, *setting), environment).seconds for setting in settings}
    print_rows(
        ["a look at faster-whisper's settings, 2 minutes", "time"],
        [[f"{threads} threads, batches of {batch}", f"{times[threads, batch]:.1f} s"] for threads, batch in settings],
    )
    return min(times, key=times.__getitem__)


def report(clip: Clip, runs: Mapping[str, list[Run]], texts: Mapping[str, str], settings: Mapping[str, str]) -> bool:
    """Print the results for a recording, and return whether the limits are kept."""
    times = {name: median(each.seconds for each in measured) for name, measured in runs.items()}
    wrong = {name: errors(clip.text, text) if clip.text else Errors() for name, text in texts.items()}
    print_rows(
        [f"{clip.name}, {clip.duration / 60:.1f} minutes", "median", "fastest", "slowest", "ours is", "CPU", "peak memory", "WER"],
        [
            [
                f"{name}, {settings[name]}",
                f"{times[name]:.1f} s",
                f"{min(each.seconds for each in measured):.1f} s",
                f"{max(each.seconds for each in measured):.1f} s",
                f"{times[OURS] / times[name]:.2f}",
                f"{median(each.cpu for each in measured):.1f} s",
                f"{median(each.peak for each in measured):.0f} MiB",
                f"{wrong[name].rate:.1f} %" if clip.text else "",
            ]
            for name, measured in runs.items()
        ],
    )
    limits = [
        Limit("of faster-whisper's wall time", times[OURS] / times[LIBRARY], OF_LIBRARY),
        Limit("of whisper-ctranslate2's wall time", times[OURS] / times[COMMAND], OF_COMMAND),
    ]
    if clip.text:
        better = min(wrong[LIBRARY].rate, wrong[COMMAND].rate)
        limits.append(Limit("points of WER more than the better of them", wrong[OURS].rate - better, MORE_ERRORS))
    return print_limits(limits)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"how much speech (default {MINUTES:g})")
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", help="measure the recordings in this folder, joined, as well")


if __name__ == "__main__":
    sys.exit(main())
