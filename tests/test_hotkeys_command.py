"""``voicebridge hotkeys`` in a terminal on a real X desktop, with keys pressed by XTest."""

from __future__ import annotations

import os
import signal
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from voicebridge.testing.lab.terminal import Terminal
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X servers of a test's own exist on Linux alone")
Start = Callable[..., Terminal]


@pytest.fixture
def start(x_desktop: XDesktop, command: str, environment: dict[str, str]) -> Iterator[Start]:
    started = []

    def begin(*words: str) -> Terminal:
        started.append(Terminal([command, "hotkeys", *words], {**environment, **x_desktop.environment, "WAYLAND_DISPLAY": ""}))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.close()


def configured(environment: dict[str, str]) -> Any:
    path = Path(environment["VOICEBRIDGE_HOME"]) / "config.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["hotkeys"] if path.exists() else None


def test_the_keys_that_are_pressed_are_set_and_not_shown(start: Start, x_desktop: XDesktop, environment: dict[str, str]) -> None:
    terminal = start("set", "dictate")
    terminal.wait_for("Press the keys")
    terminal.type("what the keys write into the terminal")
    x_desktop.key_down("Control_L", "F9")
    x_desktop.key_up("F9", "Control_L")
    assert terminal.wait() == 0
    assert configured(environment) == {"dictate": "ctrl+f9"}
    assert "what the keys write" not in terminal.shown


def test_escape_gives_up_and_what_another_program_has_is_refused(start: Start, x_desktop: XDesktop, environment: dict[str, str]) -> None:
    from voicebridge_os_linux.x11.hotkeys import XHotkeys

    other = XHotkeys().listen(["ctrl+f8"])
    for keys, told in ((["Escape"], "Cancelled."), (["Control_L", "F8"], "ctrl+f8 is already used")):
        terminal = start("set", "dictate")
        terminal.wait_for("Press the keys")
        x_desktop.key_down(*keys)
        x_desktop.key_up(*reversed(keys))
        assert terminal.wait() == 2
        assert told in terminal.shown
    other.close()
    assert configured(environment) is None


def test_what_arrives_is_shown_until_ctrl_c(start: Start, x_desktop: XDesktop) -> None:
    terminal = start("test")
    terminal.wait_for("is listening.")
    x_desktop.key_down("Control_L", "Alt_L", "space")
    terminal.wait_for("ctrl+alt+space pressed  (dictate)")
    x_desktop.key_up("space", "Alt_L", "Control_L")
    terminal.wait_for("ctrl+alt+space released after 0.")
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.wait() == 130


def test_escape_reaches_the_window_while_nothing_is_recorded(x_desktop: XDesktop) -> None:
    from voicebridge.hotkeys.actions import Action
    from voicebridge.hotkeys.listening import actions
    from voicebridge.hotkeys.trigger import Trigger
    from voicebridge_os_linux.x11.hotkeys import XHotkeys

    entry = x_desktop.open_entry("xterm")
    heard = actions(XHotkeys(), {"dictate": "f9", "cancel": "esc"}, Trigger("auto"), True)
    try:
        x_desktop.run("xdotool", "key", "Escape", "F9")
        assert next(heard) is Action.START
        # A check whether it is taken would grab it for a moment, perhaps when it is to be registered.
        wait_until(lambda: heard._cancelling is not None and heard._cancelling._events is not None, "Escape to be listened for")
        x_desktop.run("xdotool", "key", "Escape")
        assert next(heard) is Action.CANCEL
        x_desktop.run("xdotool", "key", "Escape", "a")
        entry.wait_for("\x1b\x1ba")
    finally:
        heard.close()
