"""The duration of the gaps between sentences in playback: `voicebridge tts TEXT`, on a sound server whose output is recorded.

Needs PulseAudio (`pulseaudio`, `parec`); the sound server is a separate one and silent. A gap is a span below the level that the voice has
between words, measured in the output of the sound server. Gaps within a sentence are the voice's own.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from _places import use_own_home
from _side_by_side import Limit, arguments_of, exit_code, own_command, print_limits, print_machine, print_rows, run
from first_sound import TEXT
from voicebridge.testing.lab.desktops import sound_server_in

RUNS = 3
PAUSES = (0.6, 1.0, 1.5)
"""Requested seconds; longer than the voice's own pauses within a sentence, so that the two can be distinguished."""
TOLERANCE = 0.02
QUIET = 0.002


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    environment = use_own_home()
    print_machine(f"joe, five sentences, runs of each: {arguments.runs}", packages=["miniaudio"])
    rows, worst = [], 0.0
    with tempfile.TemporaryDirectory() as folder, sound_server_in(Path(folder, "sound")) as server:
        for pause in PAUSES:
            gaps: list[float] = []
            for _ in range(arguments.runs):
                with server.recording() as recording:
                    changed = {**environment, **server.environment, "VOICEBRIDGE_TTS_PAUSE": str(pause)}
                    run([own_command("voicebridge"), "tts", TEXT], changed)
                    loud = np.flatnonzero(np.abs(recording.sound) > QUIET)
                gaps += sorted(np.diff(loud) / recording.sample_rate)[-4:]
            worst = max(worst, max(gaps) - pause)
            rows.append([f"{pause:.2f} s", f"{np.median(gaps):.3f} s", f"{min(gaps):.3f} s", f"{max(gaps):.3f} s"])
    print_rows(["pause asked for", "median gap", "shortest", "longest"], rows)
    return exit_code(arguments, holds=print_limits([Limit("seconds that a gap is longer than the pause", worst, TOLERANCE, decimals=3)]))


if __name__ == "__main__":
    sys.exit(main())
