"""Dictation on Wayland."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from voicebridge.testing.lab.wayland import SwayDesktop
from voicebridge.testing.processes import PATIENCE
from voicebridge.testing.sounds import FOX

if TYPE_CHECKING:
    from tests.dictation.conftest import Session

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")


class TestOnWayland:
    """sway lets a program press keys and access the clipboard; its own key bindings start and stop the running instance."""

    READY = "Bind a key in your desktop"

    @pytest.mark.parametrize("toolkit", ["foot", "gtk3", "gtk4"])
    def test_what_is_said_stands_in_the_window_and_the_clipboard_is_as_it_was(
        self, wayland_session: Session, sway_desktop: SwayDesktop, toolkit: str, wait_for_fox: Callable[..., None]
    ) -> None:
        target = sway_desktop.open_entry(toolkit)
        subprocess.run(
            ["wl-copy", "what was copied before"], env=wayland_session.environment, check=True, timeout=PATIENCE,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,  # the clipboard's owner outlives the call
        )  # fmt: skip
        with wayland_session.dictate(ready=self.READY) as dictation:
            wayland_session.run("dictate", "start")
            dictation.hear()
            wayland_session.run("dictate", "stop")
            wait_for_fox(target)
            dictation.wait_for(f"{len(FOX.text)} characters: wayland-paste.")
            assert sway_desktop.run("wl-paste", "--no-newline") == "what was copied before"

    def test_text_is_held_and_offered_when_the_focus_has_moved(self, wayland_session: Session, sway_desktop: SwayDesktop) -> None:
        first, second = sway_desktop.open_entry("gtk3"), sway_desktop.open_entry("gtk3")
        sway_desktop.focus(first)
        with wayland_session.dictate(ready=self.READY) as dictation:
            wayland_session.run("dictate", "start")
            dictation.hear()
            sway_desktop.focus(second)
            wayland_session.run("dictate", "stop")
            dictation.wait_for("The focus moved")
            assert sway_desktop.run("wl-paste", "--no-newline").lower() == FOX.text.lower()
        assert (first.text(), second.text()) == ("", "")
