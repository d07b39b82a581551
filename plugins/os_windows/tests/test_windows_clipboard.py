"""The clipboard, the selection in a window of another process, and copies as they are made; under Wine (``make test-windows``)."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from voicebridge.errors import UnavailableError
from voicebridge_os_windows import api, copying
from voicebridge_os_windows.copying import WindowsClipboard

if TYPE_CHECKING:
    from plugins.os_windows.tests.conftest import Clipboard, Control

TEXT = "é 北京 😀\none\n\ttwo\n"
_SELECT = 0x00B1  # EM_SETSEL


def utf16(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le")


def test_what_is_written_is_read_back(desktop: None) -> None:
    for text in (TEXT, "", "x" * 300_000):
        WindowsClipboard().write(text)
        assert WindowsClipboard().read() == text


def test_what_is_no_text_is_empty_text(clipboard: Clipboard) -> None:
    clipboard.put((8, bytes(range(40))))
    assert WindowsClipboard().read() == ""
    clipboard.put()
    assert WindowsClipboard().read() == ""


def test_what_is_selected_is_read_and_the_clipboard_is_what_it_was(edit: Control, clipboard: Clipboard) -> None:
    html = api.user32().RegisterClipboardFormatW("HTML Format")
    before = {html: b"Version:0.9 <b>old</b>\0", 13: utf16("old é 😀")}
    clipboard.put(*before.items())
    edit.write("before é 北京 after")
    edit.send(_SELECT, 7, 11)
    assert WindowsClipboard().selection() == "é 北京"
    after = clipboard.formats
    assert {number: after[number][: len(data)] for number, data in before.items()} == before


def test_where_nothing_is_selected_nothing_is_copied(edit: Control, clipboard: Clipboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "COPY_SECONDS", 0.3)
    clipboard.put((13, utf16("old")))
    edit.write("nothing of this")
    edit.send(_SELECT, 3, 3)
    number = api.user32().GetClipboardSequenceNumber()
    assert WindowsClipboard().selection() == ""
    assert clipboard.formats[13].startswith(utf16("old"))
    assert api.user32().GetClipboardSequenceNumber() == number


def test_a_window_that_is_slow_is_waited_for(edit: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "COPY_SECONDS", 0.3)
    edit.write("late")
    edit.send(_SELECT, 0, 4)
    edit.stall(1.0)
    assert WindowsClipboard().selection() == "late"


def test_a_window_that_hangs_is_told(edit: Control, clipboard: Clipboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "HANGING_SECONDS", 0.5)
    clipboard.put((13, utf16("old")))
    edit.stall(3.0)
    with pytest.raises(UnavailableError, match="has not answered for 0.5 s"):
        WindowsClipboard().selection()
    assert clipboard.formats[13].startswith(utf16("old"))


def test_the_keys_of_the_hotkey_are_waited_for(edit: Control, keys: Callable[..., None]) -> None:
    edit.write("held")
    edit.send(_SELECT, 0, 4)
    found: list[str] = []
    keys("keydown", "ctrl", "keydown", "shift")
    try:
        end = time.monotonic() + 10
        while not api.user32().GetAsyncKeyState(0x10) & 0x8000:
            assert time.monotonic() < end
            time.sleep(0.01)
        thread = threading.Thread(target=lambda: found.append(WindowsClipboard().selection()), daemon=True)
        thread.start()
        thread.join(0.4)
        assert found == []
    finally:
        keys("keyup", "shift", "keyup", "ctrl")
    thread.join(10)
    assert found == ["held"]


def test_each_copy_is_told_of_but_for_what_a_password_manager_has_marked(clipboard: Clipboard) -> None:
    exclude = api.user32().RegisterClipboardFormatW("ExcludeClipboardContentFromMonitorProcessing")
    history = api.user32().RegisterClipboardFormatW("CanIncludeInClipboardHistory")
    clipboard.put((13, utf16("before")))
    told: queue.Queue[str] = queue.Queue()
    copies = WindowsClipboard().copies()

    def listen() -> None:
        for text in copies:
            told.put(text)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    for text in ("one", "one", TEXT.replace("\n", " ")):
        clipboard.put((13, utf16(text)))
        assert told.get(timeout=10) == text
    for mark in ((exclude, b"\0"), (history, bytes(4))):
        clipboard.put((13, utf16("hunter2")), mark)
        time.sleep(3 * 0.25)  # so that it is seen before it is replaced
    clipboard.put((13, utf16("two")), (history, b"\1\0\0\0"))
    assert told.get(timeout=10) == "two"
    copies.close()
    thread.join(10)
    assert not thread.is_alive()
    assert told.empty()
