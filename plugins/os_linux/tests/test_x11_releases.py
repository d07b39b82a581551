"""The keys of dictation are released while VoiceBridge gets no CPU time, as on a busy machine: every key works afterwards, and one press
makes one recording.

With VOICEBRIDGE_TEST_THOROUGH=1 in the environment it is repeated 500 times, in all modes and all orders.
"""

from __future__ import annotations

import itertools
import math
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE, THOROUGH, end

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="X servers of a test's own exist on Linux alone"), pytest.mark.heavy]

if sys.platform == "linux":
    from Xlib import XK, X
    from Xlib.display import Display
    from Xlib.ext import xtest

PROGRAM = Path(__file__).with_name("key_actions.py")
CHORDS = {
    "ctrl+alt+space": ("Control_L", "Alt_L", "space"),
    "ctrl+alt+d": ("Control_L", "Alt_L", "d"),
    "f9": ("F9",),
    "ctrl_r": ("Control_R",),
}
MODES = ("auto", "hold", "toggle")
TAP = 0.4
GRACE = 0.03
"""More than the time for which a release waits for a press that makes it a repetition."""
RELEASES = 500 if THOROUGH else 12


class Listener:
    """The program that listens, and its output."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        assert self._lines.get(timeout=PATIENCE) == "listening"

    def until(self, last: str) -> list[str]:
        """The output up to this line."""
        found: list[str] = []
        while (line := self._lines.get(timeout=PATIENCE)) != last:
            found.append(line)
        return found

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.decode().strip())


class Keyboard:
    """Keys pressed with XTest, and a focused window that records which ones reach it."""

    def __init__(self) -> None:
        self._display = Display()
        screen = self._display.screen()
        self._window = screen.root.create_window(0, 0, 50, 50, 0, X.CopyFromParent, event_mask=X.KeyPressMask, override_redirect=True)
        self._window.map()
        self._display.sync()
        self._window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._display.sync()

    def move(self, name: str, pressed: bool) -> None:
        xtest.fake_input(self._display, X.KeyPress if pressed else X.KeyRelease, self._code(name))
        self._display.sync()

    def typed(self, *names: str) -> list[str]:
        """Which of these keys reach the window, each pressed and released in turn."""
        for _ in range(self._display.pending_events()):
            self._display.next_event()
        for name in names:
            for event in (X.KeyPress, X.KeyRelease):  # at once, or a key repeats if this process gets no CPU time in between
                xtest.fake_input(self._display, event, self._code(name))
        self._display.sync()
        codes = {self._code(name): name for name in names}
        arrived = [self._display.next_event() for _ in range(self._display.pending_events())]
        return [codes[event.detail] for event in arrived if event.type == X.KeyPress and event.detail in codes]

    def close(self) -> None:
        self._display.close()

    def _code(self, name: str) -> int:
        return int(self._display.keysym_to_keycode(XK.string_to_keysym(name)))


@contextmanager
def disturbed(listener: Listener, chance: random.Random) -> Iterator[None]:
    """Give the program no CPU time, or 3 ms of every 33, from some moment of the block to some moment after it started."""
    how = chance.choice(["not", "stopped", "starved"])
    begins, lasts = chance.uniform(0, 0.5), chance.uniform(0.05, 0.5)
    over = threading.Event()

    def disturb() -> None:
        over.wait(begins)
        until = time.monotonic() + lasts
        while (left := until - time.monotonic()) > 0 and how != "not":
            listener.signal(signal.SIGSTOP)
            time.sleep(min(left, 0.03) if how == "starved" else left)
            listener.signal(signal.SIGCONT)
            time.sleep(0.003)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def press_and_let_go(keyboard: Keyboard, keys: Sequence[str], order: Sequence[str], held: float, chance: random.Random) -> float:
    """Press a chord, hold it, and release its keys in this order; returns the seconds for which its last key was down."""
    for key in keys:
        keyboard.move(key, True)
    pressed = released = time.monotonic()
    time.sleep(held)
    for key in order:
        keyboard.move(key, False)
        if key == keys[-1]:
            released = time.monotonic()
        time.sleep(chance.choice([0.0, chance.uniform(0, 0.06)]))
    return released - pressed


@pytest.fixture
def keyboard(x_desktop: XDesktop) -> Iterator[Keyboard]:
    x_desktop.run("xset", "r", "rate", "150", "40")
    made = Keyboard()
    yield made
    with suppress(Exception):
        made.close()


@pytest.mark.parametrize(("chord", "mode"), [*itertools.product(CHORDS, MODES)])
def test_keys_that_are_let_go_of_while_it_gets_no_time_all_work_and_one_press_is_one_recording(
    chord: str, mode: str, keyboard: Keyboard, x_desktop: XDesktop, record_property: Any
) -> None:
    keys = CHORDS[chord]
    rounds = math.ceil(RELEASES / (len(CHORDS) * len(MODES)))
    orders = itertools.cycle(itertools.permutations(keys))
    chance = random.Random(f"{chord} {mode}")
    process = x_desktop.start(sys.executable, str(PROGRAM), chord, mode, stdout=subprocess.PIPE)
    try:
        listener = Listener(process)
        for number in range(rounds):
            order = next(orders)
            with disturbed(listener, chance):
                held = press_and_let_go(keyboard, keys, order, chance.choice([TAP / 4, chance.uniform(TAP + 0.05, 0.7)]), chance)
                if mode == "toggle" or (mode == "auto" and held < TAP):
                    time.sleep(GRACE)
                    press_and_let_go(keyboard, keys, order, TAP / 4, chance)
            time.sleep(GRACE)
            keyboard.move("F12", True)
            keyboard.move("F12", False)
            assert listener.until("pause") == ["start", "stop"], f"round {number}, held {held:.3f} s, let go of {order}"
            letters = ["x", *keys[-1:], "y"] if chord.startswith("ctrl+") else ["x", "y"]
            assert keyboard.typed(*letters) == letters, f"round {number}, held {held:.3f} s, let go of {order}"
    finally:
        end(process)
    record_property("releases", rounds)
