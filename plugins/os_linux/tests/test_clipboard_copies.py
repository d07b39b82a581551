"""Copies are reported as they are made, on a real X server and a real Wayland desktop; those marked by a password manager are not."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from voicebridge import UnavailableError
from voicebridge.ports import Copies, WatchedClipboard
from voicebridge.testing.lab.wayland import SwayDesktop
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE
from voicebridge_os_linux.wayland.clipboard import WaylandClipboard
from voicebridge_os_linux.wayland.data import SECRET, as_text
from voicebridge_os_linux.wayland.keeper import Keeper as WaylandKeeper
from voicebridge_os_linux.x11.clipboard import XClipboard
from voicebridge_os_linux.x11.keeper import Keeper as XKeeper
from voicebridge_os_linux.x11.offers import text_offer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X and Wayland are on Linux alone")

TEXT = "Grüße, “quotes”, 日本語, 🎧\n\ttwo lines\n"


@contextmanager
def told(clipboard: WatchedClipboard) -> Iterator[queue.Queue[str | Exception]]:
    """The reported copies while this is open; afterwards nothing listens."""
    heard: queue.Queue[str | Exception] = queue.Queue()
    copies = clipboard.copies()
    assert isinstance(copies, Copies)

    def run() -> None:
        try:
            for text in copies:
                heard.put(text)
        except UnavailableError as error:
            heard.put(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield heard
    copies.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    copies.close()


def copy_secret_on_x(text: str) -> None:
    with XKeeper() as keeper:
        keeper.keep({"CLIPBOARD": text_offer(text, hidden=True)})
        keeper.go()
        keeper.done()


def test_each_copy_on_x_is_told_of_but_for_secrets_and_pictures(x_copy: Callable[..., object]) -> None:
    clipboard = XClipboard()
    clipboard.write("before")
    with told(clipboard) as heard:
        for text in (TEXT, "again", "again", "é" * 300_000):
            x_copy(text.encode(), "UTF8_STRING")
            assert heard.get(timeout=PATIENCE) == text
        copy_secret_on_x("hunter2")
        x_copy(b"\x89PNG\r\n\x1a\n\xff\xfe", "image/png")
        x_copy(b"selected", selection="primary")
        clipboard.write("last")
        assert heard.get(timeout=PATIENCE) == "last"
    assert heard.empty()


def test_an_x_server_that_goes_is_told(x_desktop: XDesktop) -> None:
    with told(XClipboard()) as heard:
        x_desktop.server.kill()
        assert isinstance(heard.get(timeout=PATIENCE), UnavailableError)


def test_each_copy_on_wayland_is_told_of_but_for_secrets_and_pictures(sway_desktop: SwayDesktop) -> None:
    def copy(data: bytes, *options: str) -> None:
        subprocess.run(["wl-copy", *options], input=data, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    clipboard = WaylandClipboard()
    clipboard.write("before")
    with told(clipboard) as heard:
        for text in (TEXT, "again", "again"):
            copy(text.encode())
            assert heard.get(timeout=PATIENCE) == text
        WaylandKeeper({**as_text("hunter2"), **SECRET}).put()
        copy(b"\x89PNG\r\n\x1a\n\xff\xfe", "-t", "image/png")
        copy(b"selected", "--primary")
        clipboard.write("last")
        assert heard.get(timeout=PATIENCE) == "last"
    assert heard.empty()
