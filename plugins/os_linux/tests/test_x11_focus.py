"""Which window has the focus, on a real X server with a window manager and without one."""

from __future__ import annotations

import sys

import pytest
from voicebridge import Unavailable
from voicebridge.testing.x11 import XDesktop
from voicebridge_os_linux.x11.focus import XFocus

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
    with pytest.raises(Unavailable, match="The X server doesn't answer"):
        XFocus().window()
