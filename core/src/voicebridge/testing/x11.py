"""An X desktop of a test's own, with windows to write into: Xvfb and openbox, which show nothing on any screen.

The fixture is to be imported into a conftest.py.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import pytest

from voicebridge.testing.processes import PATIENCE, Window, end, need, wait_until

TOOLKITS = ("tk", "gtk3", "gtk4", "qt", "xterm")
"""What windows may be made of; xterm is a terminal."""
SYSTEM_PYTHON = "/usr/bin/python3"
"""The one that has the toolkits."""
_PACKAGES = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "setxkbmap": "x11-xkb-utils", "xprop": "x11-utils"}
_PROGRAMS = {
    "tk": ("import tkinter", "python3-tk"),
    "gtk3": ("import gi; gi.require_version('Gtk', '3.0')", "python3-gi gir1.2-gtk-3.0"),
    "gtk4": ("import gi; gi.require_version('Gtk', '4.0')", "python3-gi gir1.2-gtk-4.0"),
    "qt": ("import PyQt6.QtWidgets", "python3-pyqt6"),
    "xterm": ("import shutil, sys; sys.exit(shutil.which('xterm') is None)", "xterm"),
}
# openbox's own key bindings would fire while a test holds modifiers.
_OPENBOX = """\
<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <keyboard/><mouse/>
</openbox_config>
"""
_FOCUSED_WITHIN = 2.0
"""Seconds in which a new window has the focus, as a rule."""
# The windows keep to themselves: no settings of a user's, no session bus that they would start, no other display.
_OF_ITS_OWN = {
    "GDK_BACKEND": "x11", "QT_QPA_PLATFORM": "xcb", "GSETTINGS_BACKEND": "memory", "GTK_A11Y": "none", "NO_AT_BRIDGE": "1",
    "GSK_RENDERER": "cairo", "GTK_IM_MODULE": "gtk-im-context-simple", "DBUS_SESSION_BUS_ADDRESS": "disabled:", "LC_ALL": "C.UTF-8",
    "XDG_SESSION_TYPE": "x11",
}  # fmt: skip
# Writes all that has arrived, for the test to read, under another name first, as the test may look meanwhile.
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
class Target(Window):
    """A window that text can be inserted into."""

    path: Path | None = None
    """Where a terminal writes down what has arrived."""
    _answers: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def text(self) -> str:
        """All that stands in it."""
        if self.path is not None:
            return self.path.read_text(encoding="utf-8", errors="replace")
        return str(self.ask("text"))

    def ask(self, verb: str, value: Any = None, seconds: float = PATIENCE) -> Any:
        """Have a window that is no terminal do something, and return what it says.

        The verbs are ``text``; ``set``, which makes ``value`` the text; ``select``, which selects all of it; ``stall``, which has the
        window hang for as many seconds from now on; and ``copy``, by which a window of GTK 4 puts ``value`` on the clipboard, a mapping
        from MIME types to content.
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
        """Close the window; twice does no harm."""
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
    """A desktop that runs, and the variables by which programs find it."""

    folder: Path
    display: str
    """Its DISPLAY."""
    server: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    _targets: list[Target] = field(default_factory=list)
    _others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def open_entry(self, toolkit: str = "tk", title: str = "") -> Target:
        """Open a window of one of :data:`TOOLKITS`, with a title that no other has; it has the focus when this returns."""
        code, package = _PROGRAMS[toolkit]
        if not Path(SYSTEM_PYTHON).exists() or subprocess.run([SYSTEM_PYTHON, "-c", code], capture_output=True).returncode != 0:  # noqa: S603
            pytest.skip(f"needs: apt install {package}")
        title = title or f"{toolkit}-{len(self._targets)}"
        if toolkit == "xterm":
            path = self.folder / f"{title}.txt"
            # Without a click, so that nothing is pasted; with a font that every X server has.
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
            target.ask("text")  # once more: by now it has heard that it has the focus
        return target

    def _comes_up(self, target: Target, since: float) -> bool:
        """Whether a window has the focus, which is asked for in time: one that grasps for it while it opens may be left without."""
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
        """The title of the window that has the focus, empty when none has."""
        with suppress(subprocess.CalledProcessError):
            return self.run("xdotool", "getwindowfocus", "getwindowname").strip()
        return ""

    def focus(self, target: Target) -> None:
        """Give the focus to another window."""
        self._activate(target)
        wait_until(lambda: self.focused() == target.title, "the focus to move")

    def layout(self, name: str) -> None:
        """Change the keyboard's layout: ``us``, ``de``, ``us,ru``."""
        self.run("setxkbmap", "-layout", name)

    def key_down(self, *keys: str) -> None:
        """Press keys, by X's names for them, and hold them."""
        self.run("xdotool", "keydown", *keys)

    def key_up(self, *keys: str) -> None:
        """Let go of keys."""
        self.run("xdotool", "keyup", *keys)

    def screenshot(self, path: Path, place: tuple[int, int, int, int] = (0, 0, 1280, 800)) -> None:
        """Write what is on the screen, as a PNG file; ``place`` is the left, the top, the width and the height of it, in pixels."""
        import av

        left, top, width, height = place
        options = {"draw_mouse": "0", "video_size": f"{width}x{height}"}
        with av.open(f"{self.display}+{left},{top}", format="x11grab", options=options) as screen:
            shown = next(screen.decode(video=0)).reformat(format="rgb24")
        encoder = av.CodecContext.create("png", "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = shown.width, shown.height, "rgb24", Fraction(1)
        path.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(shown), *encoder.encode(None)]))

    def run(self, *command: str, **settings: Any) -> str:
        """What a program says that is run on this desktop."""
        # S603: programs and words of the test.
        done = subprocess.run(  # noqa: S603
            command, env={**os.environ, **self.environment}, capture_output=True, text=True, check=True, timeout=60, **settings
        )
        return str(done.stdout)

    def start(self, *command: str, **settings: Any) -> subprocess.Popen[bytes]:
        """Start a program on this desktop, which ends with it."""
        environment = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "PYTHONPATH")}
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **settings}
        process = subprocess.Popen(  # noqa: S603 - programs of the test machine
            command, env={**environment, **_OF_ITS_OWN, **self.environment, "HOME": str(self.folder)}, stderr=subprocess.DEVNULL,
            start_new_session=True, **settings,
        )  # fmt: skip
        self._others.append(process)
        return process

    def kill(self) -> None:
        """Take the X server away, as a crash does."""
        self.server.kill()
        self.server.wait()

    def close(self) -> None:
        """Close every window, and the desktop."""
        for target in self._targets:
            target.close()
        for process in [*reversed(self._others), self.server]:
            end(process)


@pytest.fixture
def x_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[XDesktop]:
    """An X desktop, which this process and those that it starts are part of."""
    need(_PACKAGES)
    with x_running(tmp_path / "x") as desktop:
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        for name, value in desktop.environment.items():
            monkeypatch.setenv(name, value)
        yield desktop


@contextmanager
def x_running(folder: Path) -> Iterator[XDesktop]:
    """The same outside tests: an X desktop that keeps its things in ``folder``, which is made, and the end of all that ran on it."""
    folder.mkdir()
    told, tells = os.pipe()
    # Without -noreset the server would begin anew when its last window goes, and take the window manager with it.
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
