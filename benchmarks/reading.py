"""The time from the start of `voicebridge read TEXT` to the first sound from the speakers, when a daemon has the voice loaded.

The sound server is a separate, silent one; its output is recorded, and the first sample above silence counts. Shown next to
`voicebridge tts TEXT` without a daemon, which loads the voice each time. Needs PulseAudio (`pulseaudio`, `parec`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
from _places import daemon_in, use_own_home
from _side_by_side import Limit, arguments_of, exit_code, in_turn, own_command, print_limits, print_machine, print_times
from voicebridge.testing.lab.desktops import OUTPUT, SoundServer, sound_server_in

RUNS = 11
LIMIT = 350.0
"""Milliseconds, with the daemon."""
SENTENCES = (
    "The train to the coast leaves at half past seven.",
    "Please put the tickets into the blue bag.",
    "Nobody had come this way since the storm.",
)
QUIET = 100
"""Threshold for 16-bit samples: louder ones are sound."""
BLOCK = 240
"""Samples; 5 ms."""
THROUGH, DIRECT = "`voicebridge read`, a daemon running", "`voicebridge tts`, no daemon"


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    environment = use_own_home()
    with (
        tempfile.TemporaryDirectory() as name,
        sound_server_in(Path(name, "sound")) as server,
        daemon_in(Path(name), {**environment, **server.environment}) as session,
    ):
        print_machine(f"joe, runs of each, in turn: {arguments.runs}", packages=["piper-tts", "onnxruntime"])
        found = in_turn(_sides(server, session), arguments.runs, warm_up=True)
    print_times("process start to first sound", found)
    return exit_code(
        arguments, holds=print_limits([Limit("ms through the daemon, median", 1000 * median(found[THROUGH]), LIMIT, decimals=0)])
    )


def _sides(server: SoundServer, environment: Mapping[str, str]) -> dict[str, Callable[[], float]]:
    turns = iter(range(1_000_000))

    def side(words: Sequence[str]) -> Callable[[], float]:
        return lambda: _first_sound(server, [*words, SENTENCES[next(turns) % len(SENTENCES)], "-q"], environment)

    return {THROUGH: side([own_command("voicebridge"), "read"]), DIRECT: side([own_command("voicebridge"), "tts", "--no-daemon"])}


def _first_sound(server: SoundServer, command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Seconds from the start of the command to the first sound; waits until everything has been spoken."""
    with _monitor(server) as blocks:
        next(blocks)  # recording has started
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        heard = next(when for when, loud in blocks if loud)
        if process.wait():
            raise SystemExit(f"{' '.join(command)} failed with exit code {process.returncode}")
        silent_since = heard
        for when, loud in blocks:
            silent_since = when if loud else silent_since
            if when - silent_since > 1:
                return heard - began
    raise SystemExit("the recording ended")


@contextmanager
def _monitor(server: SoundServer) -> Iterator[Iterator[tuple[float, bool]]]:
    """The output block by block: when it was received, and whether it is sound."""
    command = ["parec", "--device", f"{OUTPUT}.monitor", "--raw", "--format=s16le", "--channels=1", "--latency-msec=5"]
    process = subprocess.Popen([*command, f"--rate={server.sample_rate}"], stdout=subprocess.PIPE, env={**os.environ, **server.environment})
    assert process.stdout is not None
    source = process.stdout

    def blocks() -> Iterator[tuple[float, bool]]:
        while len(data := source.read(2 * BLOCK)) == 2 * BLOCK:
            yield time.perf_counter(), bool(np.abs(np.frombuffer(data, np.int16).astype(np.int32)).max() > QUIET)

    try:
        yield blocks()
    finally:
        process.terminate()
        process.wait()
        source.close()


if __name__ == "__main__":
    sys.exit(main())
