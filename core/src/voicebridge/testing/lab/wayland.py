"""A Wayland desktop for a test, with windows to insert text into: sway, which shows nothing on any screen.

Import the fixture in a conftest.py. sway refuses to run as root: in this case, it and its windows run as nobody, and the test communicates
with them through the desktop's socket.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from voicebridge.testing.processes import ProgramWindow, end, need, wait_until

TOOLKITS = ("foot", "gtk3", "gtk4")
"""The available kinds of windows: a terminal, and a text entry of either GTK."""
_PACKAGES = {"sway": "sway", "foot": "foot", "grim": "grim", "wtype": "wtype", "setpriv": "util-linux"}
_NOBODY = 65534
_CONFIGURATION = """\
output * resolution 800x600 background #202020 solid_color
default_border none
xwayland disable
"""
# Each writes all text that has arrived for the test, first when its window is ready: to a temporary name, because the test may read it at
# any time.
_ENTRY = """
import os, sys
import gi
version, path, program, title = sys.argv[1:]
gi.require_version("Gtk", version)
from gi.repository import GLib, Gtk
GLib.set_prgname(program)
def keep(*_):
    text = buffer.get_text(*buffer.get_bounds(), True)
    with open(path + "~", "w", newline="") as file:
        file.write(text)
    os.rename(path + "~", path)
view = Gtk.TextView()
view.set_wrap_mode(Gtk.WrapMode.WORD_CHAR)
buffer = view.get_buffer()
buffer.connect("changed", keep)
def made(window):
    window.set_title(title)
    window.connect("map", keep)
    window.set_child(view) if version == "4.0" else window.add(view)
    view.grab_focus()
    window.present() if version == "4.0" else window.show_all()
if version == "4.0":
    Gtk.init()
    made(Gtk.Window())
    GLib.MainLoop().run()
else:
    Gtk.init(None)
    made(Gtk.Window())
    Gtk.main()
"""
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

    application: str
    """Its application id: ``foot``, ``gtk3`` or ``gtk4``."""
    path: Path

    def text(self) -> str:
        """The text so far."""
        return self.path.read_text(encoding="utf-8", errors="replace")


@dataclass
class SwayDesktop:
    """A running desktop, and the variables with which programs find it."""

    folder: Path
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    _targets: list[Target] = field(default_factory=list)
    _keyboard: subprocess.Popen[bytes] | None = None

    def open_entry(self, toolkit: str) -> Target:
        """Open a window of one of :data:`TOOLKITS`; it has the focus when this returns."""
        if toolkit != "foot" and not _has_gtk(toolkit):
            pytest.skip(f"needs: apt install python3-gi {_GTK_PACKAGES[toolkit]}")
        name = f"vb-{toolkit}-{len(self._targets)}"
        path = self.folder / f"{name}.txt"
        if toolkit == "foot":
            command = ["foot", f"--title={name}", "--config=/dev/null", "/usr/bin/python3", "-c", _TERMINAL, str(path)]
        else:
            command = ["/usr/bin/python3", "-c", _ENTRY, f"{toolkit[-1]}.0", str(path), toolkit, name]
        target = Target(toolkit, name, _start(command, self.environment), toolkit, path)
        self._targets.append(target)
        wait_until(lambda: path.exists() and self.focused() == name, f"a window of {toolkit}", target.process)
        return target

    def focused(self) -> str:
        """The title of the focused window, empty if there is none."""
        left = [json.loads(self.tell("-t", "get_tree", "--raw"))]
        while left:
            node = left.pop()
            if node.get("focused"):
                return (node.get("app_id") and node.get("name")) or ""
            left += node.get("nodes", []) + node.get("floating_nodes", [])
        return ""

    def focus(self, target: Target) -> None:
        """Focus another window."""
        self.tell(f"[title={target.title}] focus")
        wait_until(lambda: self.focused() == target.title, "the focus to move")

    def tell(self, *words: str) -> str:
        """The output of ``swaymsg`` with these arguments."""
        return self.run("swaymsg", *words)

    def type(self, *words: str) -> None:
        """Press keys with ``wtype``, as on a keyboard: ``-P F9 -s 500 -p F9`` holds one for half a second."""
        self.run("wtype", "-s", "50", *words)

    def plug_in(self) -> None:
        """Add an unused keyboard. Without one, windows notice the first keys of another keyboard too late."""
        self._keyboard = _start(["wtype", "-s", str(7 * 24 * 3_600_000)], self.environment)
        wait_until(lambda: "keyboard" in self.tell("-t", "get_inputs"), "the keyboard", self._keyboard)

    def unplug(self) -> None:
        """Remove the keyboard."""
        if self._keyboard is not None:
            end(self._keyboard)
            self._keyboard = None

    def screenshot(self, path: Path) -> None:
        """Save a screenshot as a PNG file."""
        self.run("grim", str(path))

    def run(self, *command: str) -> str:
        """The output of a program run on this desktop."""
        # S603: programs and arguments of the test.
        done = subprocess.run(command, env={**os.environ, **self.environment}, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
        return done.stdout

    def close(self) -> None:
        """Close all windows, and the desktop."""
        for target in self._targets:
            target.close()
        self.unplug()
        end(self.process)


@pytest.fixture
def sway_desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[SwayDesktop]:
    """A Wayland desktop, used by this process and its children."""
    need(_PACKAGES)
    with sway_running() as desktop:
        monkeypatch.delenv("DISPLAY", raising=False)
        for name, value in desktop.environment.items():
            monkeypatch.setenv(name, value)
        yield desktop


@contextmanager
def sway_running() -> Iterator[SwayDesktop]:
    """The same outside tests: a Wayland desktop, which is ended with all its windows."""
    # Not in the test's own folder, which only its user can access.
    folder = Path(tempfile.mkdtemp(prefix="vb-sway-"))
    try:
        configuration = folder / "sway.conf"
        configuration.write_text(_CONFIGURATION, encoding="utf-8")
        configuration.chmod(0o644)  # regardless of the umask
        folder.chmod(0o700)
        if _is_root():
            shutil.chown(folder, _NOBODY, _NOBODY)
        environment = {"XDG_RUNTIME_DIR": str(folder), "XDG_SESSION_TYPE": "wayland", "XDG_CURRENT_DESKTOP": "sway"}
        said = folder / "said"
        with said.open("wb") as errors:
            process = _start(["sway", "-c", str(configuration)], {**environment, **_HEADLESS}, errors)
        desktop = SwayDesktop(folder, process, environment)
        try:
            try:
                wait_until(lambda: bool(_sockets(folder)), "sway", process)
                wayland, ipc = _sockets(folder)
                environment |= {"WAYLAND_DISPLAY": wayland.name, "SWAYSOCK": str(ipc)}
                wait_until(lambda: _has_screen(desktop), "sway's screen", process)
            except pytest.fail.Exception as failure:
                failure.add_note(said.read_text(errors="replace")[-2000:])
                raise
            desktop.plug_in()
            yield desktop
        finally:
            desktop.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_HEADLESS = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
_GTK_PACKAGES = {"gtk3": "gir1.2-gtk-3.0", "gtk4": "gir1.2-gtk-4.0"}
# The windows are isolated: no user settings, no session bus that they would start, no other display.
_OF_ITS_OWN = {
    "GDK_BACKEND": "wayland", "GSETTINGS_BACKEND": "memory", "GTK_A11Y": "none", "NO_AT_BRIDGE": "1", "GSK_RENDERER": "cairo",
    "DBUS_SESSION_BUS_ADDRESS": "disabled:", "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh",
}  # fmt: skip


def _sockets(folder: Path) -> list[Path]:
    wayland = [path for path in folder.glob("wayland-*") if path.suffix != ".lock"]
    ipc = list(folder.glob("sway-ipc.*.sock"))
    return [wayland[0], ipc[0]] if wayland and ipc else []


def _has_screen(desktop: SwayDesktop) -> bool:
    try:
        return "HEADLESS-1" in desktop.tell("-t", "get_outputs")
    except subprocess.CalledProcessError:  # its socket exists before it listens
        return False


def _has_gtk(toolkit: str) -> bool:
    code = f"import gi; gi.require_version('Gtk', '{toolkit[-1]}.0')"
    return Path("/usr/bin/python3").exists() and subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True).returncode == 0  # noqa: S603


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _start(command: list[str], environment: Mapping[str, str], errors: BinaryIO | None = None) -> subprocess.Popen[bytes]:
    if _is_root():
        command = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--inh-caps=-all", *command]
    kept = {name: os.environ[name] for name in ("PATH", "TZ") if name in os.environ}
    home = {"HOME": environment["XDG_RUNTIME_DIR"]}
    nothing = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - programs of the test machine
        command, env={**kept, **home, **_OF_ITS_OWN, **environment}, cwd=environment["XDG_RUNTIME_DIR"],  # nobody can't access ours
        stdin=nothing, stdout=nothing, stderr=errors or nothing, start_new_session=True,
    )  # fmt: skip
