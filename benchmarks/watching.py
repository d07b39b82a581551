"""The resources of watching folders while idle, and the delay after a new file is complete.

Idle: CPU time and memory of `voicebridge watch` for ten folders with a thousand processed files each, with no model loaded.
Latency: from the moment when a copier closes a clip of 5 s until its transcript exists, compared with the time of `voicebridge.transcribe`
for the same clip with the same model, loaded, in this process.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
import voicebridge
from _places import use_own_home, weights
from _side_by_side import Limit, arguments_of, exit_code, own_command, print_limits, print_machine, print_rows
from _speech import RATE, prose, save
from _watched import FILES, FOLDERS, done_folders, idle

RUNS = 10
SECONDS = 30.0
MODEL = "tiny.en"
CLIP = 5


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    environment = use_own_home()
    weights(MODEL)
    print_machine(f"{MODEL}, clips: {arguments.runs}")
    with tempfile.TemporaryDirectory() as name:
        files = 20 if arguments.quick else FILES
        share, memory = idle_watcher(Path(name), environment, files, seconds=2.0 if arguments.quick else SECONDS)
        waits, alone = latency(Path(name), environment, arguments.runs)
    over = median(waits) - median(alone)
    rows = [
        [f"{FOLDERS} folders, {FOLDERS * files} files: processor", f"{share:.2f} % of a core"],
        ["the same: resident memory, no model", f"{memory:.0f} MB"],
        [f"{CLIP} s clip, from closed to written", f"{1000 * median(waits):.0f} ms, slowest {1000 * max(waits):.0f} ms"],
        ["the same clip, transcribed alone", f"{1000 * median(alone):.0f} ms"],
    ]
    print_rows(["watching", "measured"], rows)
    limits = [
        Limit("per cent of a core, idle", share, 1.0),
        Limit("MB resident, idle", memory, 120.0, decimals=0),
        Limit("s from closed to written, over the transcription itself", over, 1.0),
    ]
    return exit_code(arguments, holds=print_limits(limits))


def idle_watcher(place: Path, environment: dict[str, str], files: int, seconds: float) -> tuple[float, float]:
    """Percentage of a core and MB used by a watcher without new files."""
    folders = done_folders(place, files)
    with _watching(folders, environment, "--once") as first:
        first.wait()
    with _watching(folders, environment) as process:
        return idle(process.pid, seconds)


def latency(place: Path, environment: dict[str, str], runs: int) -> tuple[list[float], list[float]]:
    """Seconds from closing a clip to its transcript, and seconds of the model."""
    clips = [clip.sound[: CLIP * RATE] for clip in prose() if len(clip.sound) >= CLIP * RATE][: runs + 1]
    folder, made = place / "drop", place / "made"
    folder.mkdir()
    made.mkdir()
    sounds = [save(made / f"{number}.wav", np.asarray(clip)) for number, clip in enumerate(clips)]
    engine = voicebridge.load_model(MODEL, daemon=False)
    alone = []
    for sound in sounds:
        began = time.perf_counter()
        engine.transcribe(sound)
        alone.append(time.perf_counter() - began)
    waits = []
    with _watching([folder], environment):
        for sound in sounds:
            content = sound.read_bytes()
            with (folder / sound.name).open("wb") as file:
                file.write(content)
            began = time.perf_counter()
            while not (folder / sound.name).with_suffix(".txt").exists():
                time.sleep(0.005)
            waits.append(time.perf_counter() - began)
            time.sleep(0.5)
    return waits[1:], alone[1:]  # the first one includes loading the model


@contextmanager
def _watching(folders: list[Path], environment: dict[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [own_command("voicebridge"), "watch", *map(str, folders), "-m", MODEL, "-l", "en", "-f", "txt", "--quiet", *words]
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
