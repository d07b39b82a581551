"""Dictation started and stopped from the command line."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from voicebridge.testing.processes import PATIENCE
from voicebridge.testing.sounds import FOX

if TYPE_CHECKING:
    from tests.dictation.conftest import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")


def test_a_key_of_the_desktop_starts_and_stops_it_by_the_command_line(desk: Desk, wait_for_fox: Callable[..., None]) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.run("dictate", "start")
        dictation.hear()
        desk.run("dictate", "toggle")
        wait_for_fox(target)
        desk.run("dictate", "start")
        desk.run("dictate", "cancel")


def test_without_one_that_runs_it_is_said_how_to_start_one(desk: Desk) -> None:
    desk.run("dictate", "start", code=1)


def test_a_second_one_is_refused(desk: Desk) -> None:
    with desk.dictate():
        desk.run("dictate", code=2)


def test_ctrl_c_ends_it_after_delivering_what_was_said(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        dictation.process.send_signal(signal.SIGINT)
        assert dictation.process.wait(PATIENCE) == 130
    assert target.text().lower() == FOX.text.lower()
