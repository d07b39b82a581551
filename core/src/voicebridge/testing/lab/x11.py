"""An X desktop for a test, with windows to insert text into: Xvfb and openbox, which show nothing on any screen.

Import the fixture in a conftest.py.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import pytest

from voicebridge.testing.processes import PATIENCE, ProgramWindow, end, need, wait_until

TOOLKITS = ("tk", "gtk3", "gtk4", "qt", "xterm")
"""The available kinds of windows; xterm is a terminal."""
SYSTEM_PYTHON = "/usr/bin/python3"
"""The Python that has the toolkits."""
_PACKAGES = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "setxkbmap": "x11-xkb-utils", "xprop": "x11-utils"}
_PROGRAMS = {
    "tk": ("import tkinter", "python3-tk"),
    "gtk3": ("import gi; gi.require_version('Gtk', '3.0')", "python3-gi gir1.2-gtk-3.0"),
    "gtk4": ("import gi; gi.require_version('Gtk', '4.0')", "python3-gi gir1.2-gtk-4.0"),
    "qt": ("import PyQt6.QtWidgets", "python3-pyqt6"),
    "xterm": ("import shutil, sys; sys.exit(shutil.which('xterm') is None)", "xterm"),
}
# openbox's own key bindings would trigger while a test holds modifiers.
_OPENBOX = """\
<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <keyboard/><mouse/>
</openbox_config>
"""
_FOCUSED_WITHIN = 2.0
"""Usual seconds until a new window has the focus."""
# The windows are isolated: no user settings, no session bus that they would start, no other display.
_OF_ITS_OWN = {
    "GDK_BACKEND": "x11", "QT_QPA_PLATFORM": "xcb", "GSETTINGS_BACKEND": "memory", "GTK_A11Y": "none", "NO_AT_BRIDGE": "1",
    "GSK_RENDERER": "cairo", "GTK_IM_MODULE": "gtk-im-context-simple", "DBUS_SESSION_BUS_ADDRESS": "disabled:", "LC_ALL": "C.UTF-8",
    "XDG_SESSION_TYPE": "x11",
}  # fmt: skip
# Writes all text that has arrived for the test, to a temporary name first, because the test may read it at any time.
_TERMINAL = """
import os, sys, tty
path = sys.argv[1]
tty.setraw(0)
heard = b""
while True:
    with open(path + "~", "wb") as file:
        file.write(heard.replace(b"\\r", b"\\n"))
    os.rename(path + "~", path)
    new = os.read(0, 65536)
    os.write(1, new.replace(b"\\r", b"\\r\\n"))
    heard += new
"""


@dataclass
class Target(ProgramWindow):
    """A window that text can be inserted into."""

    path: Path | None = None
    """Where a terminal writes the text that has arrived."""
    _answers: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def text(self) -> str:
        """Its whole text."""
        if self.path is not None:
            return self.path.read_text(encoding="utf-8", errors="replace")
        return str(self.ask("text"))

    def ask(self, verb: str, value: Any = None, seconds: float = PATIENCE) -> Any:
        """Send a command to a window other than a terminal, and return the answer.

        The commands are ``text``; ``set``, which sets the text to ``value``; ``select``, which selects all; ``stall``, which makes the
        window hang for that many seconds; and ``copy``, with which a GTK 4 window copies ``value`` to the clipboard, a mapping from MIME
        types to content.
        """
        number = next(self._numbers)
        pipe: IO[bytes] = self.process.stdin  # type: ignore[assignment] # it was given one
        pipe.write(json.dumps({"id": number, "verb": verb, "value": value}).encode() + b"\n")
        pipe.flush()
        end = time.monotonic() + seconds
        while True:
            try:
                answer = self._answers.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"{self.toolkit} has not answered {verb!r} for {seconds:g} s")
            if answer["id"] == number:
                return answer["value"]

    def close(self) -> None:
        """Close the window; calling it twice is allowed."""
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
        super().close()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self._answers.put(json.loads(line))
        if self.process.stdout is not None:
            self.process.stdout.close()


@dataclass
class XDesktop:
    """A running desktop, and the variables with which programs find it."""

    folder: Path
    display: str
    """Its DISPLAY."""
    server: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    _targets: list[Target] = field(default_factory=list)
    _others: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _number: socket.socket | None = None

    def open_entry(self, toolkit: str = "tk", title: str = "") -> Target:
        """Open a window of one of :data:`TOOLKITS`, with a unique title; it has the focus when this returns."""
        code, package = _PROGRAMS[toolkit]
        if not Path(SYSTEM_PYTHON).exists() or subprocess.run([SYSTEM_PYTHON, "-c", code], capture_output=True).returncode != 0:  # noqa: S603
            pytest.skip(f"needs: apt install {package}")
        title = title or f"{toolkit}-{len(self._targets)}"
        if toolkit == "xterm":
            path = self.folder / f"{title}.txt"
            # Without a click, which would paste; with a font that every X server has.
            command = ["xterm", "-u8", "-fn", "fixed", "-T", title, "-e", SYSTEM_PYTHON, "-c", _TERMINAL, str(path)]
            target = Target(toolkit, title, self.start(*command), path)
        else:
            command = [SYSTEM_PYTHON, str(Path(__file__).with_name("textbox.py")), toolkit, title]
            target = Target(toolkit, title, self.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            threading.Thread(target=target._listen, name=f"what {title} says", daemon=True).start()
        self._targets.append(target)
        if target.path is None:
            target.ask("text")
        since = time.monotonic()
        wait_until(lambda: self._comes_up(target, since), f"a window of {toolkit}", target.process)
        if target.path is None:
            target.ask("text")  # again: by now, it has processed the focus event
        return target

    def _comes_up(self, target: Target, since: float) -> bool:
        """Whether a window has the focus, after requesting it at the right time: one that is focused while it opens may lose it again."""
        if self.focused() == target.title:
            return not target.path or target.path.exists()
        if time.monotonic() - since > _FOCUSED_WITHIN:
            with suppress(subprocess.CalledProcessError):
                self._activate(target)
            time.sleep(_FOCUSED_WITHIN)
        return False

    def _activate(self, target: Target) -> None:
        self.run("xdotool", "search", "--name", f"^{target.title}$", "windowactivate")

    def focused(self) -> str:
        """The title of the focused window, empty if there is none."""
        with suppress(subprocess.CalledProcessError):
            return self.run("xdotool", "getwindowfocus", "getwindowname").strip()
        return ""

    def focus(self, target: Target) -> None:
        """Focus another window."""
        self._activate(target)
        wait_until(lambda: self.focused() == target.title, "the focus to move")

    def layout(self, name: str) -> None:
        """Change the keyboard layout: ``us``, ``de``, ``us,ru``."""
        self.run("setxkbmap", "-layout", name)

    def key_down(self, *keys: str) -> None:
        """Press keys, by their X names, and hold them."""
        self.run("xdotool", "keydown", *keys)

    def key_up(self, *keys: str) -> None:
        """Release keys."""
        self.run("xdotool", "keyup", *keys)

    def screenshot(self, path: Path, place: tuple[int, int, int, int] = (0, 0, 1280, 800)) -> None:
        """Save a screenshot as a PNG file; ``place`` is left, top, width and height, in pixels."""
        import av

        left, top, width, height = place
        options = {"draw_mouse": "0", "video_size": f"{width}x{height}"}
        with av.open(f"{self.display}+{left},{top}", format="x11grab", options=options) as screen:
            shown = next(screen.decode(video=0)).reformat(format="rgb24")
        encoder = av.CodecContext.create("png", "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = shown.width, shown.height, "rgb24", Fraction(1)
        path.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(shown), *encoder.encode(None)]))

    def run(self, *command: str, **settings: Any) -> str:
        """The output of a program run on this desktop."""
        # S603: programs and arguments of the test.
        done = subprocess.run(  # noqa: S603
            command, env={**os.environ, **self.environment}, capture_output=True, text=True, check=True, timeout=60, **settings
        )
        return str(done.stdout)

    def start(self, *command: str, **settings: Any) -> subprocess.Popen[bytes]:
        """Start a program on this desktop, which is ended with it."""
        environment = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "PYTHONPATH")}
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **settings}
        process = subprocess.Popen(  # noqa: S603 - programs of the test machine
            command, env={**environment, **_OF_ITS_OWN, **self.environment, "HOME": str(self.folder)}, stderr=subprocess.DEVNULL,
            start_new_session=True, **settings,
        )  # fmt: skip
        self._others.append(process)
        return process

    def kill(self) -> None:
        """Kill the X server, as in a crash."""
        self.server.kill()
        self.server.wait()
        if sys.platform == "linux":
            self._number = socket.socket(socket.AF_UNIX)
            self._number.bind(f"\0/tmp/.X11-unix/X{self.display[1:]}")  # nobody listens there

    def close(self) -> None:
        """Close all windows, and the desktop."""
        for target in self._targets:
            target.close()
        for process in [*reversed(self._others), self.server]:
            end(process)
        if self._number is not None:
            self._number.close()


@pytest.fixture
def x_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[XDesktop]:
    """An X desktop, used by this process and its children."""
    need(_PACKAGES)
    with x_running(tmp_path / "x") as desktop:
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        for name, value in desktop.environment.items():
            monkeypatch.setenv(name, value)
        yield desktop


@contextmanager
def x_running(folder: Path) -> Iterator[XDesktop]:
    """The same outside tests: an X desktop with its files in ``folder``, which is created; everything on it is ended at the end."""
    folder.mkdir()
    told, tells = os.pipe()
    # Without -noreset, the server would restart when its last window closes, and end the window manager.
    command = ["Xvfb", "-displayfd", str(tells), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-ac", "-noreset"]
    nothing = subprocess.DEVNULL
    server = subprocess.Popen(  # noqa: S603 - programs of the test machine
        command, stdin=nothing, stdout=nothing, stderr=nothing, pass_fds=(tells,), start_new_session=True
    )
    os.close(tells)
    with os.fdopen(told) as file:
        display = f":{file.readline().strip()}"
    desktop = XDesktop(folder, display, server, {"DISPLAY": display, "XDG_SESSION_TYPE": "x11"})
    try:
        if display == ":":
            pytest.fail("Xvfb did not start")
        configuration = folder / "openbox.xml"
        configuration.write_text(_OPENBOX, encoding="utf-8")
        manager = desktop.start("openbox", "--config-file", str(configuration), "--sm-disable")
        wait_until(lambda: "window id" in desktop.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"), "openbox", manager)
        yield desktop
    finally:
        desktop.close()
