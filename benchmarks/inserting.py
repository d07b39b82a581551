"""The time to insert 2,000 characters of mixed scripts, from the call until the window has them, and how many arrive unchanged.

On separate desktops: X (Xvfb, openbox) and Wayland (headless sway). The preferred method of each is measured, which is pasting.
Needs Linux and: apt install xvfb openbox xdotool x11-utils x11-xkb-utils xterm sway foot wtype python3-tk python3-gi gir1.2-gtk-3.0.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from _places import use_own_home
from _side_by_side import Limit, arguments_of, exit_code, print_limits, print_machine, print_rows
from rapidfuzz.distance import Levenshtein
from voicebridge.ports import TextInserter
from voicebridge.testing.lab.wayland import sway_running
from voicebridge.testing.lab.x11 import x_running
from voicebridge_os_linux.wayland.paste import WaylandPaste
from voicebridge_os_linux.x11.paste import XPaste

RUNS = 9
CHARACTERS = 2000
SENTENCE = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich; ça va, 北京, мир, 😀 & <tags>. "
ON_X, ON_WAYLAND = ("tk", "gtk3", "xterm"), ("foot", "gtk3")


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    use_own_home()
    text = (SENTENCE * (CHARACTERS // len(SENTENCE) + 1))[:CHARACTERS]
    print_machine(f"{CHARACTERS} characters, runs of each: {arguments.runs}")
    found: dict[str, list[tuple[float, int]]] = {}
    with tempfile.TemporaryDirectory() as folder, x_running(Path(folder, "x")) as x:
        os.environ.update(x.environment)
        os.environ.pop("WAYLAND_DISPLAY", None)
        for toolkit in ON_X:
            found[f"X, {toolkit}"] = _measure(x, toolkit, XPaste(), text, arguments.runs)
    os.environ.pop("DISPLAY", None)
    with sway_running() as sway:
        os.environ.update(sway.environment)
        for toolkit in ON_WAYLAND:
            found[f"Wayland, {toolkit}"] = _measure(sway, toolkit, WaylandPaste(), text, arguments.runs)
    rows = [
        [name, f"{1000 * median(times):.0f} ms", f"{1000 * max(times):.0f} ms", str(max(wrong for _, wrong in each))]
        for name, each in found.items()
        if (times := [seconds for seconds, _ in each])
    ]
    print_rows(["window", "median", "slowest", "characters wrong"], rows)
    limits = [Limit(f"ms, {name}", 1000 * median(seconds for seconds, _ in each), 300, decimals=0) for name, each in found.items()] + [
        Limit("characters wrong", max(wrong for each in found.values() for _, wrong in each), 0, decimals=0)
    ]
    return exit_code(arguments, holds=print_limits(limits))


def _measure(desktop: Any, toolkit: str, inserter: TextInserter, text: str, runs: int) -> list[tuple[float, int]]:
    """Seconds and number of wrong characters of each run."""
    found = []
    for _ in range(runs):
        target = desktop.open_entry(toolkit)
        began = time.perf_counter()
        inserter.insert(text)
        while len(target.text()) < len(text) and time.perf_counter() - began < 5:
            time.sleep(0.001)
        found.append((time.perf_counter() - began, Levenshtein.distance(target.text(), text)))
        target.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
