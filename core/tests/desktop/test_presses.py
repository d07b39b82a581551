"""Presses between two dictations, from chords reported by pynput and clicks counted by the system."""

from __future__ import annotations

import queue
import sys
from contextlib import closing

import pytest
from voicebridge.desktop.presses import PynputPresses, PynputPressWatch, probe, with_key
from voicebridge.errors import UnavailableError
from voicebridge.ports import Pressed, PressWatch
from voicebridge.testing.processes import wait_until


@pytest.mark.parametrize(
    ("chords", "pressed"),
    [
        (["space", "s", "shift+a"], Pressed(typed=" aa")),
        (["a", ".", "7"], Pressed(typed="a.1")),
        (["a", "enter"], Pressed(moved=True, typed="\n")),
        (["a", "shift+enter", "b"], Pressed(moved=True, typed="\na")),
        (["a", "shift+9"], Pressed(moved=True)),
        (["backspace"], Pressed(moved=True)),
        (["tab"], Pressed(moved=True)),
        (["home", "a"], Pressed(moved=True, typed="a")),
        (["ctrl+a"], Pressed(moved=True)),
        (["super+z"], Pressed(moved=True)),
        (["shift_l", "alt_r", "caps_lock"], Pressed()),
        (["ctrl+alt+space", "f9"], Pressed()),
        (list("abcdefghijklm"), Pressed(typed="aaaaaaaa")),
    ],
)
def test_chords_tell_what_may_have_happened_to_the_cursor(chords: list[str], pressed: Pressed) -> None:
    state = Pressed()
    for chord in chords:
        state = with_key(state, chord, ("ctrl+alt+space", "f9", "no such key"))
    assert state == pressed


class Keys:
    """Keys pressed by a test."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[tuple[str, bool] | None] = queue.SimpleQueue()
        self.fails = False

    def __iter__(self) -> Keys:
        return self

    def __next__(self) -> tuple[str, bool]:
        event = self.waiting.get()
        if self.fails:
            raise UnavailableError("The desktop has ended.")
        if event is None:
            raise StopIteration
        return event

    def close(self) -> None:
        self.waiting.put(None)


def test_keys_and_clicks_count_from_the_last_reset() -> None:
    keys, clicks = Keys(), [0]
    with closing(PynputPressWatch(keys, tuple, lambda: clicks[0])) as watch:
        assert isinstance(watch, PressWatch)
        assert watch.pressed() == Pressed()
        keys.waiting.put(("a", True))
        keys.waiting.put(("a", False))
        wait_until(lambda: watch.pressed() == Pressed(typed="a"), "the key")
        clicks[0] += 1
        assert watch.pressed() == Pressed(moved=True)
        watch.reset()
        assert watch.pressed() == Pressed()


def test_keys_that_cannot_be_heard_any_more_leave_nothing_known() -> None:
    keys = Keys()
    with closing(PynputPressWatch(keys, tuple, lambda: 0)) as watch:
        keys.fails = True
        keys.waiting.put(("a", True))
        wait_until(lambda: watch.pressed() is None, "the end of the keys")
        watch.reset()
        assert watch.pressed() is None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="clicks are counted there")
def test_where_clicks_are_not_counted_nothing_is_watched() -> None:
    with pytest.raises(UnavailableError, match="Clicks can be counted only on Windows and macOS"):
        probe()
    with pytest.raises(UnavailableError, match="has no click counter"):
        PynputPresses().watch(tuple)
    assert PynputPresses().quiet() is None


@pytest.mark.skipif(sys.platform not in ("win32", "darwin"), reason="only there")
def test_the_system_counts_clicks_and_quiet() -> None:
    from voicebridge.desktop import keyboard

    clicks = keyboard.click_counter()
    assert clicks is not None
    assert clicks() == clicks()
    assert (keyboard.quiet_seconds() or 0.0) >= 0.0
