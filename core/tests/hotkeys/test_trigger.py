"""From presses and releases to recordings; with simulated time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.hotkeys.actions import Action
from voicebridge.hotkeys.trigger import Mode, Trigger

START, STOP = Action.START, Action.STOP
Told = list[tuple[float, Action]]


def play(trigger: Trigger, events: Sequence[tuple[float, bool | None]], until: float = 0.0) -> Told:
    """The requests of a trigger and their times, ticked whenever it asks; ``None`` is a press of another key meanwhile."""
    told: Told = []

    def tick(to: float) -> None:
        while (due := trigger.due) is not None and due <= to:
            if action := trigger.tick(due):
                told.append((round(due, 3), action))

    for when, pressed in events:
        tick(when)
        if action := trigger.use(when) if pressed is None else trigger.press(when) if pressed else trigger.release(when):
            told.append((when, action))
    tick(until)
    return told


def test_hold_records_while_the_key_is_down() -> None:
    assert play(Trigger("hold"), [(1, True), (1.2, False), (5, True), (9, False)], 10) == [
        (1, START),
        (1.21, STOP),
        (5, START),
        (9.01, STOP),
    ]


def test_toggle_records_from_one_press_to_the_next() -> None:
    assert play(Trigger("toggle"), [(1, True), (4, False), (5, True), (5.1, False)], 10) == [(1, START), (5, STOP)]


def test_auto_holds_when_the_press_is_long_and_toggles_when_it_is_a_tap() -> None:
    assert play(Trigger("auto"), [(1, True), (1.5, False)], 10) == [(1, START), (1.51, STOP)]
    assert play(Trigger("auto"), [(1, True), (1.3, False), (6, True), (9, False)], 10) == [(1, START), (6, STOP)]


@pytest.mark.parametrize(("held", "stops"), [(0.395, False), (0.4, True), (0.405, True)])
def test_the_grace_makes_no_tap_longer(held: float, stops: bool) -> None:
    assert (STOP in [action for _, action in play(Trigger("auto"), [(0, True), (held, False)], 10)]) is stops


def test_the_second_tap_ends_a_recording_and_does_not_begin_one() -> None:
    taps = [(0, True), (0.1, False), (2, True), (2.1, False), (4, True), (4.1, False)]
    assert [action for _, action in play(Trigger("auto"), taps, 10)] == [START, STOP, START]


@pytest.mark.parametrize("mode", ["auto", "hold", "toggle"])
def test_a_key_that_repeats_itself_is_pressed_once(mode: Mode) -> None:
    repeats = [(0.0, True), *((0.5 + 0.03 * n, True) for n in range(50)), (2.1, False)]
    assert len(play(Trigger(mode), repeats, 10)) == (1 if mode == "toggle" else 2)


@pytest.mark.parametrize("mode", ["auto", "hold", "toggle"])
def test_a_repetition_that_looks_like_letting_go_is_none(mode: Mode) -> None:
    repeats: list[tuple[float, bool]] = [(0.0, True)]
    for n in range(150):
        repeats += [(0.5 + 0.03 * n, False), (0.5 + 0.03 * n + 0.001, True)]
    told = play(Trigger(mode), [*repeats, (6.0, False)], 10)
    assert told == ([(0.0, START)] if mode == "toggle" else [(0.0, START), (6.01, STOP)])


@pytest.mark.parametrize("mode", ["auto", "hold", "toggle"])
def test_a_recording_ends_at_the_cap_and_the_key_that_is_still_down_begins_no_other(mode: Mode) -> None:
    repeats = [(0.0, True), *((0.5 + 0.1 * n, True) for n in range(200))]
    assert play(Trigger(mode, cap=5), repeats, 30) == [(0.0, START), (5.0, STOP)]


@pytest.mark.parametrize("mode", ["auto", "hold", "toggle"])
def test_pressing_again_ends_a_recording_whose_release_was_lost(mode: Mode) -> None:
    assert play(Trigger(mode), [(0, True), (8, True), (8.1, False)], 20) == [(0, START), (8, STOP)]


def test_after_a_recording_has_ended_by_itself_the_next_press_begins_one_at_once() -> None:
    trigger = Trigger("auto")
    assert play(trigger, [(0, True), (0.1, False)], 1) == [(0, START)]
    trigger.stopped()
    assert not trigger.recording
    assert trigger.due is None
    assert play(trigger, [(2, True)]) == [(2, START)]


def test_a_key_that_is_down_when_a_recording_ends_by_itself_must_come_up_first() -> None:
    trigger = Trigger("hold")
    trigger.press(0.0)
    trigger.stopped()
    assert play(trigger, [(0.5, True), (0.6, True), (1.0, False), (2.0, True)], 2) == [(2.0, START)]


def modifier(mode: Mode) -> Trigger:
    return Trigger(mode, alone=0.15)


@pytest.mark.parametrize("mode", ["auto", "hold", "toggle"])
def test_a_modifier_that_another_key_follows_at_once_records_nothing(mode: Mode) -> None:
    trigger = modifier(mode)
    assert play(trigger, [(1, True), (1.1, None), (1.2, False), (2, True), (2.1, None), (9, False)], 20) == []
    assert not trigger.recording


@pytest.mark.parametrize("mode", ["auto", "hold", "toggle"])
def test_a_recording_that_a_modifier_began_is_dropped_when_another_key_is_pressed_with_it(mode: Mode) -> None:
    trigger = modifier(mode)
    assert play(trigger, [(1, True), (1.9, None), (2.5, False)], 20) == [(1.15, START), (1.9, Action.DROP)]
    assert not trigger.recording
    assert not trigger.is_down


def test_a_modifier_by_itself_holds_and_taps() -> None:
    assert play(modifier("auto"), [(1, True), (3, False)], 10) == [(1.15, START), (3.01, STOP)]
    assert play(modifier("auto"), [(1, True), (1.1, False), (5, True), (5.1, False)], 10) == [(1.1, START), (5.1, STOP)]
    assert play(modifier("hold"), [(1, True), (1.3, False)], 10) == [(1.15, START), (1.31, STOP)]


@pytest.mark.parametrize("mode", ["auto", "toggle"])
def test_a_modifier_that_is_used_as_one_while_a_tap_records_neither_ends_nor_drops_that(mode: Mode) -> None:
    taps: list[tuple[float, bool | None]] = [(1, True), (1.1, False), (3, True), (3.1, None), (3.2, False), (5, True), (5.1, False)]
    assert play(modifier(mode), taps, 10) == [(1.1, START), (5.1, STOP)]


def test_the_length_of_a_press_counts_from_when_a_modifier_went_down() -> None:
    assert play(modifier("auto"), [(1, True), (1.39, False)], 10) == [(1.15, START)]
    assert play(modifier("auto"), [(1, True), (1.41, False)], 10) == [(1.15, START), (1.42, STOP)]


EVENTS = st.lists(st.tuples(st.floats(0.0, 4.0), st.sampled_from([True, False, None])), max_size=40)


@given(EVENTS, st.sampled_from(["auto", "hold", "toggle"]), st.floats(0.5, 20.0), st.sampled_from([0.0, 0.15]))
def test_whatever_comes_recordings_begin_and_end_in_turn_and_none_is_longer_than_the_cap(
    steps: list[tuple[float, bool | None]], mode: Mode, cap: float, alone: float
) -> None:
    now, events = 0.0, list[tuple[float, bool | None]]()
    for step, pressed in steps:
        now += step
        events.append((now, pressed))
    trigger = Trigger(mode, cap=cap, alone=alone)
    told = play(trigger, events, now + cap + 1)
    assert [STOP if action is Action.DROP else action for _, action in told] == [START, STOP] * (len(told) // 2)
    for (began, _), (ended, _) in zip(told[::2], told[1::2], strict=True):
        assert ended - began <= cap + 0.001
    assert trigger.due is None or not trigger.recording
