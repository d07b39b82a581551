"""Detection of key presses between two dictations, on a real X server."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from voicebridge import UnavailableError
from voicebridge.ports import Pressed, PressWatch
from voicebridge.testing import PressesContract
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import wait_until
from voicebridge_os_linux.x11.pressed import XPresses

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X is Linux's")


@pytest.fixture
def watch(x_desktop: XDesktop) -> Iterator[PressWatch]:
    with closing(XPresses().watch(lambda: ("ctrl+alt+space", "f9"))) as found:
        yield found


MOVING = ("Tab", "Home", "Left", "BackSpace", "Delete", "Page_Down", "Escape", "ctrl+a", "ctrl+z", "ctrl+Tab", "alt+Left", "super+1", "F5")


@pytest.mark.parametrize("keys", MOVING)
def test_a_key_that_moves_the_cursor_is_noticed(keys: str, watch: PressWatch, x_desktop: XDesktop) -> None:
    assert watch.pressed() == Pressed()
    x_desktop.run("xdotool", "key", keys)
    assert watch.pressed() == Pressed(moved=True)
    watch.reset()
    assert watch.pressed() == Pressed()


def test_return_begins_a_line_or_a_message(watch: PressWatch, x_desktop: XDesktop) -> None:
    for keys in ("Return", "KP_Enter", "shift+Return"):
        x_desktop.run("xdotool", "type", "abc")
        x_desktop.run("xdotool", "key", keys)
        assert watch.pressed() == Pressed(moved=True, typed="\n")


@pytest.mark.parametrize(("button", "moves"), [("1", True), ("2", True), ("3", True), ("4", False), ("5", False), ("8", True)])
def test_a_click_is_noticed_and_a_turn_of_the_wheel_moves_no_cursor(
    button: str, moves: bool, watch: PressWatch, x_desktop: XDesktop
) -> None:
    x_desktop.run("xdotool", "mousemove", "5", "5", "click", button)
    assert watch.pressed() == Pressed(moved=moves)


@pytest.mark.parametrize("keys", ["shift", "ctrl", "alt", "super", "Caps_Lock", "ctrl+alt+space", "F9", "XF86AudioRaiseVolume"])
def test_own_chords_and_keys_that_write_nothing_move_no_cursor(keys: str, watch: PressWatch, x_desktop: XDesktop) -> None:
    x_desktop.run("xdotool", "key", keys)
    assert watch.pressed() == Pressed()


@pytest.mark.parametrize(
    ("layout", "keys", "typed"),
    [
        ("us", ["space", "s", "e", "e", "space", "shift+9"], " aaa ("),
        ("us", ["shift+a", "period", "7"], "a.1"),
        ("de", ["shift+8", "odiaeresis", "comma"], "(a,"),
        ("de", ["ISO_Level3_Shift+8"], "["),
        ("ru", ["Cyrillic_ya", "space"], "a "),
    ],
)
def test_of_what_is_typed_only_the_kind_of_its_last_characters_is_kept(
    layout: str, keys: list[str], typed: str, watch: PressWatch, x_desktop: XDesktop
) -> None:
    x_desktop.layout(layout)
    x_desktop.run("xdotool", "key", "shift")  # the server reports the new layout first
    x_desktop.run("xdotool", "sleep", "0.1", "key", "--delay", "20", *keys)
    assert watch.pressed() == Pressed(typed=typed)


def test_the_server_knows_for_how_long_nothing_was_pressed(x_desktop: XDesktop) -> None:
    presses = XPresses()
    before = presses.quiet()
    assert before is not None
    wait_until(lambda: (presses.quiet() or 0) > 0.3, "some quiet")
    began = time.monotonic()
    x_desktop.run("xdotool", "key", "a")
    after = presses.quiet()
    assert after is not None
    assert after <= time.monotonic() - began + 0.002  # reported in milliseconds


def test_a_desktop_that_is_gone_tells_nothing(x_desktop: XDesktop) -> None:
    with closing(XPresses().watch(lambda: ())) as found:
        x_desktop.kill()
        assert found.pressed() is None
        found.reset()
        assert found.pressed() is None
    with pytest.raises(UnavailableError, match="The X server doesn't answer"):
        XPresses().watch(lambda: ())


@pytest.mark.usefixtures("x_desktop")
class TestContract(PressesContract):
    service = "os-linux/x11"
