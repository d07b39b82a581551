"""The connection to an X server, used alongside other threads of the process."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from voicebridge.testing.lab.x11 import XDesktop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X servers of a test's own exist on Linux alone")


def test_connecting_leaves_the_output_of_other_threads_alone(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    from voicebridge_os_linux.x11 import connection

    real: Any = connection.__dict__["Display"]
    outputs = []

    def watched(name: str) -> Any:
        outputs.append(sys.stdout)
        return real(name)

    monkeypatch.setattr(connection, "Display", watched)
    with connection.connected():
        pass
    assert outputs == [sys.stdout]


def test_what_python_xlib_prints_does_not_reach_the_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    from Xlib import xauth

    xauth.print("Xlib.xauth: warning")
    assert capsys.readouterr() == ("", "Xlib.xauth: warning\n")
