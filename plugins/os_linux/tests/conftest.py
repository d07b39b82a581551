"""Separate desktops for the tests."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import pytest
from voicebridge.testing.lab.bus import notification_server as notification_server
from voicebridge.testing.lab.bus import session_bus as session_bus
from voicebridge.testing.lab.desktops import x_display as x_display
from voicebridge.testing.lab.wayland import sway_desktop as sway_desktop
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.lab.x11 import x_desktop as x_desktop
from voicebridge.testing.processes import wait_until
from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.fetching import owner


@pytest.fixture
def x_copy(x_desktop: XDesktop) -> Callable[..., subprocess.Popen[bytes]]:
    """Own an X selection in one format, as another program would."""
    if shutil.which("xclip") is None:
        pytest.skip("needs: apt install xclip")

    def copy(data: bytes, target: str = "UTF8_STRING", selection: str = "clipboard") -> subprocess.Popen[bytes]:
        with connected() as connection:
            before = owner(connection, selection.upper())
            process = x_desktop.start("xclip", "-quiet", "-selection", selection, "-t", target, stdin=subprocess.PIPE)
            assert process.stdin is not None
            process.stdin.write(data)
            process.stdin.close()
            wait_until(lambda: owner(connection, selection.upper()) not in (0, before), "xclip")
        return process

    return copy
