"""The overhead of host and pipeline over the engine, in CPU time: decoding, resampling, chunks, segments, files, the command itself.

Three commands are run in turn, each as a whole process, and the CPU time (user and system) of start-up is subtracted from each, which is
that of the same process for one second of silence:

- the engine alone: Whisper (base) with a recording that is already in memory;
- everything but the engine: `voicebridge stt` with a substitute for Whisper, a plugin of a few lines that consumes the audio and yields
  Whisper's segments at their times;
- the normal command with Whisper, as a check: minus the first it should be about the second, but two runs of the same inference differ
  by more than that.

The measured share is the second over the first. It is measured for a WAV file that needs no resampling, and for a stereo MP3 at 44.1 kHz.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import median

import av
import numpy as np
from _places import use_own_home, weights
from _side_by_side import Limit, Run, arguments_of, exit_code, in_turn, own_command, print_limits, print_machine, print_rows, run
from _speech import RATE, Sound, reading, resampled, save

RUNS = 3
MINUTES = 5.0
MODEL = "base"
LIMIT = 2.0
ALONE, STAND_IN, WHISPER = "engine alone", "stand-in/whisper", f"whisper/{MODEL}"
WAV, MP3 = "WAV, 16 kHz, mono", "MP3, 44.1 kHz, stereo"
START = ", start-up"

PLUGIN = """
import json
import os
from pathlib import Path

from voicebridge import Segment, SttSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_stt_models():
    yield SttSpec(name="whisper", factory="bench_stand_in:StandIn", languages={"en"})


class StandIn:
    def __init__(self, name, options):
        told = json.loads(Path(os.environ["BENCH_STAND_IN"]).read_text(encoding="utf-8"))
        self._segments = [Segment(each["start"], each["end"], each["text"]) for each in told["segments"]]

    def transcribe(self, audio, request):
        waiting = iter(self._segments)
        following = next(waiting, None)
        for chunk in audio:
            while following and following.end <= chunk.start:
                yield following
                following = next(waiting, None)
        while following and following.start < chunk.start + chunk.duration:
            yield following
            following = next(waiting, None)

    def close(self):
        pass
"""


def main() -> int:
    arguments = arguments_of(__doc__, RUNS, _options)
    environment = use_own_home()
    weights(MODEL)
    speech = reading(10 if arguments.quick else arguments.minutes * 60).sound
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment |= install_stand_in(folder)
        sides = prepare(folder, {"": speech, START: np.zeros(RATE, np.float32)})
        tell: list[str | Path] = ["-m", WHISPER, "-l", "en", "-f", "json", "-o", folder / "heard.json"]
        run([own_command("voicebridge"), "stt", folder / "speech.wav", *tell], environment)
        print_machine(f"{MODEL}, {len(speech) / RATE / 60:.1f} minutes of speech, runs of each, in turn: {arguments.runs}")
        runs = in_turn({side: partial(run, words, environment) for side, words in sides.items()}, arguments.runs)
    return exit_code(arguments, holds=report(runs))


def prepare(folder: Path, sounds: Mapping[str, Sound]) -> dict[str, list[str | Path]]:
    """Write the files; returns the command of each side, and of its start-up."""
    sides: dict[str, list[str | Path]] = {}
    for which, sound in sounds.items():
        name = "start" if which else "speech"
        np.save(folder / f"{name}.npy", sound)
        files = {WAV: save(folder / f"{name}.wav", sound), MP3: save_mp3(folder / f"{name}.mp3", sound)}
        sides[ALONE + which] = [sys.executable, Path(__file__).with_name("_engine_alone.py"), folder / f"{name}.npy", MODEL]
        for kind, file in files.items():
            for model in (STAND_IN, WHISPER):
                sides[kind + model + which] = command(file, model, folder)
    return sides


def command(recording: Path, model: str, folder: Path) -> list[str | Path]:
    """The measured command."""
    return [own_command("voicebridge"), "stt", recording, "-m", model, "-l", "en", "-f", "srt", "-o", folder / "out.srt", "--overwrite"]


def install_stand_in(folder: Path) -> dict[str, str]:
    """Write the plugin that replaces Whisper; returns environment variables that make it discoverable and point to its segments."""
    info = folder / "site" / "bench_stand_in-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "site" / "bench_stand_in.py").write_text(PLUGIN, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-stand-in\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[voicebridge]\nstand-in = bench_stand_in\n", encoding="utf-8")
    return {"PYTHONPATH": str(folder / "site"), "BENCH_STAND_IN": str(folder / "heard.json")}


def save_mp3(path: Path, sound: Sound) -> Path:
    """Write the sound in a common format: 44.1 kHz, stereo, 128 kbit/s."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libmp3lame", rate=44_100, layout="stereo", bit_rate=128_000)
        wide = np.repeat(resampled(sound, RATE, 44_100)[np.newaxis], 2, axis=0)
        for at in range(0, wide.shape[1], 44_100):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wide[:, at : at + 44_100]), format="fltp", layout="stereo")
            frame.sample_rate = 44_100
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def report(runs: Mapping[str, list[Run]]) -> bool:
    """Print the results, and return whether the limit is kept."""
    cpu = {side: median(each.cpu for each in measured) for side, measured in runs.items()}
    names = {ALONE: "the engine alone"}
    for kind in (WAV, MP3):
        names |= {kind + STAND_IN: f"{kind}: everything but the engine", kind + WHISPER: f"{kind}: the whole command, as a check"}
    share = {side: 100 * (cpu[side] - cpu[side + START]) / (cpu[ALONE] - cpu[ALONE + START]) for side in names}
    rows = [(name, cpu[side + START], cpu[side] - cpu[side + START], share[side]) for side, name in names.items()]
    print_rows(
        ["CPU time, medians", "start-up", "beyond start-up", "of the engine's"],
        [[name, f"{start:.2f} s", f"{beyond:.2f} s", f"{part:.1f} %"] for name, start, beyond, part in rows],
    )
    return print_limits([Limit(f"{kind}: % of the engine's CPU time", share[kind + STAND_IN], LIMIT) for kind in (WAV, MP3)])


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"how much speech (default {MINUTES:g})")


if __name__ == "__main__":
    sys.exit(main())
