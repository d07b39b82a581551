"""The time to transcribe a short utterance with a loaded model, compared with faster-whisper.

Clips of 1.5 to 7 s, as in dictation: sentences and short prose by a deterministic voice, and those of this duration among the recordings in
the `--recordings` folder. Both sides have the same weights (base) and precision (int8) and a specified language; everything else is at its
default, which is beam size 5 on both sides. Every clip is transcribed by both in turn, several times; a clip's time is its median.

A pause follows every turn: a library's threads may spin for a fifth of a second after it has finished, in which the other side would have
to share the cores with them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from _places import use_own_home, weights
from _side_by_side import Limit, arguments_of, exit_code, in_turn, print_limits, print_machine, print_rows
from _speech import Clip, everyday, prose, recordings
from _words import errors, total

RUNS = 3
CLIPS = 24
SHORTEST, LONGEST = 1.5, 7.0
REST = 0.3
MODEL = "base"
OURS, LIBRARY = "VoiceBridge", "faster-whisper"
LIMIT = 0.45


def main() -> int:
    arguments = arguments_of(__doc__, RUNS, _options)
    use_own_home()
    clips = choose(4 if arguments.quick else arguments.clips, arguments.recordings)
    import voicebridge
    from faster_whisper import WhisperModel

    library: Any = WhisperModel(str(weights(MODEL)), device="cpu", compute_type="int8")
    with voicebridge.load_model(f"whisper/{MODEL}", daemon=False) as model:

        def ours(clip: Clip) -> str:
            return model.transcribe(clip.sound, language="en").text

        def theirs(clip: Clip) -> str:
            return " ".join(segment.text for segment in library.transcribe(clip.sound, language="en")[0])

        print_machine(f"{MODEL}, int8, loaded, runs of each clip, in turn: {arguments.runs}", packages=("faster-whisper", "ctranslate2"))
        for transcribe in (ours, theirs):
            timed(transcribe, clips[0])
        sides = {OURS: ours, LIBRARY: theirs}
        measured = [in_turn({name: _side(side, clip) for name, side in sides.items()}, arguments.runs) for clip in clips]
    return exit_code(arguments, holds=report(clips, measured))


def choose(count: int, folder: Path | None) -> list[Clip]:
    """The recordings in the folder that are short enough, and as many synthesised clips, half of them prose."""
    fitting = [clip for clip in everyday() if SHORTEST <= clip.duration <= LONGEST]
    step = max(1, 2 * len(fitting) // count)
    spoken = fitting[::step][: count - count // 2]
    for clip in prose():
        if len(spoken) == count:
            break
        if SHORTEST <= clip.duration <= LONGEST:
            spoken.append(clip)
    return spoken + [clip for clip in recordings(folder) if SHORTEST <= clip.duration <= LONGEST and clip.text]


def timed(transcribe: Callable[[Clip], str], clip: Clip) -> tuple[float, str]:
    """The time (s) to transcribe a clip, and its text."""
    time.sleep(REST)
    began = time.perf_counter()
    text = transcribe(clip)
    return time.perf_counter() - began, text


def report(clips: Sequence[Clip], measured: Sequence[dict[str, list[tuple[float, str]]]]) -> bool:
    """Print the results, and return whether the limits are kept."""
    times = {name: [median(seconds for seconds, _ in turns[name]) for turns in measured] for name in (OURS, LIBRARY)}
    wrong = {name: total(errors(clip.text or "", turns[name][0][1]) for clip, turns in zip(clips, measured, strict=True)) for name in times}
    print_rows(
        [f"{len(clips)} clips of {SHORTEST} to {LONGEST} s", "median", "fastest clip", "slowest clip", "WER"],
        [[name, *(f"{take(each):.2f} s" for take in (median, min, max)), f"{wrong[name].rate:.1f} %"] for name, each in times.items()],
    )
    return print_limits(
        [
            Limit("of faster-whisper's median", median(times[OURS]) / median(times[LIBRARY]), LIMIT),
            Limit("points of WER more than faster-whisper", wrong[OURS].rate - wrong[LIBRARY].rate, 0.0),
        ]
    )


def _side(transcribe: Callable[[Clip], str], clip: Clip) -> Callable[[], tuple[float, str]]:
    return lambda: timed(transcribe, clip)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clips", type=int, default=CLIPS, help=f"how many clips are spoken (default {CLIPS})")
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", help="measure the short ones of these recordings, too")


if __name__ == "__main__":
    sys.exit(main())
