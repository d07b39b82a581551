"""A headless desktop with dictation, shared by the benchmarks of dictation."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from _side_by_side import own_command
from voicebridge.testing.lab.desktops import SoundServer, sound_server_in
from voicebridge.testing.lab.x11 import Target, XDesktop, x_running
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

MODEL = "base"


@dataclass
class Desk:
    """A desktop running `voicebridge dictate`."""

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
        """Press the key, and return the time."""
        return self._send(X.KeyPress, self._keys)

    def release(self) -> float:
        """Release the key, and return the time."""
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
        session = {**environment, **x.environment, **sound.environment}
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
