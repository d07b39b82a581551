"""Clipboard, focus and probes on a real Wayland desktop, and on substitutes for what can't run here."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from voicebridge import UnavailableError, Window
from voicebridge.testing.lab.wayland import SwayDesktop
from voicebridge.testing.processes import PATIENCE
from voicebridge_os_linux.wayland import data, probes
from voicebridge_os_linux.wayland.clipboard import WaylandClipboard
from voicebridge_os_linux.wayland.data import Data, as_text
from voicebridge_os_linux.wayland.focus import WaylandFocus
from voicebridge_os_linux.wayland.wire import Connection

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Wayland is on Linux alone")

TEXT = "Grüße, “quotes”, 日本語, 🎧\n\ttwo lines\n"
PROBES = (probes.clipboard, probes.focus, probes.paste, probes.keyboard)


def test_what_is_written_is_read_back_by_us_and_by_others(sway_desktop: SwayDesktop) -> None:
    clipboard = WaylandClipboard()
    for text in (TEXT, "x" * 300_000, "", "again"):
        clipboard.write(text)
        assert clipboard.read() == text
    assert sway_desktop.run("wl-paste", "--no-newline") == "again"


def test_what_others_have_copied_and_selected_is_read(sway_desktop: SwayDesktop) -> None:
    assert WaylandClipboard().read() == WaylandClipboard().selection() == ""
    for options, text in ((["--primary"], "selected"), ([], TEXT)):
        subprocess.run(["wl-copy", *options], input=text.encode(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert WaylandClipboard().read() == TEXT
    assert WaylandClipboard().selection() == "selected"


def test_a_picture_is_no_text(sway_desktop: SwayDesktop) -> None:
    nothing = subprocess.DEVNULL
    subprocess.run(["wl-copy", "-t", "image/png"], input=b"\x89PNG\r\n\x1a\n\xff\xfe", check=True, stdout=nothing, stderr=nothing)
    assert WaylandClipboard().read() == ""


def test_a_program_that_hangs_does_not_hold_us_up(sway_desktop: SwayDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "READ_SECONDS", 0.2)
    with Connection() as connection:
        Data(connection).own(as_text("mine"))  # and nothing serves requests to this connection
        with pytest.raises(UnavailableError, match="did not deliver it within 0.2 s"):
            WaylandClipboard().read()


@pytest.mark.parametrize("by", ["sway", "list"])
def test_the_window_that_has_the_focus_is_known(by: str, sway_desktop: SwayDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    if by == "list":
        monkeypatch.delenv("SWAYSOCK")
    focus = WaylandFocus()
    assert focus.window() is None
    first = sway_desktop.open_entry("foot")
    seen = focus.window()
    assert seen is not None
    assert (seen.application, seen.title) == ("foot", first.title)
    second = sway_desktop.open_entry("foot")
    other = focus.window()
    assert other is not None
    assert (other.title, other.id != seen.id) == (second.title, True)
    sway_desktop.focus(first)
    assert focus.window() == seen
    second.close()
    assert focus.window() == seen
    sway_desktop.process.kill()
    sway_desktop.process.wait()
    with pytest.raises(
        UnavailableError, match="The connection to the desktop was lost" if by == "list" else "doesn't report the focused window"
    ):
        focus.window()


@contextmanager
def answering(path: Path, answer: Callable[[bytes], bytes], size: int = 0) -> Iterator[None]:
    """A program that answers every connection to a socket once, after a number of bytes or after the first read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def work() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(answer(connection.recv(size or 4096, socket.MSG_WAITALL if size else 0)))

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Wayland session whose compositor does not exist."""
    for name in ("SWAYSOCK", "HYPRLAND_INSTANCE_SIGNATURE", "NIRI_SOCKET", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    return tmp_path


def test_hyprland_is_asked_by_its_own_means(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPRLAND_INSTANCE_SIGNATURE", "abc")
    told = {"address": "0x55", "class": "kitty", "title": "A title", "pid": 321}
    with answering(elsewhere / "hypr/abc/.socket.sock", lambda asked: json.dumps(told if asked == b"j/activewindow" else []).encode()):
        assert WaylandFocus().focused() == (Window("hyprland-0x55", "kitty", "A title"), 321)
        told.clear()
        assert WaylandFocus().window() is None


def test_niri_is_asked_by_its_own_means(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIRI_SOCKET", str(elsewhere / "niri.sock"))
    told = [
        b'{"Ok":{"FocusedWindow":{"id":12,"title":"A title","app_id":"Alacritty","pid":321}}}\n',
        b'{"Ok":{"FocusedWindow":null}}\n',
        b"?\n",
    ]
    with answering(elsewhere / "niri.sock", lambda asked: told.pop(0) if asked == b'"FocusedWindow"\n' else b""):
        assert WaylandFocus().focused() == (Window("niri-12", "Alacritty", "A title"), 321)
        assert WaylandFocus().window() is None
        with pytest.raises(UnavailableError, match="doesn't report the focused window"):
            WaylandFocus().window()


def test_the_probes_know_a_desktop_that_works(sway_desktop: SwayDesktop) -> None:
    assert all(probe() > 0 for probe in PROBES)
    assert probes.paste() > probes.keyboard()


def test_the_probes_tell_that_there_is_no_desktop(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for probe in PROBES:
        with pytest.raises(UnavailableError, match="The desktop doesn't answer at WAYLAND_DISPLAY=wayland-7"):
            probe()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    for probe in PROBES:
        with pytest.raises(UnavailableError, match="This is not a Wayland session"):
            probe()


def test_the_probes_name_what_a_desktop_lacks(elsewhere: Path) -> None:
    # As a desktop that offers nothing: the second of two requests, of 12 bytes each, wants to know when the first is done.
    done = b"".join(number.to_bytes(4, sys.byteorder) for number in (3, 12 << 16, 0))
    with answering(elsewhere / "wayland-7", lambda _: done, size=24):
        for probe, missing in ((probes.clipboard, "data-control"), (probes.paste, "data-control"), (probes.keyboard, "virtual_keyboard")):
            with pytest.raises(UnavailableError, match=missing):
                probe()
        with pytest.raises(UnavailableError, match="doesn't report the focused window"):
            probes.focus()


def test_nothing_of_ours_is_left_open(sway_desktop: SwayDesktop) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    WaylandClipboard().write("x")
    WaylandClipboard().read()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
