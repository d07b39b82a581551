"""The text around the cursor, read from real programs of three toolkits."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from voicebridge import UnavailableError
from voicebridge.ports import CURSOR_SECONDS, CursorText
from voicebridge.testing import CursorContract
from voicebridge.testing.lab import x11
from voicebridge.testing.lab.bus import SessionBus
from voicebridge.testing.lab.x11 import SYSTEM_PYTHON, XDesktop
from voicebridge.testing.processes import PATIENCE, end, wait_until
from voicebridge_os_linux import accessibility
from voicebridge_os_linux.accessibility import AccessibleCursor, probe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="AT-SPI is Linux's")

_LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
LAUNCHER = next((each for each in _LAUNCHERS if Path(each).exists()), "")
TEXTBOX = str(Path(x11.__file__).with_name("textbox.py"))
FORM = """
import sys, gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
window = Gtk.Window(title="form")
box = Gtk.VBox()
name, password = Gtk.Entry(), Gtk.Entry(visibility=False)
name.set_text("It is here.")
password.set_text("secret")
for each in (name, password):
    box.pack_start(each, False, False, 0)
window.add(box)
window.connect("destroy", Gtk.main_quit)
window.show_all()
name.grab_focus()
name.set_position(-1)
Gtk.main()
"""


@pytest.fixture
def in_time(session_bus: SessionBus, x_desktop: XDesktop) -> Iterator[SessionBus]:
    """A desktop whose programs expose their text."""
    if not LAUNCHER:
        pytest.skip("needs: apt install at-spi2-core")
    environment = {**x_desktop.environment, "GSETTINGS_BACKEND": "memory"}
    with session_bus.serving("org.a11y.Bus", LAUNCHER, environment=environment):
        yield session_bus
        wait_until(has_looked, "all searches to end")


@pytest.fixture
def accessible(in_time: SessionBus, monkeypatch: pytest.MonkeyPatch) -> SessionBus:
    """The same without time limits: what programs report is tested, not how fast."""
    for name, seconds in (("CURSOR_SECONDS", 5.0), ("_ANSWER_SECONDS", 5.0), ("_SECONDS", 10.0)):
        monkeypatch.setattr(accessibility, name, seconds)
    return in_time


def has_looked() -> bool:
    return not any(each.name == "accessibility" for each in threading.enumerate())


@contextmanager
def shown(desktop: XDesktop, bus: SessionBus, *command: str, title: str) -> Iterator[IO[bytes]]:
    """A window that exposes its text; yields the pipe for its commands."""
    settings = ("DBUS_SESSION_BUS_ADDRESS=" + bus.address, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1")
    process = desktop.start("env", "-u", "GTK_A11Y", "-u", "NO_AT_BRIDGE", *settings, SYSTEM_PYTHON, *command, stdin=subprocess.PIPE)
    assert process.stdin is not None
    try:
        wait_until(lambda: desktop.focused() == title, f"the window {title}", process)
        yield process.stdin
    finally:
        process.stdin.close()
        end(process)


def see(cursor: AccessibleCursor, expected: CursorText) -> None:
    """Wait until the expected text is read: a program processes its keys a little later."""

    def is_there() -> bool:
        cursor.look()
        wait_until(has_looked, "the search to end")
        return cursor.text() == expected

    wait_until(is_there, f"{expected} around the cursor")


@pytest.mark.parametrize("toolkit", ["gtk3", "gtk4", "qt"])
def test_the_text_around_the_cursor_is_read(toolkit: str, accessible: SessionBus, x_desktop: XDesktop) -> None:
    x_desktop.open_entry(toolkit).close()  # skips if the toolkit is missing
    cursor = AccessibleCursor()
    with shown(x_desktop, accessible, TEXTBOX, toolkit, "box", title="box"):
        see(cursor, CursorText(""))
        x_desktop.run("xdotool", "type", "See this (now")
        see(cursor, CursorText("See this (now"))
        x_desktop.run("xdotool", "key", "Left", "Left", "Left")
        see(cursor, CursorText("See this (", "n"))
        x_desktop.run("xdotool", "key", "shift+Left", "shift+Left")
        see(cursor, CursorText("See this", "n"))
        x_desktop.run("xdotool", "key", "ctrl+a")
        see(cursor, CursorText(""))


def test_a_window_that_gets_the_focus_back_late_is_found(accessible: SessionBus, x_desktop: XDesktop) -> None:
    cursor = AccessibleCursor()
    other = x_desktop.open_entry("gtk3")  # does not expose its text
    with shown(x_desktop, accessible, "-c", FORM, title="form"):
        x_desktop.focus(other)
        cursor.look()
        assert cursor.text() is None
        x_desktop.run("xdotool", "search", "--name", "^form$", "windowactivate")
        wait_until(lambda: cursor.text() == CursorText("It is here."), "the text, by the same search")


def test_another_field_is_found_and_a_password_is_never_read(accessible: SessionBus, x_desktop: XDesktop) -> None:
    x_desktop.open_entry("gtk3").close()
    cursor = AccessibleCursor()
    with shown(x_desktop, accessible, "-c", FORM, title="form"):
        see(cursor, CursorText("It is here."))
        x_desktop.run("xdotool", "key", "Tab")
        wait_until(lambda: cursor.text() is None, "the field to lose the focus")
        see(cursor, CursorText(" "))


def test_a_program_that_hangs_holds_nobody_up(accessible: SessionBus, x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    x_desktop.open_entry("gtk3").close()
    cursor = AccessibleCursor()
    with shown(x_desktop, accessible, TEXTBOX, "gtk3", "box", title="box") as commands:
        see(cursor, CursorText(""))
        monkeypatch.setattr(accessibility, "CURSOR_SECONDS", CURSOR_SECONDS)
        commands.write(json.dumps({"id": 1, "verb": "stall", "value": 10 * PATIENCE}).encode() + b"\n")
        commands.flush()
        wait_until(lambda: cursor.text() is None, "the window to hang")
        assert cursor.text() is None


def test_without_accessibility_nothing_is_known(session_bus: SessionBus) -> None:
    with pytest.raises(UnavailableError, match="This desktop has no accessibility"):
        probe()
    cursor = AccessibleCursor()
    cursor.look()
    assert cursor.text() is None


@pytest.mark.usefixtures("in_time")
class TestContract(CursorContract):
    service = "os-linux/at-spi"
