"""The resources of an idle `voicebridge dictate`: CPU time and memory, with hotkeys enabled and no model loaded.

On a separate desktop (Xvfb, openbox, PulseAudio). Needs Linux and: apt install xvfb openbox xdotool x11-utils x11-xkb-utils
pulseaudio pulseaudio-utils.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil
from _dictation import dictating
from _places import use_own_home
from _side_by_side import MIB, Limit, arguments_of, exit_code, print_limits, print_machine, print_rows

RUNS = 3
SECONDS = 20.0


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    environment = use_own_home()
    print_machine(f"{arguments.runs} times {SECONDS:.0f} s")
    shares, sizes = [], []
    with tempfile.TemporaryDirectory() as folder, dictating(Path(folder), environment) as desk:
        process = psutil.Process(desk.process.pid)
        for _ in range(arguments.runs):
            before, began = sum(process.cpu_times()[:2]), time.perf_counter()
            time.sleep(1.0 if arguments.quick else SECONDS)
            shares.append(100 * (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - began))
            sizes.append(sum(each.memory_full_info().uss for each in (process, *process.children(recursive=True))) / MIB)
        resident = process.memory_info().rss / MIB
    rows = [
        ["processor, per cent of one core", f"{max(shares):.2f} %"],
        ["memory of its own", f"{max(sizes):.0f} MiB"],
        ["resident memory, shared libraries included", f"{resident:.0f} MiB"],
    ]
    print_rows(["idle", "most"], rows)
    limits = [
        Limit("per cent of a core", max(shares), 1.0),
        Limit("MB resident", resident * MIB / 1e6, 80.0, decimals=0),
    ]
    return exit_code(arguments, holds=print_limits(limits))


if __name__ == "__main__":
    sys.exit(main())
