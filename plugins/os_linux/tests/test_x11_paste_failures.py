"""Windows, clipboard owners and desktops that stall, hang or die during pasting, and clipboard managers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from voicebridge import PartlyInsertedError, UnavailableError
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge_os_linux.x11 import keyboard, paste
from voicebridge_os_linux.x11.clipboard import XClipboard
from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.fetching import fetch, owner, targets
from voicebridge_os_linux.x11.paste import XPaste

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="X is Linux's"), pytest.mark.heavy]


@pytest.fixture
def at_the_keys(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Runs a function just before the keys are pressed."""

    def do(what: Callable[[], object]) -> None:
        press = keyboard.Keyboard.press_chord

        def first(self: keyboard.Keyboard, *chord: Any) -> None:
            what()
            press(self, *chord)

        monkeypatch.setattr(keyboard.Keyboard, "press_chord", first)

    return do


AtTheKeys = Callable[[Callable[[], object]], None]


@pytest.mark.parametrize("toolkit", ["tk", "gtk3", "gtk4", "qt"])
def test_a_window_that_stalls_pastes_the_new_text_and_not_the_old(toolkit: str, x_desktop: XDesktop, at_the_keys: AtTheKeys) -> None:
    window = x_desktop.open_entry(toolkit)
    XClipboard().write("old")
    at_the_keys(lambda: window.ask("stall", 0.6))
    XPaste().insert("new")
    window.wait_for("new")
    assert XClipboard().read() == "old"


def test_a_terminal_that_stalls_pastes_the_new_text(x_desktop: XDesktop, at_the_keys: AtTheKeys) -> None:
    window = x_desktop.open_entry("xterm")
    XClipboard().write("old")

    def stall() -> None:
        window.freeze()
        threading.Timer(0.6, window.thaw).start()

    at_the_keys(stall)
    XPaste().insert("new")
    window.wait_for("new")
    assert XClipboard().read() == "old"


def test_a_window_that_hangs_before_the_keys_is_left_alone(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paste, "HANG_SECONDS", 0.3)
    window = x_desktop.open_entry("gtk3")
    XClipboard().write("old")
    window.freeze()
    with pytest.raises(UnavailableError, match="is not responding"):
        XPaste().insert("text")
    window.thaw()
    assert XClipboard().read() == "old"
    assert window.text() == ""


def test_a_window_that_hangs_after_the_keys_finds_the_text_once_it_goes_on(
    x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch, at_the_keys: AtTheKeys
) -> None:
    monkeypatch.setattr(paste, "HANG_SECONDS", 0.5)
    window = x_desktop.open_entry("gtk3")
    XClipboard().write("old")
    at_the_keys(window.freeze)
    with pytest.raises(PartlyInsertedError, match="The text is on the clipboard"):
        XPaste().insert("text")
    assert XClipboard().read() == "text"
    window.thaw()
    window.wait_for("text")


def test_a_window_that_dies_is_told_at_once(x_desktop: XDesktop, at_the_keys: AtTheKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paste, "ASK_SECONDS", 10 * PATIENCE)  # as for a window that requests nothing
    window = x_desktop.open_entry("gtk3")
    XClipboard().write("old")
    at_the_keys(window.kill)
    with pytest.raises(PartlyInsertedError, match="closed its window"):
        XPaste().insert("text")
    assert XClipboard().read() == "text"


def test_a_focus_that_moves_before_the_keys_is_told(x_desktop: XDesktop) -> None:
    other, window = x_desktop.open_entry("tk"), x_desktop.open_entry("gtk3")
    XClipboard().write("old")
    x_desktop.key_down("Shift_L")
    with ThreadPoolExecutor(1) as threads:
        inserting = threads.submit(XPaste().insert, "text")
        with pytest.raises(TimeoutError):
            inserting.result(0.3)
        x_desktop.focus(other)
        x_desktop.key_up("Shift_L")
        with pytest.raises(UnavailableError, match="The focus has moved"):
            inserting.result(PATIENCE)
    assert other.text() == window.text() == ""
    assert XClipboard().read() == "old"


def test_what_somebody_copies_meanwhile_stays(
    x_desktop: XDesktop, x_copy: Callable[..., object], at_the_keys: AtTheKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paste, "ASK_SECONDS", 0.2)
    x_desktop.open_entry("gtk3")
    XClipboard().write("old")
    at_the_keys(lambda: x_copy(b"newer"))
    with pytest.raises(UnavailableError):
        XPaste().insert("text")
    assert XClipboard().read() == "newer"


@contextmanager
def manager() -> Iterator[set[str]]:
    """A clipboard manager: reads after every change, and again a little later; yields the formats that it has seen."""
    seen: set[str] = set()
    ended = threading.Event()

    def look() -> None:
        with connected() as connection:
            last = 0
            while not ended.wait(0.002):
                now = owner(connection, "CLIPBOARD")
                if now and now != last:
                    seen.update(targets(connection, "CLIPBOARD"))
                    fetch(connection, "CLIPBOARD", "UTF8_STRING")
                    ended.wait(0.05)
                    fetch(connection, "CLIPBOARD", "UTF8_STRING")
                last = now

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def test_a_clipboard_manager_is_not_taken_for_the_window_and_asked_to_forget(x_desktop: XDesktop, at_the_keys: AtTheKeys) -> None:
    window = x_desktop.open_entry("gtk3")
    XClipboard().write("old")
    at_the_keys(lambda: window.ask("stall", 0.4))
    with manager() as seen:
        XPaste().insert("new")
    window.wait_for("new")
    assert XClipboard().read() == "old"
    assert "x-kde-passwordManagerHint" in seen


def test_a_clipboard_manager_alone_is_nobody_who_pastes(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paste, "ASK_SECONDS", 0.3)
    x_desktop.open_entry("gtk3")
    with manager(), pytest.raises(UnavailableError, match="does not paste"):
        XPaste().insert("new", chord="ctrl+f8")


# A window that shows in its title what it fetches, over its own connection, when Insert is pressed.
TWO_CONNECTIONS = """
from Xlib import X, XK, Xutil
from Xlib.display import Display
shown, fetching = Display(), Display()
window = shown.screen().root.create_window(0, 0, 200, 100, 0, X.CopyFromParent, event_mask=X.KeyPressMask)
window.set_wm_class("two", "Two")
window.set_wm_name("empty")
window.set_wm_hints(flags=Xutil.InputHint, input=1)
window.map()
own = fetching.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
clipboard, target, place = (fetching.intern_atom(name) for name in ("CLIPBOARD", "UTF8_STRING", "TEXT"))
while True:
    event = shown.next_event()
    if event.type == X.KeyPress and shown.keycode_to_keysym(event.detail, 0) == XK.XK_Insert:
        own.convert_selection(clipboard, target, place, X.CurrentTime)
        while fetching.next_event().type != X.SelectionNotify:
            pass
        window.set_wm_name(own.get_full_property(place, X.AnyPropertyType).value)
        shown.sync()
"""


def test_a_program_may_fetch_the_text_over_another_connection_than_its_windows(x_desktop: XDesktop) -> None:
    x_desktop.start(sys.executable, "-c", TWO_CONNECTIONS)
    wait_until(lambda: x_desktop.focused() == "empty", "the window")
    with manager():
        XPaste().insert("text")
    wait_until(lambda: x_desktop.focused() == "text", "the text")


def test_an_owner_that_hangs_is_told_before_anything_is_taken_from_it(
    x_desktop: XDesktop, x_copy: Callable[..., subprocess.Popen[bytes]]
) -> None:
    window = x_desktop.open_entry("tk")
    copied = x_copy(b"old")
    os.kill(copied.pid, signal.SIGSTOP)
    with pytest.raises(UnavailableError, match="The program that owns the clipboard does not answer"):
        XPaste().insert("text")
    assert window.text() == ""
    with connected() as connection:
        assert connection.client(owner(connection, "CLIPBOARD")) != connection.client(connection.window.id)


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_the_old_clipboard_comes_back_when_we_are_killed_in_the_middle(signal_number: int, x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("tk")
    XClipboard().write("old")
    code = "import sys; from voicebridge_os_linux.x11.paste import XPaste; XPaste().insert(sys.stdin.read(), chord='ctrl+f8')"
    process = x_desktop.start(sys.executable, "-c", code, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"text")
    process.stdin.close()
    wait_until(lambda: XClipboard().read() == "text", "the text to be lent", process)
    process.send_signal(signal_number)
    process.wait(PATIENCE)
    wait_until(lambda: XClipboard().read() == "old", "the old text to come back")
    assert window.text() == ""


def test_a_desktop_that_dies_or_hangs_in_the_middle_is_told(
    x_desktop: XDesktop, at_the_keys: AtTheKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicebridge_os_linux.x11.connection.ANSWER_SECONDS", 0.5)
    x_desktop.open_entry("tk")
    XClipboard().write("old")
    server = x_desktop.server.pid
    at_the_keys(lambda: os.kill(server, signal.SIGSTOP))
    with pytest.raises(UnavailableError, match="The X server doesn't answer"):
        XPaste().insert("text")
    os.kill(server, signal.SIGCONT)
    monkeypatch.undo()
    monkeypatch.setenv("DISPLAY", x_desktop.display)
    wait_until(lambda: XClipboard().read() == "old", "the old text to come back")
    x_desktop.key_up("Shift_L")  # the last key pressed
    at_the_keys(x_desktop.kill)
    with pytest.raises(UnavailableError, match="The X server doesn't answer"):
        XPaste().insert("text")
