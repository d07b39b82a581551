"""Pasting into real windows on a real X server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from voicebridge import UnavailableError
from voicebridge.testing.lab.x11 import TOOLKITS, XDesktop
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge_os_linux.x11 import keyboard, paste
from voicebridge_os_linux.x11.clipboard import XClipboard
from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.fetching import owner, snapshot
from voicebridge_os_linux.x11.focus import XFocus
from voicebridge_os_linux.x11.paste import XPaste

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="X is Linux's"), pytest.mark.heavy]

MIXED = "Größe, é à ß “quotes” — 北京, Жук, 😀 👩‍🚀\n\tzyZY §²€\n"
LONG = (MIXED * 60)[:2000]
PICTURE = "\x89PNG\r\n\x1a\n" + "".join(map(chr, range(256))) * 2000
FORMATS = {"text/plain": "old", "text/html": "<b>old</b>", "text/uri-list": "file:///old\r\n", "image/png": PICTURE}


def held() -> dict[str, bytes]:
    """The whole content of the clipboard."""
    with connected() as connection:
        return {target: content.data for target, content in snapshot(connection, "CLIPBOARD").items()}


@pytest.mark.parametrize("toolkit", TOOLKITS)
def test_two_thousand_characters_arrive_on_every_layout(toolkit: str, x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry(toolkit)
    XClipboard().write("old")
    expected = ""
    for layout in ("us", "de", "fr", "us,ru", "ru"):
        x_desktop.layout(layout)
        XPaste().insert(LONG)
        expected += LONG
        assert XClipboard().read() == "old"
    window.wait_for(expected)


@pytest.mark.parametrize("toolkit", ["tk", "xterm"])
def test_all_that_was_copied_and_selected_comes_back_though_its_owner_has_gone(
    toolkit: str, x_desktop: XDesktop, x_copy: Callable[..., subprocess.Popen[bytes]]
) -> None:
    other = x_desktop.open_entry("gtk4")
    other.ask("copy", FORMATS)
    with connected() as connection:
        wait_until(lambda: owner(connection, "CLIPBOARD"), "the window to copy")
    selected = x_copy("sélected".encode(), selection="primary")
    before = held()
    assert before.keys() == FORMATS.keys()
    window = x_desktop.open_entry(toolkit)
    XPaste().insert(MIXED)
    other.close()
    selected.kill()
    window.wait_for(MIXED)
    assert held() == before
    assert XClipboard().selection() == "sélected"


def test_what_was_empty_is_empty_again(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("gtk3")
    XPaste().insert("one")
    window.wait_for("one")
    with connected() as connection:
        assert owner(connection, "CLIPBOARD") == owner(connection, "PRIMARY") == 0


def test_insertions_in_a_row_and_at_the_same_time_all_arrive(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("gtk3")
    XClipboard().write("old")
    XPaste().insert("one ")
    XPaste().insert("two ")
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(XPaste().insert, ["x", "x", "x"]))
    window.wait_for("one two xxx")
    assert XClipboard().read() == "old"


def test_no_text_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    XPaste().insert("")


@pytest.mark.parametrize("toolkit", ["gtk3", "gtk4", "qt"])
def test_what_is_selected_where_the_text_goes_is_replaced(toolkit: str, x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry(toolkit)
    window.ask("set", "wrong")
    window.ask("select")
    with connected() as connection:
        wait_until(lambda: toolkit == "qt" or owner(connection, "PRIMARY"), "the window to own what is selected")
    XPaste().insert("right")
    window.wait_for("right")


def test_in_a_terminal_the_text_is_pasted_and_not_what_is_selected_there(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("xterm")
    x_desktop.run("xdotool", "type", "selected")
    window.wait_for("selected")
    terminal = x_desktop.run("xdotool", "getwindowfocus").strip()
    x_desktop.run("xdotool", "mousemove", "--window", terminal, "12", "8", "click", "--repeat", "2", "--delay", "20", "1")
    wait_until(lambda: XClipboard().selection() == "selected", "xterm to select a word")
    XPaste().insert(" text")
    window.wait_for("selected text")


@pytest.mark.parametrize(("toolkit", "chord"), [("gtk3", "ctrl+v"), ("gtk3", "shift+insert"), ("tk", "ctrl+v"), ("qt", "ctrl+v")])
def test_another_chord_may_be_asked_for(toolkit: str, chord: str, x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry(toolkit)
    x_desktop.layout("us,ru")
    XPaste().insert("text", XFocus().window(), chord)
    window.wait_for("text")


def test_a_window_that_does_not_paste_is_told_and_gets_nothing(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paste, "ASK_SECONDS", 0.3)
    XClipboard().write("old")
    for toolkit in ("tk", "xterm"):
        window = x_desktop.open_entry(toolkit)
        with pytest.raises(UnavailableError, match="does not paste with ctrl\\+f8"):
            XPaste().insert("text", chord="ctrl+f8")
        assert XClipboard().read() == "old"
        XPaste().insert("x")
        assert "text" not in window.text()


def test_without_a_window_nothing_happens(x_desktop: XDesktop) -> None:
    with pytest.raises(UnavailableError, match="No window has the focus"):
        XPaste().insert("text")


def test_modifiers_that_are_held_are_waited_for(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("gtk3")
    x_desktop.key_down("Control_L", "Alt_L")
    with ThreadPoolExecutor(1) as threads:
        inserting = threads.submit(XPaste().insert, "text")
        with pytest.raises(TimeoutError):
            inserting.result(0.5)
        x_desktop.key_up("Control_L")
        x_desktop.key_up("Alt_L")
        inserting.result(PATIENCE)
    window.wait_for("text")


def test_modifiers_that_are_never_let_go_are_told(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyboard, "HELD_SECONDS", 0.2)
    window = x_desktop.open_entry("gtk3")
    XClipboard().write("old")
    x_desktop.key_down("Control_R")
    with pytest.raises(UnavailableError, match="while ctrl is held down"):
        XPaste().insert("text")
    x_desktop.key_up("Control_R")
    assert XClipboard().read() == "old"
    assert window.text() == ""
