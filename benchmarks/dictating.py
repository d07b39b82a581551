"""The time from releasing the key to the last character in the window, and from pressing the key to the first sample on disk.

`voicebridge dictate` runs on a separate headless desktop (Xvfb, openbox, a Tk text box) with a virtual microphone (PulseAudio). It is
compared with recording first and transcribing afterwards, with faster-whisper's defaults, on the same recording and without inserting.
Needs Linux and: apt install xvfb openbox xdotool x11-utils x11-xkb-utils pulseaudio pulseaudio-utils python3-tk.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles

import numpy as np
from _dictation import MODEL, Desk, dictating, wait_until
from _places import use_own_home, weights
from _side_by_side import Limit, arguments_of, exit_code, in_turn, print_limits, print_machine, print_rows
from _speech import Clip, Sound, everyday, reading
from faster_whisper import WhisperModel

RUNS = 10
SENTENCES = 5
"""Number of different sentences, dictated in turn."""
LONG_RUNS = 3
SETTLED = 1.0
"""Seconds without another character after which a text is considered complete."""


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    environment = use_own_home()
    utterances = _utterances(5.0)
    utterance = utterances[0]
    prose = reading(10.0 if arguments.quick else 55.0)  # ends in a pause; both dictations have the same last words
    long = Clip("long", None, np.concatenate([prose.sound, utterance.sound]))
    lengths = [clip.duration for clip in utterances]
    said = f"{SENTENCES} sentences of {min(lengths):.1f} to {max(lengths):.1f} s and {long.duration:.0f} s of speech"
    print_machine(f"{MODEL} int8, {said}", packages=["faster-whisper"])
    whisper = WhisperModel(str(weights(MODEL)), device="cpu", compute_type="int8")
    with tempfile.TemporaryDirectory() as folder, dictating(Path(folder), environment) as desk:
        _dictate(desk, utterance.sound)  # to load the model
        short = in_turn(
            {
                "VoiceBridge": _each(utterances, lambda sound: _dictate(desk, sound)),
                "record, then transcribe": _each(utterances, lambda sound: _transcribe(whisper, sound)),
            },
            arguments.runs,
        )
        minutes = [_dictate(desk, long.sound) for _ in range(1 if arguments.quick else min(LONG_RUNS, arguments.runs))]
        first_samples = [_first_sample(desk) for _ in range(arguments.runs)]
    rows = {
        "key up to last character, one sentence": short["VoiceBridge"],
        "record, then transcribe (faster-whisper), the same": short["record, then transcribe"],
        f"key up to last character, {long.duration:.0f} s": minutes,
        "key down to first sample on disk": first_samples,
    }
    print_rows(["what", "median", "p95"], [[name, _ms(median(each)), _ms(_p95(each))] for name, each in rows.items()])
    base = median(short["record, then transcribe"])
    limits = [
        Limit("of record-then-transcribe, median", median(short["VoiceBridge"]) / base, 0.5),
        Limit("of record-then-transcribe, p95", _p95(short["VoiceBridge"]) / _p95(short["record, then transcribe"]), 0.5),
        Limit("the long dictation, times the short one", median(minutes) / median(short["VoiceBridge"]), 1.5),
        Limit("ms from key down to first sample on disk", 1000 * median(first_samples), 150, decimals=0),
    ]
    return exit_code(arguments, holds=print_limits(limits))


def _utterances(seconds: float) -> list[Clip]:
    """Different sentences of about this duration, closest first."""
    return sorted(everyday(), key=lambda clip: abs(clip.duration - seconds))[:SENTENCES]


def _each(clips: Sequence[Clip], measure: Callable[[Sound], float]) -> Callable[[], float]:
    """Create a function that measures the next clip at each call, and starts again after the last."""
    turns = cycle(clips)
    return lambda: measure(next(turns).sound)


def _dictate(desk: Desk, sound: Sound) -> float:
    """Seconds from releasing the key to the last character in the window."""
    desk.target.ask("set", "")
    desk.press()
    desk.sound.speak(sound)
    released = desk.release()
    last, text = released, ""
    while not text or time.perf_counter() - last < SETTLED:
        if (now := desk.target.text()) != text:
            text, last = now, time.perf_counter()
        if time.perf_counter() - released > 120:
            raise SystemExit("nothing was written for two minutes")
        time.sleep(0.002)
    return last - released


def _transcribe(whisper: WhisperModel, sound: Sound) -> float:
    began = time.perf_counter()
    segments, _ = whisper.transcribe(sound, language="en")
    list(segments)
    return time.perf_counter() - began


def _first_sample(desk: Desk) -> float:
    """Seconds from pressing the key to the first sample in a file."""
    before = set(desk.recordings.rglob("*.wav"))
    began = desk.press()
    wait_until(lambda: any(_has_sound(path) for path in set(desk.recordings.rglob("*.wav")) - before))
    taken = time.perf_counter() - began
    desk.release()
    time.sleep(SETTLED)
    return taken


def _has_sound(path: Path) -> bool:
    return path.stat().st_size > 44  # more than the header


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
