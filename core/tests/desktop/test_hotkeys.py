"""Hotkeys with pynput on a real X server; keys are pressed with XTest."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from voicebridge.desktop import hotkeys as module
from voicebridge.desktop import probes
from voicebridge.desktop.hotkeys import PynputHotkeys, PynputKeyEvents, key_name
from voicebridge.errors import UnavailableError
from voicebridge.keys import KeyEvent
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE

# pynput's own thread raises when the server dies.
pytestmark = [pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"), pytest.mark.heavy]
on_x = pytest.mark.skipif(sys.platform != "linux", reason="X servers of a test's own exist on Linux alone")
READY = "f12"


def nudge() -> None:
    """Make the server send something: that flushes the recorded events that pynput reads, as every key in a window does."""


@pytest.fixture
def keys(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Presses and releases keys by their X names."""
    pytest.importorskip("pynput", reason="needs: pip install pynput")
    from Xlib import XK
    from Xlib import display as xlib
    from Xlib.ext import xtest

    made: list[Any] = []  # pynput leaves connections open when the server dies

    class Kept(xlib.Display):  # type: ignore[misc]
        def __init__(self, name: str | None = None) -> None:
            super().__init__(name)
            made.append(self)

    monkeypatch.setattr(xlib, "Display", Kept)
    display = xlib.Display()

    def press(*names: str, pressed: bool = True) -> None:
        for name in names:
            xtest.fake_input(display, 2 if pressed else 3, display.keysym_to_keycode(XK.string_to_keysym(name)))
        display.sync()

    monkeypatch.setattr(sys.modules[__name__], "nudge", display.sync)
    yield press
    if x_desktop.server.poll() is None:
        wait_until(lambda: not [thread for thread in threading.enumerate() if type(thread).__module__.startswith("pynput")])
    for each in made:
        each.display.socket.close()


class Heard:
    """Reads a listener's events in a thread."""

    def __init__(self, events: PynputKeyEvents, keys: Callable[..., None]) -> None:
        self.told: list[tuple[str, bool]] = []
        self.ready = False
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=(events,))
        self.thread.start()
        while not self.ready:  # pynput reports that it listens shortly before it does
            keys("F12")
            keys("F12", pressed=False)
            end = time.monotonic() + 0.02
            wait_until(lambda: self.ready or time.monotonic() > end)  # noqa: B023 - waited for in this round

    def _run(self, events: PynputKeyEvents) -> None:
        try:
            for told in events:
                if told[0] == READY:
                    self.ready = True
                else:
                    self.told.append(told)
        except UnavailableError as error:
            self.error = error

    def wait_for(self, *told: tuple[str, bool]) -> None:
        wait_until(lambda: len(self.told) >= len(told))
        assert self.told == [*told]


@contextmanager
def listening(keys: Callable[..., None], *chords: str) -> Iterator[Heard]:
    with closing(PynputHotkeys().listen([*chords, READY])) as events:
        heard = Heard(events, keys)
        yield heard
    heard.thread.join(PATIENCE)
    assert not heard.thread.is_alive()


def wait_until(reached: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end
        with suppress(Exception):  # the server may have been killed by a test
            nudge()
        time.sleep(0.001)


@on_x
def test_a_hundred_presses_and_releases_are_heard(keys: Callable[..., None]) -> None:
    with listening(keys, "f9") as heard:
        for number in range(200):
            keys("F9", pressed=number % 2 == 0)
            wait_until(lambda: len(heard.told) > number)  # noqa: B023 - waited for in this round
        assert heard.told == [("f9", True), ("f9", False)] * 100


@on_x
def test_a_key_that_repeats_itself_is_told_once(keys: Callable[..., None]) -> None:
    with listening(keys, "f9") as heard:
        keys("F9")
        end = time.monotonic() + 1.0  # keys repeat after 0.5 s
        wait_until(lambda: time.monotonic() > end)
        assert heard.told == [("f9", True)]
        keys("F9", pressed=False)
        heard.wait_for(("f9", True), ("f9", False))


@on_x
@pytest.mark.parametrize(
    ("chord", "pressed"),
    [
        ("ctrl_r", ("Control_R",)),
        ("ctrl+alt+space", ("Control_L", "Alt_L", "space")),
        ("ctrl+shift+1", ("Control_L", "Shift_L", "1")),
        ("ctrl+shift+a", ("Control_R", "Shift_R", "a")),
        ("super+page_up", ("Super_L", "Prior")),
    ],
)
def test_chords_are_told_by_their_keys_and_not_by_what_they_write(chord: str, pressed: tuple[str, ...], keys: Callable[..., None]) -> None:
    with listening(keys, chord) as heard:
        keys(*pressed)
        keys(*pressed, pressed=False)  # the modifiers first
        heard.wait_for((chord, True), (chord, False))


@on_x
def test_a_modifier_with_which_another_key_is_pressed_is_reported_as_used(keys: Callable[..., None]) -> None:
    with listening(keys, "ctrl_r") as heard:
        keys("Control_R", "c")
        heard.wait_for(("ctrl_r", True), ("ctrl_r", False))
        keys("c", "Control_R", pressed=False)
        keys("Control_R")
        keys("Control_R", pressed=False)
        heard.wait_for(*[("ctrl_r", True), ("ctrl_r", False)] * 2)
    used = [isinstance(each, KeyEvent) and each.as_modifier for each in heard.told]
    assert used == [False, True, False, False]


@on_x
def test_capturing_gives_every_key_as_the_chord_that_it_makes(keys: Callable[..., None]) -> None:
    with closing(PynputHotkeys().capture()) as events:
        heard = Heard(events, keys)
        keys("Control_L", "Alt_L", "d")
        keys("d", "Alt_L", "Control_L", pressed=False)
        wait_until(lambda: len(heard.told) == 6)
    heard.thread.join(PATIENCE)
    assert [chord for chord, pressed in heard.told if pressed] == ["ctrl_l", "ctrl+alt_l", "ctrl+alt+d"]


@on_x
def test_pressing_again_after_a_release_was_lost_is_a_press(keys: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPEAT_SECONDS", 0.0)  # so that each repetition counts as a new press
    with listening(keys, "f9") as heard:
        keys("F9")
        wait_until(lambda: len(heard.told) >= 3)
        assert heard.told[:3] == [("f9", True), ("f9", False), ("f9", True)]
        keys("F9", pressed=False)


@on_x
def test_a_desktop_that_dies_is_told(keys: Callable[..., None], x_desktop: XDesktop) -> None:
    with listening(keys, "f9") as heard:
        x_desktop.kill()
        wait_until(lambda: heard.error)
    assert "has stopped the key listener" in str(heard.error)


@on_x
def test_it_can_be_used_on_x_and_says_why_not_elsewhere(keys: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    assert probes.hotkeys() == probes.PRIORITY
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")
    with pytest.raises(UnavailableError, match="detects no keys while a Wayland window has the focus"):
        probes.hotkeys()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setenv("DISPLAY", ":9999")
    with pytest.raises(UnavailableError, match="DISPLAY=:9999"):
        probes.hotkeys()
    monkeypatch.delenv("DISPLAY")
    with pytest.raises(UnavailableError, match="DISPLAY is not set"):
        probes.hotkeys()


def test_without_pynput_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "find_spec", lambda name: None)
    with pytest.raises(
        UnavailableError,
        match="pynput is not installed. Install it: .* install ",
    ):
        probes.hotkeys()


def test_what_a_system_keeps_is_a_problem() -> None:
    assert "Did you mean 'space'" in PynputHotkeys().problem("ctrl+spcae")
    assert PynputHotkeys().problem("ctrl+alt+space") == ""
    reserved = {"linux": "ctrl+alt+f1", "win32": "super+l", "darwin": "super+tab"}[sys.platform]
    assert "can't be used" in PynputHotkeys().problem(reserved)
    with pytest.raises(UnavailableError, match="can't be used"):
        PynputHotkeys().listen([reserved])


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (SimpleNamespace(name="cmd_r"), "super_r"),
        (SimpleNamespace(name="alt_gr"), "alt_r"),
        (SimpleNamespace(name="ctrl"), "ctrl_l"),
        (SimpleNamespace(name="media_eject"), None),
        (SimpleNamespace(vk=0x5A, char="\x1a"), "z"),  # with Ctrl on Windows
        (SimpleNamespace(vk=2, char="∂"), "d"),  # with Option on macOS
        (SimpleNamespace(vk=None, char="Ü"), "ü"),
        (SimpleNamespace(vk=0x100, char="\x03"), None),
        (SimpleNamespace(vk=0x100, char=None), None),
        (None, None),
    ],
)
def test_keys_have_our_names_whatever_is_held_with_them(key: Any, name: str | None) -> None:
    assert key_name(key, {0x5A: "z", 2: "d"}) == name
