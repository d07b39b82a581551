"""The conformance tests on hotkeys and inserters, on an X server and a Wayland compositor of their own."""

from __future__ import annotations

import sys
from functools import cached_property

import pytest
from voicebridge.testing import HotkeysContract, InserterContract
from voicebridge.testing.lab.wayland import SwayDesktop
from voicebridge.testing.lab.wayland import Target as WaylandTarget
from voicebridge.testing.lab.x11 import Target, XDesktop
from voicebridge_os_linux.wayland.clipboard import WaylandClipboard
from voicebridge_os_linux.x11.clipboard import XClipboard

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="X and Wayland are Linux's"), pytest.mark.heavy]


class TestXHotkeys(HotkeysContract):
    service = "os-linux/x11"

    @pytest.fixture(autouse=True)
    def _desktop(self, x_desktop: XDesktop) -> None:
        self.desktop = x_desktop

    def press(self, chord: str, pressed: bool) -> None:
        names = [{"f9": "F9"}.get(each, each) for each in chord.split("+")]
        (self.desktop.key_down if pressed else self.desktop.key_up)(*(names if pressed else reversed(names)))


class OnX(InserterContract):
    """A window on an X server."""

    @pytest.fixture(autouse=True)
    def _requested(self, request: pytest.FixtureRequest) -> None:
        self.request = request

    def inserted(self) -> str:
        return self.window.text()

    @cached_property
    def window(self) -> Target:
        desktop: XDesktop = self.request.getfixturevalue("x_desktop")  # only for tests that insert text: it takes a second to start
        return desktop.open_entry("gtk3")

    def clipboard(self) -> XClipboard:
        return XClipboard()


class TestXPaste(OnX):
    service = "os-linux/x11-paste"


class TestXType(OnX):
    service = "os-linux/x11-type"


class OnWayland(InserterContract):
    """A window on a Wayland compositor."""

    @pytest.fixture(autouse=True)
    def _requested(self, request: pytest.FixtureRequest) -> None:
        self.request = request

    def inserted(self) -> str:
        return self.window.text()

    @cached_property
    def window(self) -> WaylandTarget:
        desktop: SwayDesktop = self.request.getfixturevalue("sway_desktop")  # only for tests that insert text: it takes a second to start
        return desktop.open_entry("gtk3")

    def clipboard(self) -> WaylandClipboard:
        return WaylandClipboard()


class TestWaylandPaste(OnWayland):
    service = "os-linux/wayland-paste"


class TestWaylandType(OnWayland):
    service = "os-linux/wayland-type"
