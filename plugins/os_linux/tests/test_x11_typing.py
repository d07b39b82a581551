"""Typing into real windows on a real X server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from voicebridge import PartlyInsertedError, UnavailableError
from voicebridge.testing.lab.x11 import SYSTEM_PYTHON, TOOLKITS, XDesktop
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge_os_linux.x11 import keyboard
from voicebridge_os_linux.x11 import type as typing
from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.type import XType
from Xlib import X

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="X is Linux's"), pytest.mark.heavy]

MIXED = "Größe, é à ß “quotes” — 北京, Жук, 😀\n\tzyZY §²€ {}[]@|~\\ CAPITALS, yz\n"


MENU = 135
"""The keycode of the Menu key on every PC."""


def mapping() -> list[list[int]]:
    """The keysyms of every key."""
    with connected() as connection:
        info = connection.display.display.info
        keys = connection.display.get_keyboard_mapping(info.min_keycode, info.max_keycode - info.min_keycode + 1)
        return [[keysym for keysym in key if keysym] for key in keys]


@pytest.mark.parametrize("toolkit", TOOLKITS)
def test_every_character_arrives_on_every_layout(toolkit: str, x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry(toolkit)
    expected = ""
    for layout in ("us", "de", "fr", "ru"):
        x_desktop.layout(layout)
        before = mapping()
        XType().insert(MIXED)
        expected += MIXED
        window.wait_for(expected)
        assert mapping() == before


def test_the_second_of_two_layouts_may_be_in_use(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("gtk3")
    x_desktop.run("setxkbmap", "-layout", "us,ru", "-option", "grp:menu_toggle")
    with connected() as connection:
        keys = keyboard.Keyboard(connection)
        keys.press(MENU)  # xdotool would press it in the first layout
        keys.release(MENU)
        connection.sync()
    XType().insert("Жук, bug. Ещё\n")
    window.wait_for("Жук, bug. Ещё\n")


def test_more_characters_than_keys_can_be_lent_arrive_one_part_after_the_other(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("gtk3")
    before = mapping()
    text = "".join(map(chr, range(0x4E00, 0x4E78))) * 2 + "end"
    XType().insert(text)
    window.wait_for(text)
    assert mapping() == before


def test_caps_lock_does_not_matter_and_stays_on(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("tk")
    x_desktop.run("xdotool", "key", "Caps_Lock")
    XType().insert("small and BIG, äÄ Ж")
    window.wait_for("small and BIG, äÄ Ж")
    with connected() as connection:
        assert connection.root.query_pointer().mask & X.LockMask


def test_control_characters_are_left_out_and_nothing_is_nothing_to_do(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    window = x_desktop.open_entry("gtk3")
    XType().insert("a\x1b\x03\x08b")
    window.wait_for("ab")
    monkeypatch.setenv("DISPLAY", "")
    XType().insert("")
    XType().insert("\x1b")


def test_modifiers_that_are_held_are_waited_for(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    window = x_desktop.open_entry("gtk3")
    x_desktop.key_down("Control_L")
    with ThreadPoolExecutor(1) as threads:
        inserting = threads.submit(XType().insert, "text")
        with pytest.raises(TimeoutError):
            inserting.result(0.3)
        x_desktop.key_up("Control_L")
        inserting.result(PATIENCE)
    window.wait_for("text")
    monkeypatch.setattr(keyboard, "HELD_SECONDS", 0.2)
    x_desktop.key_down("Alt_L")
    with pytest.raises(UnavailableError, match="while alt is held down"):
        XType().insert("text")


@pytest.fixture
def midway(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Runs a function once the first characters are typed."""
    monkeypatch.setattr(typing, "BURST", 5)

    def do(what: Callable[[], object]) -> None:
        wait = typing._Typist._wait_until_read
        once = threading.Lock()

        def then(self: typing._Typist) -> None:
            wait(self)
            if once.acquire(blocking=False):
                what()

        monkeypatch.setattr(typing._Typist, "_wait_until_read", then)

    return do


Midway = Callable[[Callable[[], object]], None]


def test_a_focus_that_moves_midway_ends_it(x_desktop: XDesktop, midway: Midway) -> None:
    other, window = x_desktop.open_entry("tk"), x_desktop.open_entry("gtk3")
    before = mapping()
    midway(lambda: x_desktop.focus(other))
    with pytest.raises(PartlyInsertedError, match=r"The focus has moved to another window\. 5 of 13 characters were typed"):
        XType().insert("Größe é ß 北京 ")
    window.wait_for("Größe")
    assert other.text() == ""
    assert mapping() == before


def test_a_window_that_dies_midway_is_told(x_desktop: XDesktop, midway: Midway) -> None:
    window = x_desktop.open_entry("gtk3")
    before = mapping()
    midway(window.kill)
    with pytest.raises(PartlyInsertedError, match="of 13 characters were typed"):
        XType().insert("Größe é ß 北京 ")
    assert mapping() == before


def test_a_window_that_hangs_midway_is_told(x_desktop: XDesktop, midway: Midway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing, "FOLLOW_SECONDS", 0.4)
    window = x_desktop.open_entry("gtk3")
    before = mapping()
    midway(window.freeze)
    with pytest.raises(PartlyInsertedError, match="The window is not responding"):
        XType().insert("Größe é ß 北京 ")
    assert mapping() == before


def test_a_desktop_that_dies_midway_is_told(x_desktop: XDesktop, midway: Midway) -> None:
    x_desktop.open_entry("gtk3")
    midway(x_desktop.kill)
    with pytest.raises(PartlyInsertedError, match="of 13 characters were typed"):
        XType().insert("Größe é ß 北京 ")


def test_a_desktop_that_is_gone_and_one_without_a_window_are_told(x_desktop: XDesktop) -> None:
    with pytest.raises(UnavailableError, match="No window has the focus"):
        XType().insert("x")
    x_desktop.kill()
    with pytest.raises(UnavailableError, match="The X server doesn't answer"):
        XType().insert("x")


def test_ctrl_c_gives_the_lent_keys_back(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("tk")
    before = mapping()
    code = "import sys; from voicebridge_os_linux.x11.type import XType; XType().insert(sys.stdin.buffer.read().decode())"
    process = x_desktop.start(sys.executable, "-c", code, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(MIXED.encode() * 200)
    process.stdin.close()
    wait_until(window.text, "the first characters", process)
    assert mapping() != before
    os.kill(process.pid, signal.SIGINT)
    process.wait(PATIENCE)
    assert mapping() == before


CHAT = """
import sys, tkinter
path = sys.argv[1]
root = tkinter.Tk()
root.title("chat")
box = tkinter.Text(root)
box.pack()
box.bind("<Return>", lambda event: None if event.state & 1 else (box.delete("1.0", "end"), box.insert("1.0", "SENT"), "break")[-1])
box.bind("<<Modified>>", lambda _: (open(path, "w").write(box.get("1.0", "end-1c")), box.edit_modified(False)))
box.focus_force()
root.mainloop()
"""


def test_a_line_break_sends_no_message(x_desktop: XDesktop, tmp_path: Path) -> None:
    x_desktop.open_entry("tk").close()  # skips without Tk
    written = tmp_path / "written"
    written.write_text("")
    process = x_desktop.start(SYSTEM_PYTHON, "-c", CHAT, str(written))
    wait_until(lambda: x_desktop.focused() == "chat", "the chat", process)
    XType().insert("One line\nand Another.\n\nEnd")
    wait_until(lambda: written.read_text() == "One line\nand Another.\n\nEnd", "the text")
