"""The destination of the text if the focus has changed or the window has closed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from voicebridge.testing.processes import wait_until
from voicebridge.testing.sounds import FOX

if TYPE_CHECKING:
    from tests.dictation.conftest import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")


def test_text_is_held_and_offered_when_the_focus_has_moved(desk: Desk) -> None:
    first, second = desk.x.open_entry(), desk.x.open_entry()
    desk.x.focus(first)
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        desk.x.focus(second)
        desk.tap()
        dictation.wait_for("The focus moved")
        wait_until(lambda: desk.copied().lower() == FOX.text.lower(), "the text on the clipboard")
        assert (first.text(), second.text()) == ("", "")


def test_text_goes_where_the_focus_is_now_where_that_is_wanted(desk: Desk, wait_for_fox: Callable[..., None]) -> None:
    first, second = desk.x.open_entry(), desk.x.open_entry()
    desk.x.focus(first)
    with desk.dictate(VOICEBRIDGE_DICTATION_MOVED="insert") as dictation:
        desk.tap()
        dictation.hear()
        desk.x.focus(second)
        desk.tap()
        wait_for_fox(second)


def test_when_the_window_has_died_the_text_is_on_the_clipboard_and_that_is_said(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        target.kill()
        desk.tap()
        dictation.wait_for("on the clipboard")
        assert desk.copied().lower() == FOX.text.lower()


def test_copy_leaves_the_text_on_the_clipboard_and_the_window_alone(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate("--to", "clipboard") as dictation:
        desk.hold(dictation)
        dictation.wait_for("characters: clipboard.")
        assert (desk.copied().lower(), target.text()) == (FOX.text.lower(), "")
    assert desk.copied().lower() == FOX.text.lower()  # it remains when the process has ended
