"""Inserting text into a real edit control of another process, with both methods; under Wine on Linux (``make test-windows``)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from voicebridge.errors import PartlyInsertedError, UnavailableError
from voicebridge.keys import parse
from voicebridge.ports import TextInserter
from voicebridge_os_windows import api, keyboard, paste, session
from voicebridge_os_windows.keyboard import Stroke
from voicebridge_os_windows.paste import PastingInserter
from voicebridge_os_windows.type import TypingInserter

if TYPE_CHECKING:
    from plugins.os_windows.tests.conftest import Clipboard, Control

TEXTS = {
    "ascii": "The quick brown fox, 'quoted' & <marked> 100 %.",
    "accents": "Größe, é, ß, naïve, Ærø",
    "chinese": "你好、北京",
    "emoji": "😀 and 👩‍🚀",
    "lines": "one\ntwo\n\nfour\n",
    "long": ("Zwölf große Boxkämpfer jagen Viktor über den Deich. 北京 😀\n" * 40)[:2000],
}


@pytest.fixture(params=[PastingInserter, TypingInserter], ids=["paste", "type"])
def inserter(request: pytest.FixtureRequest) -> TextInserter:
    made: TextInserter = request.param()
    return made


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_every_character_arrives(edit: Control, inserter: TextInserter, text: str) -> None:
    inserter.insert(text)
    edit.wait_for(text)


def test_it_goes_where_the_cursor_is(edit: Control, inserter: TextInserter) -> None:
    edit.write("before  after")
    edit.send(0x00B1, 7, 7)  # EM_SETSEL
    inserter.insert("é")
    edit.wait_for("before é after")


def test_two_dictations_follow_each_other(edit: Control, inserter: TextInserter) -> None:
    inserter.insert("one. ")
    inserter.insert("Two.")
    edit.wait_for("one. Two.")


def test_2000_characters_are_there_at_once(edit: Control, inserter: TextInserter) -> None:
    text = TEXTS["long"]
    began = time.monotonic()
    inserter.insert(text)
    edit.wait_for(text)
    assert time.monotonic() - began < 5


def test_modifiers_that_are_held_are_waited_for(edit: Control, inserter: TextInserter, keys: Callable[..., None]) -> None:
    keys("keydown", "ctrl", "keydown", "shift")
    thread = threading.Thread(target=inserter.insert, args=("no shortcut",), daemon=True)
    try:
        wait_for_state(0x11, down=True)
        wait_for_state(0x10, down=True)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        assert edit.text == ""
    finally:
        keys("keyup", "shift", "keyup", "ctrl")
    thread.join(10)
    edit.wait_for("no shortcut")


def wait_for_state(vk: int, down: bool) -> None:
    end = time.monotonic() + 10
    while bool(api.user32().GetAsyncKeyState(vk) & 0x8000) != down:
        assert time.monotonic() < end, "the key never arrived"
        time.sleep(0.01)


def test_a_modifier_that_stays_down_is_named(edit: Control, keys: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyboard, "RELEASE_SECONDS", 0.3)
    keys("keydown", "alt")
    try:
        wait_for_state(0x12, down=True)
        with pytest.raises(UnavailableError, match="Alt has been held down for 0.3 s"):
            PastingInserter().insert("x")
    finally:
        keys("keyup", "alt")
    wait_for_state(0x12, down=False)


class TestPasting:
    def test_the_clipboard_is_what_it_was(self, edit: Control, clipboard: Clipboard) -> None:
        html = api.user32().RegisterClipboardFormatW("HTML Format")
        own = api.user32().RegisterClipboardFormatW("VoiceBridge test")
        picture = bitmap()
        before = {html: b"Version:0.9 <b>old</b>\0", 13: "old é 😀\0".encode("utf-16-le"), 8: picture, own: bytes(range(256))}
        clipboard.put(*before.items())
        PastingInserter().insert("new")
        edit.wait_for("new")
        after = clipboard.formats
        assert {number: after[number][: len(data)] for number, data in before.items()} == before

    def test_an_empty_clipboard_is_empty_again(self, edit: Control, clipboard: Clipboard) -> None:
        clipboard.put()
        PastingInserter().insert("new")
        edit.wait_for("new")
        assert clipboard.formats == {}

    def test_a_target_that_is_slow_gets_the_new_text_not_the_old(self, edit: Control, clipboard: Clipboard) -> None:
        clipboard.put((13, "old\0".encode("utf-16-le")))
        edit.stall(3.0)
        PastingInserter().insert("new")
        edit.wait_for("new")
        assert clipboard.text == "old"

    def test_what_is_copied_meanwhile_stays(self, edit: Control, clipboard: Clipboard) -> None:
        edit.stall(2.0)
        errors: list[BaseException] = []

        def insert() -> None:
            try:
                PastingInserter().insert("new")
            except UnavailableError as error:
                errors.append(error)

        thread = threading.Thread(target=insert)
        clipboard.put()
        thread.start()
        end = time.monotonic() + 10
        while not api.user32().GetClipboardOwner():
            assert time.monotonic() < end, "the text was never offered"
        clipboard.put((13, "newer\0".encode("utf-16-le")))
        thread.join(20)
        assert "Another program changed the clipboard" in str(errors[0])
        assert clipboard.text == "newer"

    def test_those_who_watch_the_clipboard_harm_nothing_and_see_that_they_must_not_keep_it(
        self, edit: Control, clipboard: Clipboard
    ) -> None:
        clipboard.put((13, "old\0".encode("utf-16-le")))
        seen: list[dict[int, bytes]] = []
        done = threading.Event()
        watching = threading.Thread(target=watch, args=(clipboard, seen, done))
        watching.start()
        pasted = ""
        for number in range(10):
            with suppress(UnavailableError):  # it was open when the target tried to read it
                PastingInserter().insert(f"{number},")
                pasted += f"{number},"
        done.set()
        watching.join(10)
        assert pasted
        edit.wait_for(pasted)
        assert clipboard.text == "old"
        marks = {"ExcludeClipboardContentFromMonitorProcessing", "CanIncludeInClipboardHistory", "CanUploadToCloudClipboard"}
        numbers = {api.user32().RegisterClipboardFormatW(name) for name in marks}
        assert seen
        assert [
            formats for formats in seen if "old".encode("utf-16-le") not in formats.get(13, b"") and not numbers <= formats.keys()
        ] == []

    def test_a_window_that_does_not_ask_is_left_for_another_way(self, dead_end: Control, clipboard: Clipboard) -> None:
        clipboard.put((13, "old\0".encode("utf-16-le")))
        with pytest.raises(UnavailableError, match="did not paste the text"):
            PastingInserter().insert("new")
        assert clipboard.text == "old"

    def test_a_window_that_hangs_pastes_when_it_comes_round(
        self, edit: Control, clipboard: Clipboard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(paste, "HANGING_SECONDS", 1.0)
        edit.stall(4.0)
        with pytest.raises(PartlyInsertedError, match="The text is on the clipboard"):
            PastingInserter().insert("new")
        assert clipboard.text == "new"
        edit.wait_for("new")

    def test_another_chord_pastes_too(self, edit: Control) -> None:
        PastingInserter().insert("é", chord="shift+insert")
        edit.wait_for("é")

    def test_a_clipboard_that_is_kept_open_is_told(self, edit: Control, clipboard: Clipboard, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("voicebridge_os_windows.clipboard.OPEN_SECONDS", 0.2)
        api.user32().OpenClipboard(edit.window)  # owned by a window of another program
        try:
            with pytest.raises(UnavailableError, match="keeps the clipboard open"):
                PastingInserter().insert("x")
        finally:
            api.user32().CloseClipboard()
        assert edit.text == ""


def watch(clipboard: Clipboard, seen: list[dict[int, bytes]], done: threading.Event) -> None:
    """Read the clipboard whenever it changes, like a clipboard history that ignores marks."""
    user32 = api.user32()
    last = 0
    while not done.is_set():
        if (now := user32.GetClipboardSequenceNumber()) != last:
            last = now
            seen.append(clipboard.formats)
        time.sleep(0.001)


def bitmap() -> bytes:
    """A CF_DIB of 2 by 2 pixels."""
    header = (40, 2, 2, 1 | 24 << 16, 0, 16, 0, 0, 0, 0)
    return b"".join(value.to_bytes(4, "little") for value in header) + bytes(range(16))


class TestRefusals:
    """Windows rejects keys for windows with higher privileges, which Wine doesn't have: SendInput's result is simulated here."""

    @pytest.fixture
    def taking(self, edit: Control, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[int]], None]:
        def prepare(counts: list[int]) -> None:
            def send(strokes: Sequence[Stroke]) -> int:
                return counts.pop(0) if counts else len(strokes)

            monkeypatch.setattr(keyboard, "send", send)

        return prepare

    def test_none_taken_means_another_way_may_be_tried(self, taking: Callable[[list[int]], None], inserter: TextInserter) -> None:
        taking([0])
        with pytest.raises(UnavailableError, match="runs with higher privileges than VoiceBridge.*Run VoiceBridge as administrator"):
            inserter.insert("x" * 250)

    def test_some_taken_means_it_may_not(self, taking: Callable[[list[int]], None]) -> None:
        taking([200, 7])
        with pytest.raises(PartlyInsertedError, match="100 of 250 characters or a few more were typed, then Windows accepted no more"):
            TypingInserter().insert("x" * 250)

    def test_a_window_with_more_rights_is_known_beforehand(
        self, edit: Control, inserter: TextInserter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = api.kernel32().GetCurrentProcessId()
        monkeypatch.setattr(session, "_integrity", lambda process: 0x2000 if process == own else None)
        with pytest.raises(UnavailableError, match=r"python.exe runs with higher privileges"):
            inserter.insert("x")
        assert edit.text == ""


class TestStrokes:
    def test_a_character_beyond_the_basic_plane_is_two_units(self) -> None:
        down = [Stroke(unit=0xD83D), Stroke(unit=0xDE00)]
        assert keyboard.character("😀") == [*down, Stroke(unit=0xD83D, up=True), Stroke(unit=0xDE00, up=True)]

    def test_a_line_break_is_shift_and_enter_which_sends_no_message(self) -> None:
        shift, enter = 0x10, 0x0D
        assert [(each.vk, each.up) for each in keyboard.character("\n")] == [(shift, False), (enter, False), (enter, True), (shift, True)]

    def test_a_chord_goes_down_and_comes_up_in_reverse(self) -> None:
        strokes = keyboard.press(parse("ctrl+shift+v"))
        assert [(each.vk, each.up) for each in strokes] == [(17, False), (16, False), (86, False), (86, True), (16, True), (17, True)]

    def test_insert_is_not_taken_for_the_zero_of_the_number_pad(self) -> None:
        assert [each.flags for each in keyboard.press(parse("shift+insert"))] == [0, 1, 3, 2]

    def test_other_keys_are_looked_up_in_the_layout(self, desktop: None) -> None:
        assert keyboard.press(parse("ctrl+-"))[1].vk == 0xBD


def test_the_structures_are_as_large_as_windows_says(desktop: None) -> None:
    import ctypes

    sizes: dict[Any, int] = {api.Input: 40, api.KeyboardInput: 24, api.GuiThreadInfo: 72, api.NotifyIconData: 976}
    assert {kind: ctypes.sizeof(kind) for kind in sizes} == sizes


def test_without_a_window_it_is_told(desktop: None, inserter: TextInserter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.user32(), "GetForegroundWindow", lambda: None)
    with pytest.raises(UnavailableError, match="No window has the focus"):
        inserter.insert("x")
