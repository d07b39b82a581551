"""A desktop that dictates, which nobody sees or hears: what the benchmarks of dictation share."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from _side_by_side import own_command
from voicebridge.testing.desktops import SoundServer, sound_server_in
from voicebridge.testing.x11 import Target, XDesktop, x_running
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

MODEL = "base"


@dataclass
class Desk:
    """A desktop, and `voicebridge dictate` on it."""

    process: subprocess.Popen[bytes]
    x: XDesktop
    sound: SoundServer
    target: Target
    recordings: Path

    def __post_init__(self) -> None:
        self._display = Display(self.x.display)
        names = ("Control_L", "Alt_L", "space")
        self._keys = [self._display.keysym_to_keycode(XK.string_to_keysym(name)) for name in names]

    def press(self) -> float:
        """Press the key, and say when."""
        return self._send(X.KeyPress, self._keys)

    def release(self) -> float:
        """Let go of it, and say when."""
        return self._send(X.KeyRelease, self._keys[::-1])

    def _send(self, kind: int, keys: list[int]) -> float:
        began = time.perf_counter()
        for key in keys:
            xtest.fake_input(self._display, kind, key)
        self._display.sync()
        return began


@contextmanager
def dictating(folder: Path, environment: Mapping[str, str]) -> Iterator[Desk]:
    home = Path(environment["VOICEBRIDGE_HOME"])
    with x_running(folder / "x") as x, sound_server_in(folder / "sound") as sound:
        sound.plug_in()
        target = x.open_entry("tk")
        session = {**environment, **x.environment, **sound.environment, "VOICEBRIDGE_DICTATION_SOUNDS": "false"}
        session = {name: value for name, value in session.items() if name not in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
        with (folder / "said").open("wb+") as said:
            process = subprocess.Popen(
                [own_command("voicebridge"), "dictate", "-m", MODEL, "-l", "en", "--mode", "hold"], env=session, stdin=subprocess.DEVNULL,
                stderr=said,
            )  # fmt: skip
            try:
                wait_until(lambda: b"Ctrl-C" in (folder / "said").read_bytes())
                yield Desk(process, x, sound, target, home / "data" / "history")
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(30)


def wait_until(reached: Callable[[], bool]) -> None:
    end = time.perf_counter() + 60
    while not reached():
        if time.perf_counter() > end:
            raise SystemExit("waited for a minute in vain")
        time.sleep(0.0005)
