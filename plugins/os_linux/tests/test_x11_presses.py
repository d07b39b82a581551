"""Distinguishing presses from repetitions by the server's times; no keys are pressed."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X exists on Linux alone")

if sys.platform == "linux":
    from voicebridge_os_linux.x11.presses import Presses, difference

SPACE, CHORD = 65, "ctrl+alt+space"


def test_a_repetition_is_no_press() -> None:
    presses = Presses()
    assert [presses.press(SPACE, CHORD, time) for time in (1000, 1500, 1530)] == [True, False, False]
    assert presses.release(SPACE, 1540) == CHORD
    assert presses.release(SPACE, 1540) is None  # reported by the grab as well as by a raw event


def test_a_repetition_that_is_read_after_its_release_is_no_press() -> None:
    presses = Presses()
    presses.press(SPACE, CHORD, 1000)
    presses.release(SPACE, 1540)
    assert not presses.press(SPACE, CHORD, 1530)
    assert presses.down == {}
    assert presses.press(SPACE, CHORD, 1700)


def test_a_press_in_the_millisecond_of_the_release_is_one() -> None:
    presses = Presses()
    presses.press(SPACE, CHORD, 1000)
    presses.release(SPACE, 1540)
    assert presses.press(SPACE, CHORD, 1540)


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31) + 1, 2**31 - 1))
def test_the_servers_clock_may_start_again(earlier: int, passed: int) -> None:
    assert difference((earlier + passed) % 2**32, earlier) == passed


def test_a_key_that_rested_for_weeks_works_although_the_servers_clock_has_started_again() -> None:
    presses = Presses()
    presses.press(SPACE, CHORD, 1000)
    presses.release(SPACE, 1540)
    assert presses.press(SPACE, CHORD, 1540 + 2**31 + 5)
