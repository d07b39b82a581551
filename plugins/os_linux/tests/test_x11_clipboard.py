"""The X clipboard, on a real X server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from voicebridge import UnavailableError
from voicebridge.testing import ClipboardContract
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge_os_linux.x11 import address, fetching, probes
from voicebridge_os_linux.x11.clipboard import XClipboard
from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.fetching import fetch, snapshot
from Xlib import X

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X is Linux's")

TEXT = "Grüße, “quotes”, 北京, 😀\n\ttwo lines\n"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2000


def keepers(display: str) -> list[int]:
    """The processes that own selections on a display."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if b"x11.keeper" in command and f"DISPLAY={display}\0".encode() in environment:
            found.append(int(process.name))
    return found


def test_what_is_written_is_read_back_by_us_and_by_others(x_desktop: XDesktop, x_copy: object) -> None:
    clipboard = XClipboard()
    for text in (TEXT, "é" * 700_000, "", "again"):
        clipboard.write(text)
        assert clipboard.read() == text
        if text:
            assert x_desktop.run("xclip", "-selection", "clipboard", "-o") == text


def test_it_stays_when_the_process_that_wrote_it_has_ended(x_desktop: XDesktop) -> None:
    code = "import sys; from voicebridge_os_linux.x11.clipboard import XClipboard; XClipboard().write(sys.stdin.read())"
    x_desktop.run(sys.executable, "-c", code, input=TEXT)
    assert XClipboard().read() == TEXT


def test_what_keeps_it_ends_when_something_else_is_copied_and_with_the_desktop(x_desktop: XDesktop, x_copy: Callable[..., object]) -> None:
    clipboard = XClipboard()
    clipboard.write("one")
    assert len(keepers(x_desktop.display)) == 1
    clipboard.write("two")
    wait_until(lambda: len(keepers(x_desktop.display)) == 1, "one of two to end")
    x_copy(b"three")
    wait_until(lambda: not keepers(x_desktop.display), "the end of the last")
    clipboard.write("four")
    x_desktop.kill()
    wait_until(lambda: not keepers(x_desktop.display), "the end of the last")


def test_every_format_is_told_and_several_may_be_asked_for_at_once(x_desktop: XDesktop) -> None:
    XClipboard().write("naïve")
    with connected() as connection:
        targets = fetch(connection, "CLIPBOARD", "TARGETS")
        assert targets is not None
        names = {connection.atom_name(atom) for atom in memoryview(targets.data).cast("I")}
        assert names == {"TARGETS", "TIMESTAMP", "MULTIPLE", "UTF8_STRING", "STRING", "TEXT", "text/plain", "text/plain;charset=utf-8"}
        since = fetch(connection, "CLIPBOARD", "TIMESTAMP")
        assert since is not None
        assert since.format == 32
        assert int.from_bytes(since.data, sys.byteorder) > 0
        latin = fetch(connection, "CLIPBOARD", "STRING")
        assert latin is not None
        assert latin.data == "naïve".encode("latin-1")
        assert fetch(connection, "CLIPBOARD", "image/png") is None

        window, atom = connection.window, connection.atom
        pairs = [atom("UTF8_STRING"), atom("A"), atom("image/png"), atom("B")]
        window.change_property(atom("PAIRS"), atom("ATOM_PAIR"), 32, pairs)
        window.convert_selection(atom("CLIPBOARD"), atom("MULTIPLE"), atom("PAIRS"), X.CurrentTime)
        until = time.monotonic() + PATIENCE
        while (event := connection.next_event(until)) is not None and event.type != X.SelectionNotify:
            pass
        assert event is not None
        assert event.property == atom("PAIRS")
        assert connection.read(window, "A") == "naïve".encode()
        assert list(connection.read(window, "PAIRS") or ())[2] == X.NONE


def test_text_that_old_programs_could_not_show_is_refused_to_them(x_desktop: XDesktop) -> None:
    XClipboard().write("北京")
    with connected() as connection:
        assert fetch(connection, "CLIPBOARD", "STRING") is None


def test_text_of_old_programs_is_read(x_copy: Callable[..., object]) -> None:
    x_copy("naïve".encode("latin-1"), "STRING")
    assert XClipboard().read() == "naïve"


def test_what_is_selected_is_told_from_what_is_copied(x_copy: Callable[..., object]) -> None:
    x_copy(b"selected", selection="primary")
    XClipboard().write("copied")
    assert XClipboard().selection() == "selected"
    assert XClipboard().read() == "copied"


def test_an_empty_clipboard_and_a_picture_are_empty_text(x_desktop: XDesktop, x_copy: Callable[..., object]) -> None:
    assert XClipboard().read() == ""
    assert XClipboard().selection() == ""
    x_copy(PICTURE, "image/png")
    assert XClipboard().read() == ""


def test_a_program_that_hangs_with_the_clipboard_is_told(x_copy: Callable[..., subprocess.Popen[bytes]]) -> None:
    os.kill(x_copy(b"x").pid, signal.SIGSTOP)
    with pytest.raises(UnavailableError, match="The program that owns the clipboard does not answer"):
        XClipboard().read()


def test_what_is_larger_than_the_bound_is_left_out_and_what_is_smaller_kept(
    x_desktop: XDesktop, x_copy: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SNAPSHOT_BYTES", 200_000)
    window = x_desktop.open_entry("gtk4")
    window.ask("copy", {"image/png": PICTURE.decode("latin-1"), "text/html": "<b>x</b>"})
    with connected() as connection:
        wait_until(lambda: fetching.owner(connection, "CLIPBOARD"), "the window to copy")
        assert set(snapshot(connection, "CLIPBOARD")) == {"text/html"}
        x_copy(PICTURE, "image/png")
        with pytest.raises(UnavailableError, match="The clipboard can't be restored"):
            snapshot(connection, "CLIPBOARD")


def test_several_formats_of_one_picture_are_kept_as_one(x_desktop: XDesktop) -> None:
    window = x_desktop.open_entry("gtk4")
    window.ask("copy", {"image/png": PICTURE.decode("latin-1"), "image/bmp": "much the same"})
    with connected() as connection:
        wait_until(lambda: fetching.owner(connection, "CLIPBOARD"), "the window to copy")
        kept = snapshot(connection, "CLIPBOARD")
    assert set(kept) == {"image/png"}
    assert kept["image/png"].data == PICTURE


@pytest.mark.parametrize("display", ["", ":4093", "127.0.0.1:4093", ":x", "nonsense", "/nowhere/:0"])
def test_a_desktop_that_is_not_there_is_told(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    for attempt in (XClipboard().read, XClipboard().selection, lambda: XClipboard().write("x"), probes.clipboard, probes.paste):
        with pytest.raises(UnavailableError, match="Run it from a terminal on the desktop"):
            attempt()


def test_a_desktop_that_hangs_or_dies_is_told(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("voicebridge_os_linux.x11.connection.ANSWER_SECONDS", 0.3)
    server = x_desktop.server.pid

    def ask_after(what: Callable[[], object]) -> None:
        with connected() as connection:
            what()
            connection.sync()

    with pytest.raises(UnavailableError, match="The X server doesn't answer"):
        ask_after(lambda: os.kill(server, signal.SIGSTOP))
    with pytest.raises(UnavailableError, match="The X server doesn't answer"):
        XClipboard().read()
    os.kill(server, signal.SIGCONT)
    with pytest.raises(UnavailableError, match="The X server doesn't answer"):
        ask_after(x_desktop.kill)


def test_under_wayland_all_that_x_offers_comes_last(x_desktop: XDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = (probes.clipboard, probes.focus, probes.paste, probes.typing)
    usual = [check() for check in checks]
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-1")
    below = [check() for check in checks]
    assert min(usual) > max(below) > 10
    assert probes.paste() > probes.typing()


@pytest.mark.usefixtures("x_desktop")
class TestContract(ClipboardContract):
    service = "os-linux/x11"
