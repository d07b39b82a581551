"""Inserting text into real windows on a real Wayland desktop, and the clipboard before and after."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

import pytest
from voicebridge import PartlyInsertedError, UnavailableError, Window
from voicebridge.dictation.insert import fitted
from voicebridge.testing.lab.wayland import TOOLKITS, SwayDesktop, Target
from voicebridge.testing.processes import PATIENCE, killed_after, wait_until
from voicebridge_os_linux.wayland import data as data_module
from voicebridge_os_linux.wayland import paste
from voicebridge_os_linux.wayland.data import SECRET, Contents, Data
from voicebridge_os_linux.wayland.keeper import Keeper
from voicebridge_os_linux.wayland.keyboard import Keyboard
from voicebridge_os_linux.wayland.paste import WaylandPaste
from voicebridge_os_linux.wayland.type import WaylandType
from voicebridge_os_linux.wayland.wire import Connection

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="Wayland is on Linux alone"), pytest.mark.heavy]

SHORT = "Grüße, “quotes”, straße 北京 😀\n\tand a second line"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400  # more than a pipe buffer
BEFORE: dict[str, bytes] = {"text/html": b"<b>old</b>", "text/plain;charset=utf-8": b"old", "text/plain": b"old", "image/png": PNG}


def long_text(characters: int = 2_000) -> str:
    return "".join(random.Random(5).choices("abcdefghijklmnopqrstuvwxyz ABCXYZ .,éßäÖ北京😀\n", k=characters))


def put(contents: Contents, primary: bool = False) -> None:
    Keeper(contents, primary).put()


def clipboard(primary: bool = False) -> dict[str, bytes]:
    with Connection() as connection:
        return Data(connection).contents(primary)


def offered() -> bool:
    """Whether VoiceBridge's text is on the clipboard, without requesting it as windows do."""
    with Connection() as connection:
        return set(SECRET) <= set(Data(connection).types())


@contextmanager
def inserting(text: str, window: Window | None = None) -> Iterator[list[BaseException]]:
    """Insert in another thread during the block; yields a list with the error, if any, that is complete after the block."""
    ended: list[BaseException] = []

    def work() -> None:
        try:
            WaylandPaste().insert(text, window)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield ended
    finally:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("toolkit", TOOLKITS)
def test_two_thousand_characters_are_pasted_and_the_clipboard_is_what_it_was(toolkit: str, sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry(toolkit)
    put(BEFORE)
    text = long_text()
    assert clipboard() == BEFORE
    for count in range(1, 4):
        WaylandPaste().insert(text)
        target.wait_for(text * count)
        assert clipboard() == BEFORE


@pytest.mark.parametrize("toolkit", TOOLKITS)
def test_what_is_typed_arrives_whole(toolkit: str, sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry(toolkit)
    put(BEFORE)
    text = fitted(SHORT + long_text(300), Window("", toolkit), "keep")
    WaylandType().insert(text)
    target.wait_for(text)
    assert clipboard() == BEFORE


def test_more_characters_than_a_keyboard_has_keys_are_typed_on_several(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("foot")
    text = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 500))
    WaylandType().insert(text)
    target.wait_for(text)


@pytest.mark.parametrize("toolkit", TOOLKITS)
@pytest.mark.parametrize("inserter", [WaylandPaste, WaylandType])
def test_the_first_keyboard_of_a_desktop_loses_nothing(inserter: type, toolkit: str, sway_desktop: SwayDesktop) -> None:
    sway_desktop.unplug()
    target = sway_desktop.open_entry(toolkit)
    text = fitted(SHORT, Window("", toolkit), "keep")
    inserter().insert(text)
    target.wait_for(text)


@pytest.mark.parametrize("inserter", [WaylandPaste, WaylandType])
@pytest.mark.parametrize("held", ["shift", "ctrl", "alt", "super"])
def test_a_key_that_is_held_makes_no_difference(held: str, inserter: type, sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("gtk3")
    with Connection() as connection:
        keyboard = Keyboard(connection)
        keyboard.hold([held])
        connection.settle()
        inserter().insert(SHORT)
        target.wait_for(SHORT)


def test_two_in_a_row_arrive_in_their_order(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("gtk4")
    put(BEFORE)
    WaylandPaste().insert("one ")
    WaylandPaste().insert("two")
    target.wait_for("one two")
    assert clipboard() == BEFORE


def test_an_empty_clipboard_is_empty_again(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("gtk3")
    WaylandPaste().insert(SHORT)
    target.wait_for(SHORT)
    assert clipboard() == {}


def test_nothing_to_insert_is_nothing_to_do(sway_desktop: SwayDesktop) -> None:
    put(BEFORE)
    WaylandPaste().insert("")
    WaylandType().insert("")
    assert clipboard() == BEFORE


def test_what_is_selected_is_pasted_by_a_chord_that_pastes_it_and_is_selected_again(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("foot")
    put({"text/plain": b"selected"}, primary=True)
    put(BEFORE)
    WaylandPaste().insert(SHORT, chord="shift+insert")
    target.wait_for(SHORT)
    assert clipboard(primary=True) == {"text/plain": b"selected"}
    assert clipboard() == BEFORE


def test_what_is_selected_is_left_alone_by_other_chords(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("gtk3")
    put({"text/plain": b"selected"}, primary=True)
    WaylandPaste().insert(SHORT, Window("1", "gtk3"))
    target.wait_for(SHORT)
    assert clipboard(primary=True) == {"text/plain": b"selected"}


def test_a_chord_of_keys_that_are_not_there_is_refused_before_anything_happens(sway_desktop: SwayDesktop) -> None:
    put(BEFORE)
    with pytest.raises(UnavailableError, match="The key 'ä' is not on the virtual keyboard"):
        WaylandPaste().insert(SHORT, chord="ctrl+ä")
    assert clipboard() == BEFORE


def test_a_slow_window_gets_the_text_and_the_clipboard_waits_for_it(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("gtk3")
    put(BEFORE)
    target.freeze()
    with inserting(SHORT, Window("1", "gtk3")) as ended:
        wait_until(offered, "the text on the clipboard")
        target.thaw()
        target.wait_for(SHORT)
    assert ended == []
    assert clipboard() == BEFORE


# A clipboard manager that looks at each change some time after it, and keeps looking: what it sees, a line each.
MANAGER = """
import json, sys, time
from voicebridge_os_linux.wayland.data import Data
from voicebridge_os_linux.wayland.wire import Connection
with Connection() as connection:
    data = Data(connection)
    before = data.copied
    print("ready", flush=True)
    connection.wait(lambda: data.copied > before, 60)
    time.sleep(float(sys.argv[1]))
    while True:
        connection.settle()
        print(json.dumps(data.text()), flush=True)
        time.sleep(0.1)
"""


@contextmanager
def manager(delay: float) -> Iterator[IO[str]]:
    """A clipboard manager that reads a number of seconds after each change, and then ten times a second; yields what it reads."""
    process = subprocess.Popen([sys.executable, "-c", MANAGER, str(delay)], stdout=subprocess.PIPE, text=True)
    with process, killed_after(process):
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process.stdout


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2, 0.8])
def test_a_clipboard_manager_is_not_taken_for_the_window(delay: float, sway_desktop: SwayDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paste, "TAKEN_SECONDS", PATIENCE)
    target = sway_desktop.open_entry("gtk3")
    put(BEFORE)
    with manager(delay) as seen:
        target.freeze()
        with inserting(SHORT, Window("1", "gtk3")) as ended:
            # Each time it has looked before, which the text would be taken away after if it were taken for the window.
            assert [json.loads(seen.readline()) for _ in range(5)] == [SHORT] * 5
            target.thaw()
            target.wait_for(SHORT)
    assert ended == []
    assert clipboard() == BEFORE


def test_a_window_whose_process_is_unknown_has_time_after_a_clipboard_manager(
    sway_desktop: SwayDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SWAYSOCK")  # as on river, labwc and COSMIC, which don't report the focus
    monkeypatch.setattr(paste, "UNKNOWN_SECONDS", 5.0)
    target = sway_desktop.open_entry("gtk3")
    put(BEFORE)
    with manager(0.2) as seen:
        target.freeze()
        with inserting(SHORT, Window("1", "gtk3")) as ended:
            assert json.loads(seen.readline()) == SHORT
            target.thaw()
            target.wait_for(SHORT)
    assert ended == []
    assert clipboard() == BEFORE


@pytest.mark.parametrize("fate", [Target.freeze, Target.kill])
def test_a_text_that_nobody_takes_stays_on_the_clipboard_and_is_told(
    fate: Callable[[Target], None], sway_desktop: SwayDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paste, "TAKEN_SECONDS", 0.3)
    target = sway_desktop.open_entry("gtk3")
    put(BEFORE)
    fate(target)
    with pytest.raises(PartlyInsertedError, match=r"did not paste the text within 0.3 s of ctrl\+v. It is on the clipboard"):
        WaylandPaste().insert(SHORT)
    assert clipboard()["text/plain"] == SHORT.encode()


def test_what_is_copied_meanwhile_is_not_replaced(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("gtk3")
    put(BEFORE)
    target.freeze()
    newer = {"text/plain": b"newer"}
    with inserting(SHORT, Window("1", "gtk3")) as ended:
        wait_until(offered, "the text on the clipboard")
        put(newer)
        target.thaw()
    assert isinstance(ended[0], PartlyInsertedError)
    assert clipboard() == newer


def test_what_can_not_be_kept_is_not_taken(sway_desktop: SwayDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_module, "READ_SECONDS", 0.2)
    with Connection() as connection:
        owned = Data(connection).own({"text/plain": b"mine"})  # and nothing serves requests to this connection
        with pytest.raises(UnavailableError, match="The clipboard can't be restored"):
            WaylandPaste().insert(SHORT)
        connection.settle()
        assert not owned.lost


# Pastes, and reports when the content to be restored has been handed over to the process that keeps it.
PASTE = """
from voicebridge_os_linux.wayland.keeper import Keeper
from voicebridge_os_linux.wayland.paste import WaylandPaste
write = Keeper._write
def told(*arguments):
    write(*arguments)
    print("handed over", flush=True)
Keeper._write = told
WaylandPaste().insert("x" * 10, None, "ctrl+v")
"""


def test_the_clipboard_comes_back_when_we_are_killed(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("gtk3")
    put(BEFORE)
    target.freeze()
    with subprocess.Popen([sys.executable, "-c", PASTE], stdout=subprocess.PIPE, text=True) as process, killed_after(process):
        assert process.stdout is not None
        assert process.stdout.readline() == "handed over\n"
        assert offered()
    wait_until(lambda: clipboard() == BEFORE, "the old clipboard")


def test_a_desktop_that_goes_while_typing_is_told(sway_desktop: SwayDesktop) -> None:
    target = sway_desktop.open_entry("foot")
    ended: list[BaseException] = []

    def work() -> None:
        try:
            WaylandType().insert(long_text())
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: len(target.text()) > 10, "the first characters")
    sway_desktop.process.send_signal(signal.SIGKILL)
    thread.join(PATIENCE)
    assert isinstance(ended[0], PartlyInsertedError)
    assert "The text may have been inserted only in part: The connection to the desktop was lost" in str(ended[0])


def test_without_a_desktop_nothing_is_inserted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for inserter in (WaylandPaste(), WaylandType()):
        with pytest.raises(UnavailableError, match="This is not a Wayland session"):
            inserter.insert("x")
