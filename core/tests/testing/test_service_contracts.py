"""The conformance tests of services catch faults that are planted in small ones."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from voicebridge.errors import UnavailableError
from voicebridge.playback import Playing
from voicebridge.ports import Device, Window
from voicebridge.speech import AudioChunk
from voicebridge.testing import (
    HotkeysContract,
    InserterContract,
    LastingNotifierContract,
    MicrophoneContract,
    NotifierContract,
    PressesContract,
    SpeakerContract,
    key_services,
    leftovers,
    sound_services,
)

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

REFUSED = "It is not there. Connect it."
HELD: list[threading.Event] = []
"""End the threads that a planted fault leaves running."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a planted fault leaves or delays never comes right."""
    monkeypatch.setattr(leftovers, "SETTLING", 0.3)
    monkeypatch.setattr(key_services, "PATIENCE", 1.0)
    monkeypatch.setattr(sound_services, "PATIENCE", 2.5)
    yield
    for each in HELD:
        each.set()
    HELD.clear()


def leave_a_thread() -> None:
    HELD.append(ended := threading.Event())
    threading.Thread(target=ended.wait, name="left", daemon=True).start()


def check(test: Callable[[], object], message: str) -> None:
    if not message:
        test()
        return
    with pytest.raises(pytest.fail.Exception, match=message):
        test()


class Clock:
    """Passes in steps of a chunk, at real speed."""

    def __init__(self) -> None:
        self.never = threading.Event()

    def tick(self, seconds: float) -> None:
        self.never.wait(seconds)


class Mic:
    """Records silence: 20 ms of it every 20 ms, kept while nobody takes it, because it is computed from the time."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def devices(self) -> Sequence[Device]:
        names = {"no name": [("a", "")], "same id": [("a", "One"), ("a", "Two")]}.get(self.fault, [("a", "One"), ("b", "Two")])
        return [Device(key, name, default=self.fault == "two defaults" or key == "a") for key, name in names]

    def record(self, device: str | None, rate: int) -> Iterator[AudioChunk]:
        if device not in (None, "a", "b") and self.fault != "any device":
            raise UnavailableError("Two\nlines." if self.fault == "two lines" else REFUSED)
        if self.fault == "thread":
            leave_a_thread()
        chunks = self._chunks(rate)
        return iter(Endless(chunks)) if self.fault == "no close" else chunks

    def _chunks(self, rate: int) -> Iterator[AudioChunk]:
        length, position, clock = rate // (10 if self.fault == "long" else 50), 0, Clock()
        last = time.monotonic()
        while True:
            due = last + length / rate
            clock.tick(max(0.0, due - time.monotonic()))
            last = time.monotonic() if self.fault == "loses" else due
            samples: Any = np.zeros(length, np.int16 if self.fault == "dtype" else np.float32)
            yield AudioChunk(samples, 48_000 if self.fault == "rate" else rate, 0.0 if self.fault == "start" else position / rate)
            position += length


class Endless:
    def __init__(self, chunks: Iterator[AudioChunk]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Endless:
        return self

    def __next__(self) -> AudioChunk:
        return next(self._chunks)


APART, CHUNKS, SLOWLY = "its_inputs_can_be_told_apart", "it_records_in_short_chunks_without_gaps", "who_takes_chunks_slowly_loses_none"
CLOSED, UNKNOWN = "it_can_be_closed_at_any_time_and_leaves_nothing", "an_unknown_input_is_refused"


@pytest.mark.parametrize(
    ("fault", "test", "message"),
    [
        *(("", each, "") for each in (APART, CHUNKS, SLOWLY, CLOSED, UNKNOWN)),
        ("no name", APART, "give it an id and a name"),
        ("same id", APART, "ids are unique"),
        ("two defaults", APART, "The system has one"),
        ("long", CHUNKS, "yield at most 0.05 s at once"),
        ("dtype", CHUNKS, "int16.*convert it"),
        ("rate", CHUNKS, "has 48000 Hz, not 16000"),
        ("start", CHUNKS, "starts at 0.0000 s"),
        ("loses", SLOWLY, "keep them in a queue"),
        ("no close", CLOSED, "make it a generator"),
        ("thread", CLOSED, "the microphone left the thread 'left' running"),
        ("any device", UNKNOWN, "raised nothing: raise UnavailableError"),
        ("two lines", UNKNOWN, "say in one line"),
    ],
)
def test_the_faults_of_a_microphone(fault: str, test: str, message: str) -> None:
    class Contract(MicrophoneContract):
        def create(self) -> Mic:
            return Mic(fault)

    check(getattr(Contract(), f"test_{test}"), message)


class Player:
    """Plays to nobody, in the time that it takes."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def devices(self) -> Sequence[Device]:
        return [Device("a", "One", default=True)]

    def play(self, audio: Iterable[AudioChunk], device: str | None, playing: Playing | None = None) -> None:
        playing, heard, clock = playing or Playing(), 0.0, Clock()
        if device not in (None, "a") and self.fault != "any device":
            raise UnavailableError(REFUSED)
        if self.fault == "thread":
            leave_a_thread()
        try:
            for chunk in audio:
                while playing.level == 0 and not playing.stopped and self.fault != "plays on":
                    clock.tick(0.01)
                if (playing.stopped and self.fault != "unstoppable") or heard > 20:
                    break
                clock.tick(0.0 if self.fault == "at once" else chunk.duration)
                heard += chunk.duration
                if self.fault != "says nothing":
                    playing.progress(heard, sounds=True)
        except sound_services.SourceError:
            if self.fault == "swallows":
                return
            if self.fault == "another":
                raise ValueError("broken") from None
            raise


WHOLE, PASSED_ON, STOPPED = (
    "it_returns_when_everything_has_been_played",
    "an_error_of_the_audio_is_passed_on",
    "it_can_be_stopped_and_leaves_nothing",
)
PAUSED, NO_OUTPUT = "nothing_is_consumed_while_it_is_paused", "an_unknown_output_is_refused"


@pytest.mark.parametrize(
    ("fault", "test", "message"),
    [
        *(("", each, "") for each in ("its_outputs_can_be_told_apart", WHOLE, PASSED_ON, STOPPED, PAUSED, NO_OUTPUT)),
        ("at once", WHOLE, "return when the last sample has been played"),
        ("swallows", PASSED_ON, "raise that exception again"),
        ("another", PASSED_ON, "not the exception of its audio"),
        ("at once", PASSED_ON, "play the 0.3 s of audio before it first"),
        ("says nothing", STOPPED, r"report what has been played to playing\.progress"),
        ("unstoppable", STOPPED, r"didn't return after playing\.stop\(\)"),
        ("thread", STOPPED, "the speaker left the thread 'left' running"),
        ("plays on", PAUSED, "send silence while"),
        ("any device", NO_OUTPUT, "raised nothing"),
    ],
)
def test_the_faults_of_a_speaker(fault: str, test: str, message: str) -> None:
    class Contract(SpeakerContract):
        def create(self) -> Player:
            return Player(fault)

    check(getattr(Contract(), f"test_{test}"), message)


class Typist:
    """Inserts into a list, as into a window."""

    def __init__(self, field: list[str], board: list[str], fault: str) -> None:
        self.field, self.board, self.fault = field, board, fault

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        if self.fault == "clipboard":
            self.board[0] = text
        if self.fault == "thread":
            leave_a_thread()
        if self.fault == "raises":
            raise ValueError("no window")
        self.field.append(text.encode("ascii", "ignore").decode() if self.fault == "ASCII" else text)


class Board(list[str]):
    def read(self) -> str:
        return self[0]

    def selection(self) -> str:
        return ""

    def write(self, text: str) -> None:
        self[0] = text


@pytest.mark.parametrize(
    ("fault", "test", "message"),
    [
        *(("", each, "") for each in ("every_text_arrives_unchanged", "it_leaves_nothing_behind")),
        ("ASCII", "every_text_arrives_unchanged", "insert every character once"),
        ("clipboard", "every_text_arrives_unchanged", "restore it before returning"),
        ("raises", "every_text_arrives_unchanged", "failed: ValueError: no window"),
        ("thread", "it_leaves_nothing_behind", "the inserter left the thread 'left' running"),
    ],
)
def test_the_faults_of_an_inserter(fault: str, test: str, message: str) -> None:
    field, board = ["before"], Board([""])

    class Contract(InserterContract):
        def create(self) -> Typist:
            return Typist(field, board, fault)

        def inserted(self) -> str:
            return "".join(field)

        def clipboard(self) -> Board:
            return board

    check(getattr(Contract(), f"test_{test}"), message)


class Keys:
    """Reports what the tests press."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.heard: queue.SimpleQueue[tuple[str, bool] | None] = queue.SimpleQueue()
        self.closed = False

    def listen(self, chords: Sequence[str]) -> Any:
        if self.fault == "thread":
            leave_a_thread()
        return object() if self.fault == "no iterator" else self

    def capture(self) -> Any:
        if self.fault == "capture":
            raise NotImplementedError
        raise UnavailableError("It can't capture keys. Use another.")

    def problem(self, chord: str) -> str:
        return "no" if self.fault == "no sentence" else ""

    def __iter__(self) -> Keys:
        return self

    def __next__(self) -> tuple[str, bool]:
        if self.closed or (told := self.heard.get()) is None:
            if self.fault == "raises":
                raise RuntimeError("closed")
            raise StopIteration
        return told

    def close(self) -> None:
        if self.fault == "close twice" and self.closed:
            raise RuntimeError("closed already")
        if self.fault != "waits":
            self.closed = True
            self.heard.put(None)


ENDS, REPORTED = "listening_ends_when_it_is_closed", "presses_and_releases_are_reported"


@pytest.mark.parametrize(
    ("fault", "test", "message"),
    [
        *(("", each, "") for each in (ENDS, REPORTED, "capturing_needs_its_feature", "a_problem_is_told_as_a_sentence")),
        ("no iterator", ENDS, "lacks close of voicebridge.ports.KeyEvents"),
        ("waits", ENDS, "wake it, and raise StopIteration"),
        ("raises", ENDS, "RuntimeError: closed: raise StopIteration"),
        ("close twice", ENDS, r"close\(\) failed: RuntimeError: closed already"),
        ("thread", ENDS, "the hotkeys left the thread 'left' running"),
        ("repeats", REPORTED, "report each press and release once"),
        ("capture", "capturing_needs_its_feature", "raised NotImplementedError"),
        ("no sentence", "a_problem_is_told_as_a_sentence", "return a sentence on one line"),
    ],
)
def test_the_faults_of_hotkeys(fault: str, test: str, message: str) -> None:
    made: list[Keys] = []

    class Contract(HotkeysContract):
        features = ("release",)

        def create(self) -> Keys:
            made.append(Keys(fault))
            return made[-1]

        def press(self, chord: str, pressed: bool) -> None:
            for _ in range(2 if fault == "repeats" else 1):
                made[-1].heard.put((chord, pressed))

    check(getattr(Contract(), f"test_{test}"), message)
    for keys in made:
        keys.heard.put(None)


class Notices:
    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.tags: set[str] = set()

    def notify(self, title: str, body: str, tag: str | None = None) -> None:
        if self.fault == "raises" and not body:
            raise ValueError("no body")
        if self.fault == "thread":
            leave_a_thread()
        self.shown = "" if self.fault == "shows nothing" else f"{getattr(self, 'shown', '')}{body}"

    def keep(self, title: str, body: str, tag: str) -> None:
        self.tags.add(tag)

    def withdraw(self, tag: str) -> None:
        (self.tags.remove if self.fault == "unknown tag" else self.tags.discard)(tag)


@pytest.mark.parametrize(
    ("fault", "test", "message"),
    [
        *(("", each, "") for each in ("any_text_is_shown_without_waiting_for_the_user", "a_notice_is_kept_replaced_and_taken_away")),
        ("raises", "any_text_is_shown_without_waiting_for_the_user", "failed: ValueError: no body"),
        ("thread", "any_text_is_shown_without_waiting_for_the_user", "the notifier left the thread 'left' running"),
        ("shows nothing", "any_text_is_shown_without_waiting_for_the_user", "show every notification"),
        ("unknown tag", "a_notice_is_kept_replaced_and_taken_away", "failed: KeyError"),
    ],
)
def test_the_faults_of_a_notifier(fault: str, test: str, message: str) -> None:
    made = Notices(fault)

    class Contract(LastingNotifierContract):
        def create(self) -> Notices:
            return made

        def shown(self) -> str:
            return made.shown

    assert issubclass(Contract, NotifierContract)
    check(getattr(Contract(), f"test_{test}"), message)


def test_a_watch_that_counts_what_was_pressed_before_is_caught() -> None:
    class Contract(PressesContract):
        def create(self) -> Any:
            return self

        def watch(self, own: object) -> Any:
            return self

        def pressed(self) -> object:
            return "keys"

        def close(self) -> None:
            pass

        def reset(self) -> None:
            pass

    check(Contract().test_nothing_counts_before_anything_was_pressed_and_a_closed_watch_does_no_harm, "don't count")


PLUGIN = """
from voicebridge import ServiceSpec, hookimpl

@hookimpl
def voicebridge_services():
    yield ServiceSpec(kind="notifier", name="note", factory="fake.engine:Note", probe="fake.engine:probe", description="Notes.")
"""
ENGINE = """
import socket, threading
from voicebridge import UnavailableError

def probe():
    return 10

class Note:
    def notify(self, title, body, tag=None):
        pass
"""
DESCRIBED, PROBE, PORT = "test_the_descriptor_is_documented", "test_its_probe_only_looks", "test_it_has_the_methods_of_its_port"


@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ("", "", set()),
        ('description="Notes."', 'description=""', {DESCRIBED}),
        ("from voicebridge import ServiceSpec", "import numpy\nfrom voicebridge import ServiceSpec", {DESCRIBED}),
        ("return 10", "return 'high'", {PROBE}),
        ("return 10", "raise UnavailableError('no')", {PROBE}),
        ("return 10", "raise UnavailableError('It is not there. Start it.')", set()),
        ("return 10", "threading.Thread(target=threading.Event().wait, args=(3,)).start(); return 10", {PROBE}),
        ("return 10", "raise KeyError('x')", {PROBE, PORT}),
        ("def notify", "def tell", {PORT}),
    ],
)
def test_the_faults_of_a_descriptor_and_a_probe(old: str, new: str, failed: set[str], kit: Kit) -> None:
    changes = [(old, new)] if old else []
    plugin = kit.changed(PLUGIN, [each for each in changes if each[0] in PLUGIN])
    engine = kit.changed(ENGINE, [each for each in changes if each[0] in ENGINE])
    found = kit.run("ServiceContract", "note", "kind = 'notifier'", {"plugin": plugin, "engine": engine}, only="test", subject="service")
    assert found[2] == failed
