"""Which window has the focus, on a real X server with a window manager and without one."""

from __future__ import annotations

import sys

import pytest
from voicebridge import UnavailableError
from voicebridge.testing import FocusContract
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.focus import XFocus, need_focused

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X is Linux's")


def test_the_window_with_the_focus_is_told_by_its_program_and_title(x_desktop: XDesktop) -> None:
    assert XFocus().window() is None
    box = x_desktop.open_entry("tk")
    first = XFocus().window()
    terminal = x_desktop.open_entry("xterm")
    second = XFocus().window()
    assert first is not None
    assert (first.application, first.title) == ("Textbox", box.title)
    assert second is not None
    assert (second.application, second.title) == ("XTerm", terminal.title)
    assert first.id != second.id
    x_desktop.focus(box)
    assert XFocus().window() == first


def test_a_desktop_that_is_gone_is_told(x_desktop: XDesktop) -> None:
    x_desktop.kill()
    with pytest.raises(UnavailableError, match="The X server doesn't answer"):
        XFocus().window()


def test_under_an_old_window_manager_x_itself_is_asked(x_desktop: XDesktop) -> None:
    box = x_desktop.open_entry("tk")
    with_manager = XFocus().window()
    for name in ("_NET_ACTIVE_WINDOW", "_NET_SUPPORTING_WM_CHECK"):
        x_desktop.run("xprop", "-root", "-remove", name)
    found = XFocus().window()
    assert found is not None
    assert with_manager is not None
    assert (found.application, found.title) == (with_manager.application, box.title)


def test_in_a_wayland_session_it_is_said_that_x_reaches_its_own_windows_alone(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")
    with connected() as connection, pytest.raises(UnavailableError, match="this method does not work for Wayland windows"):
        need_focused(connection)


class TestContract(FocusContract):
    service = "os-linux/x11"

    @pytest.fixture(autouse=True)
    def _window(self, x_desktop: XDesktop) -> None:
        x_desktop.open_entry("tk")
