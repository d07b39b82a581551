"""The words and the time of short clips with Whisper's short encoder window, compared with the full window of 30 s.

The test set is hundreds of clips: one-word answers, everyday sentences and prose of 1 to 25 s by a deterministic voice; the same with
noise at 20, 10 and 5 dB, with silence around and without any, at 8 kHz, and quiet; silence, noise and hum alone, which must yield no text;
other languages by espeak-ng if installed, with the language specified and detected. `--recordings` adds those in a folder: the ones with a
transcript also with every modification, the others split and compared with the text of the full window.

Every clip is transcribed with both windows in turn, each in its own loaded model. For every group the tables show the word error rates, the
number of clips with different words, on how many of these the short window was closer to the text, and the ratio of the median times.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from _places import use_own_home, weights
from _proof_set import ESPEAK, Case, english, other_languages, without_words
from _side_by_side import Limit, arguments_of, exit_code, print_limits, print_machine, print_rows
from _words import Errors, errors, normal, total

RUNS = 1
CLIPS = 60
MODELS = ("base", "tiny.en")
FULL, SHORT = {"short_window": False}, {"short_window": True}
WORST = 10
MORE_ERRORS = 0.1


@dataclass(frozen=True, slots=True)
class Heard:
    """The transcripts of one case with the full and with the short window."""

    case: Case
    texts: tuple[str, str]
    seconds: tuple[float, float]

    @property
    def spoken(self) -> str:
        """The text; if unknown, the transcript with the full window."""
        return self.texts[0] if self.case.clip.text is None else self.case.clip.text

    @property
    def wrong(self) -> tuple[Errors, Errors]:
        """The errors of both."""
        return (errors(self.spoken, self.texts[0], self.case.spoken), errors(self.spoken, self.texts[1], self.case.spoken))

    @property
    def differs(self) -> bool:
        """Whether the words differ."""
        return normal(self.texts[0], self.case.spoken) != normal(self.texts[1], self.case.spoken)

    @property
    def worse(self) -> int:
        """The number of additional errors with the short window."""
        return self.wrong[1].wrong - self.wrong[0].wrong


def main() -> int:
    arguments = arguments_of(__doc__, RUNS, _options)
    use_own_home()
    cases = [*english(4 if arguments.quick else arguments.clips, arguments.recordings), *without_words()]
    cases += other_languages()
    if arguments.quick:
        cases = cases[::8]
    remarks = [] if ESPEAK else ["espeak-ng is not installed, so that there are no other languages"]
    print_machine(f"{len(cases)} clips, runs of each, in turn: {arguments.runs}", *remarks, packages=("faster-whisper", "ctranslate2"))
    holds, kept = True, []
    for model in arguments.models or MODELS:
        fitting = [case for case in cases if case.spoken == "en" or not model.endswith(".en")]
        heard = transcribe(model, fitting, arguments.runs)
        holds &= report(model, heard)
        kept += [_as_json(model, each) for each in heard]
    if arguments.details:
        arguments.details.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in kept), encoding="utf-8")
    return exit_code(arguments, holds=holds)


def transcribe(model: str, cases: Sequence[Case], runs: int) -> list[Heard]:
    """Transcribe every case with both windows."""
    import voicebridge

    weights(model)
    found = []
    with (
        voicebridge.load_model(f"whisper/{model}", options=FULL, daemon=False) as full,
        voicebridge.load_model(f"whisper/{model}", options=SHORT, daemon=False) as short,
    ):
        for number, case in enumerate([cases[0], *cases]):  # the first one twice, to warm up the models
            texts, times = ["", ""], [[0.0] * runs, [0.0] * runs]
            for turn in range(runs):
                for side, loaded in enumerate((full, short)):
                    began = time.perf_counter()
                    texts[side] = loaded.transcribe(case.clip.sound, language=case.language).text
                    times[side][turn] = time.perf_counter() - began
            if number:
                found.append(Heard(case, (texts[0], texts[1]), (median(times[0]), median(times[1]))))
    return found


def report(model: str, heard: Sequence[Heard]) -> bool:
    """Print the results of a model, and return whether the limits are kept."""
    groups: dict[str, list[Heard]] = {}
    for each in heard:
        groups.setdefault(each.case.group, []).append(each)
    known = [each for each in heard if each.case.clip.text]
    nothing_said = [each for each in heard if each.case.clip.text == ""]
    print_rows(
        [model, "clips", "WER full", "WER short", "differ", "better / worse", "time full", "time short", "ratio"],
        [_row(name, each) for name, each in groups.items()] + [_row("**all with known text**", known)],
    )
    _print_worst(f"{model}: where the short window lost most", known)
    _print_worst(
        f"{model}: where it is farthest from the full window, nobody knows what was said", [e for e in heard if e.case.clip.text is None]
    )
    full, short = _errors(known)
    invented = sum(bool(each.texts[1]) for each in nothing_said)
    return print_limits(
        [
            Limit(f"{model}: points of WER more with the short window", short.rate - full.rate, MORE_ERRORS),
            Limit(f"{model}: clips without speech, of {len(nothing_said)}, that were given text", invented, 0, 0),
        ]
    )


def _print_worst(title: str, heard: Iterable[Heard]) -> None:
    worst = sorted((each for each in heard if each.worse > 0), key=lambda each: each.worse, reverse=True)[:WORST]
    rows = [[f"{each.case.group}: {each.case.clip.name}", _brief(each.case.clip.text), *map(_brief, each.texts)] for each in worst]
    if rows:
        print_rows([title, "said", "full window", "short window"], rows)


def _row(name: str, heard: Sequence[Heard]) -> list[str]:
    rates = [f"{each.rate:.1f} %" if each.said else f"{each.wrong} words" for each in _errors(heard)]
    if all(each.case.clip.text is None for each in heard):
        rates = ["", f"{rates[1]} of the full window's"]
    full, short = (median(each.seconds[side] for each in heard) for side in (0, 1))
    better, worse = sum(each.worse < 0 for each in heard), sum(each.worse > 0 for each in heard)
    times = [f"{full:.2f} s", f"{short:.2f} s", f"{short / full:.2f}"]
    return [name, str(len(heard)), *rates, str(sum(each.differs for each in heard)), f"{better} / {worse}", *times]


def _errors(heard: Iterable[Heard]) -> tuple[Errors, Errors]:
    both = [each.wrong for each in heard]
    return total(full for full, _ in both), total(short for _, short in both)


def _brief(text: str | None, most: int = 160) -> str:
    flat = " ".join((text or "").split())
    return flat if len(flat) <= most else f"{flat[:most]} …"


def _as_json(model: str, heard: Heard) -> dict[str, object]:
    case = heard.case
    return {
        "model": model,
        "group": case.group,
        "clip": case.clip.name,
        "duration": round(case.clip.duration, 3),
        "said": case.clip.text,
        "full": heard.texts[0],
        "short": heard.texts[1],
        "wrong": [each.wrong for each in heard.wrong],
        "seconds": [round(each, 3) for each in heard.seconds],
    }


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clips", type=int, default=CLIPS, help=f"how many clips the voice speaks, before disguises (default {CLIPS})")
    parser.add_argument("--models", nargs="+", metavar="NAME", help=f"which models (default {' '.join(MODELS)})")
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", help="add the recordings in this folder")
    parser.add_argument("--details", type=Path, metavar="FILE", help="write every clip's words and times here, as lines of JSON")


if __name__ == "__main__":
    sys.exit(main())
