"""Configured hotkeys as actions, with a source whose keys are pressed by the test."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from pydantic import ValidationError
from voicebridge.cli.dictate.command import DictateAction
from voicebridge.dictation.following import Followers
from voicebridge.dictation.requests import handlers as dictation_requests
from voicebridge.errors import UnavailableError
from voicebridge.hotkeys.actions import READING, Action, HotkeyAction
from voicebridge.hotkeys.listening import Actions, actions
from voicebridge.hotkeys.trigger import Trigger
from voicebridge.keys import KeyEvent
from voicebridge.reading.controls import CONTROLS
from voicebridge.reading.requests import handlers as reading_requests
from voicebridge.runtime.settings import HotkeySettings
from voicebridge.testing.processes import PATIENCE

BINDINGS = {"dictate": "ctrl+alt+space", "cancel": "esc"}


class Events:
    def __init__(self, source: Source, wanted: Sequence[str]) -> None:
        self.source = source
        self.wanted = wanted
        self.heard: queue.Queue[tuple[str, bool] | Exception | None] = queue.Queue()

    def __iter__(self) -> Iterator[tuple[str, bool]]:
        return self

    def __next__(self) -> tuple[str, bool]:
        heard = self.heard.get()
        if isinstance(heard, Exception):
            raise heard
        if heard is None:
            raise StopIteration
        return heard

    def close(self) -> None:
        with self.source.lock:
            if self in self.source.open:
                self.source.open.remove(self)
        self.heard.put(None)


class Source:
    """Keys pressed by a test; those in ``taken`` are unavailable."""

    def __init__(self, *taken: str) -> None:
        self.taken = taken
        self.open: list[Events] = []
        self.lock = threading.Lock()

    def listen(self, chords: Sequence[str]) -> Events:
        for chord in chords:
            if chord in self.taken:
                raise UnavailableError(f"{chord} is taken.")
        with self.lock:
            self.open.append(Events(self, chords))
            return self.open[-1]

    def capture(self) -> Events:
        raise UnavailableError("not here")

    def problem(self, chord: str) -> str:
        return "taken" if chord in self.taken else ""

    def press(self, chord: str, pressed: bool = True, when: float | None = None, as_modifier: bool = False) -> None:
        for events in [*self.open]:
            if chord in events.wanted:
                events.heard.put(KeyEvent(chord, pressed, when, as_modifier))

    def fail(self, error: Exception) -> None:
        self.open[0].heard.put(error)

    @property
    def wanted(self) -> list[str]:
        with self.lock:
            return [chord for events in self.open for chord in events.wanted]


def wait_until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.001)


def grace_goes_by() -> None:
    """Wait, in real time, until a release can no longer be part of a repetition."""
    end = time.monotonic() + 0.02
    wait_until(lambda: time.monotonic() > end)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def heard(source: Source) -> Iterator[Actions]:
    before = threading.active_count()
    found = actions(source, BINDINGS, Trigger("toggle"), True)
    yield found
    found.close()
    assert source.open == []
    wait_until(lambda: threading.active_count() <= before)


def test_presses_become_the_beginning_and_the_end_of_a_recording(source: Source, heard: Actions) -> None:
    for expected in (Action.START, Action.STOP) * 3:
        source.press("ctrl+alt+space")
        source.press("ctrl+alt+space", False)
        assert next(heard) is expected
        grace_goes_by()


def test_escape_is_everybody_elses_while_nothing_is_recorded(source: Source, heard: Actions) -> None:
    assert source.wanted == ["ctrl+alt+space"]
    source.press("ctrl+alt+space")
    assert next(heard) is Action.START
    wait_until(lambda: "esc" in source.wanted)
    source.press("ctrl+alt+space", False)
    source.press("esc")
    assert next(heard) is Action.CANCEL
    assert source.wanted == ["ctrl+alt+space"]
    grace_goes_by()
    source.press("ctrl+alt+space")
    assert next(heard) is Action.START


def test_escape_counts_with_the_modifiers_that_are_held_for_the_other_chord(source: Source, heard: Actions) -> None:
    source.press("ctrl+alt+space")
    assert next(heard) is Action.START
    wait_until(lambda: "ctrl+alt+esc" in source.wanted)
    source.press("ctrl+alt+esc")
    assert next(heard) is Action.CANCEL


def test_where_that_is_taken_escape_alone_is_listened_for() -> None:
    source = Source("ctrl+alt+esc")
    heard = actions(source, BINDINGS, Trigger("auto"), True)
    source.press("ctrl+alt+space")
    assert next(heard) is Action.START
    wait_until(lambda: source.wanted == ["ctrl+alt+space", "esc"])
    heard.close()


def test_a_cancel_key_that_is_taken_is_told_once_and_the_recording_goes_on() -> None:
    source = Source("esc")
    told: list[str] = []
    heard = actions(source, BINDINGS, Trigger("toggle"), True, told.append)
    for expected in (Action.START, Action.STOP, Action.START):
        source.press("ctrl+alt+space")
        source.press("ctrl+alt+space", False)
        assert next(heard) is expected
        grace_goes_by()
    wait_until(lambda: told)
    heard.close()
    assert told == ["esc is taken."]


def test_a_dictation_key_that_is_taken_is_told_at_once() -> None:
    with pytest.raises(UnavailableError, match="is taken"):
        actions(Source("ctrl+alt+space"), BINDINGS, Trigger("auto"), True)


def test_a_source_without_releases_toggles_and_can_not_hold() -> None:
    source = Source()
    heard = actions(source, BINDINGS, Trigger("auto"), False)
    for expected in (Action.START, Action.STOP, Action.START):
        source.press("ctrl+alt+space")
        assert next(heard) is expected
        grace_goes_by()
    heard.close()
    with pytest.raises(UnavailableError, match="voicebridge config set hotkeys.mode auto"):
        actions(source, BINDINGS, Trigger("hold"), False)


def test_time_alone_ends_a_recording_at_its_cap(source: Source) -> None:
    heard = actions(source, BINDINGS, Trigger("hold", cap=0.05), True)
    source.press("ctrl+alt+space")
    assert [next(heard), next(heard)] == [Action.START, Action.STOP]
    heard.close()


def test_a_recording_that_ended_by_itself_needs_no_second_tap(source: Source, heard: Actions) -> None:
    source.press("ctrl+alt+space")
    assert next(heard) is Action.START
    wait_until(lambda: "esc" in source.wanted)
    source.press("ctrl+alt+space", False)
    heard.stopped()
    assert source.wanted == ["ctrl+alt+space"]
    grace_goes_by()
    source.press("ctrl+alt+space")
    assert next(heard) is Action.START


def test_how_long_a_key_was_held_follows_from_when_it_happened_and_not_from_when_it_is_read(source: Source) -> None:
    heard = actions(source, BINDINGS, Trigger("auto"), True)
    now = time.monotonic()
    source.press("ctrl+alt+space", when=now - 1)
    source.press("ctrl+alt+space", False, when=now - 0.1)
    assert [next(heard), next(heard)] == [Action.START, Action.STOP]  # read immediately, it would be a tap and keep recording
    heard.close()


def test_a_modifier_that_is_used_as_one_drops_what_it_began(source: Source) -> None:
    heard = actions(source, {"dictate": "ctrl_r", "cancel": "esc"}, Trigger("auto", alone=0.15), True)
    now = time.monotonic()
    source.press("ctrl_r", when=now - 9)
    source.press("ctrl_r", False, when=now - 8.9, as_modifier=True)  # which does not record
    source.press("ctrl_r", when=now - 8)
    source.press("ctrl_r", False, when=now - 7, as_modifier=True)
    assert [next(heard), next(heard)] == [Action.START, Action.DROP]
    heard.close()


def test_a_modifier_that_reads_aloud_does_so_when_it_comes_up_alone(source: Source) -> None:
    heard = actions(source, {**BINDINGS, "pause": "ctrl_r", "skip": "f9"}, Trigger("auto"), True)
    source.press("ctrl_r")
    source.press("ctrl_r", False, as_modifier=True)
    source.press("f9")
    assert next(heard) is HotkeyAction.SKIP
    source.press("ctrl_r")
    source.press("ctrl_r", False)
    assert next(heard) is HotkeyAction.PAUSE
    heard.close()


def test_closing_ends_the_wait_of_another_thread(heard: Actions) -> None:
    ended = threading.Event()

    def run() -> None:
        assert list(heard) == []
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    heard.close()
    assert ended.wait(PATIENCE)
    thread.join()


@pytest.mark.parametrize("error", [UnavailableError("the desktop is gone"), RuntimeError("the desktop is gone")])
def test_a_source_that_is_gone_is_told(source: Source, heard: Actions, error: Exception) -> None:
    source.fail(error)
    with pytest.raises(UnavailableError, match="the desktop is gone"):
        next(heard)


READING_KEYS = {action.value: f"ctrl+alt+f{number}" for number, action in enumerate(READING, 1)}


def test_keys_of_reading_aloud_leave_a_recording_alone(source: Source) -> None:
    heard = actions(source, {**BINDINGS, **READING_KEYS}, Trigger("toggle"), True)
    assert len(source.open) == 1  # all at once, since a desktop may ask for each
    source.press("ctrl+alt+space")
    assert next(heard) is Action.START
    wait_until(lambda: "esc" in source.wanted)
    for action in READING:
        source.press(READING_KEYS[action.value])
        source.press(READING_KEYS[action.value], False)
        assert next(heard) is action
    assert "esc" in source.wanted  # the recording continues
    source.press("esc")
    assert next(heard) is Action.CANCEL
    heard.close()
    assert source.open == []


def test_a_key_of_reading_aloud_that_is_taken_leaves_the_others_alone() -> None:
    source = Source("ctrl+alt+f2")
    told: list[str] = []
    heard = actions(source, {**BINDINGS, **READING_KEYS}, Trigger("toggle"), True, told.append)
    wait_until(lambda: told and len(source.open) == len(READING))
    assert told == ["ctrl+alt+f2 is taken."]
    source.press("ctrl+alt+f3")
    assert next(heard) is READING[2]
    source.press("ctrl+alt+space")
    assert next(heard) is Action.START
    heard.close()
    assert source.open == []


def test_only_one_key_reads_aloud_unless_more_are_configured() -> None:
    dictation = {"dictate": "ctrl+alt+space", "cancel": "esc"}
    nothing = HotkeySettings()
    assert nothing.chords("linux") == nothing.chords("win32") == {**dictation, "read_selection": "ctrl+alt+shift+space"}
    assert nothing.chords("darwin") == {**dictation, "dictate": "alt_r"}
    assert HotkeySettings.model_validate({"read_selection": "off", "skip": "Ctrl+Alt+Right"}).chords("linux") == {
        **dictation,
        "skip": "ctrl+alt+right",
    }
    for action in ("dictate", "cancel"):
        with pytest.raises(ValidationError):
            HotkeySettings(**{action: "off"})


def test_keys_come_from_the_configuration_and_have_defaults_of_the_system() -> None:
    found = HotkeySettings.model_validate({"dictate": "Control+F9", "cancel": "pause"}).chords("win32")
    assert (found["dictate"], found["cancel"]) == ("ctrl+f9", "pause")


def test_each_action_can_be_configured_asked_for_and_run_as_a_command() -> None:
    requests = {*dictation_requests(lambda: None, Followers()), *reading_requests(lambda: None)}  # type: ignore[arg-type,return-value]
    verbs = {"dictate": {each.value for each in DictateAction}, "read": {*CONTROLS, "--selection", "--clipboard"}}
    for action in HotkeyAction:
        assert action in HotkeySettings.model_fields
        assert action.request in requests
        verb, _, what = action.command.partition(" ")
        assert what in verbs[verb]
