"""The contract of diarizers passes a good one, and catches every fault that is planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

PLUGIN = """
from voicebridge import DiarizerSpec, hookimpl

@hookimpl
def voicebridge_diarizers():
    yield DiarizerSpec(name="turns", factory="fake.engine:Turns", description="Finds turns.", max_speakers=2, seconds=5)
"""
ENGINE = """
import itertools, socket, threading
import numpy as np
from voicebridge import Turn

COUNT = itertools.count()
END = threading.Event()


class Turns:
    closed = False

    def diarize(self, audio, speakers):
        chunks = list(audio)
        first = chunks[0].start if chunks else 0.0
        sound = np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in chunks)])
        loud = np.flatnonzero(np.abs(sound) > 0.01) / 16_000
        if len(loud):
            yield Turn(first + loud[0], first + loud[-1], "A")

    def close(self):
        self.closed = True
"""
YIELD = 'yield Turn(first + loud[0], first + loud[-1], "A")'
TWO = "\n            ".join([YIELD, YIELD.replace('"A"', '"B"')])


def run(kit: Kit, *changes: tuple[str, str], plugin: str = PLUGIN) -> tuple[set[str], set[str], set[str]]:
    modules = {"plugin": plugin, "engine": kit.changed(ENGINE, changes)}
    return kit.run("DiarizerContract", "turns", "pass", modules, only="test", subject="name")


def test_a_good_diarizer_passes(kit: Kit) -> None:
    passed, skipped, failed = run(kit)
    assert (skipped, failed) == (set(), set())
    assert len(passed) == 12


@pytest.mark.parametrize(
    ("old", "new", "caught"),
    [
        ("    def close(self):\n        self.closed = True\n", "", "test_it_can_be_created"),
        ("/ 16_000", "* 1", "test_it_finds_who_speaks"),
        (YIELD, YIELD.replace("loud[-1]", "loud[0] + 0.1"), "test_it_finds_who_speaks"),
        ("chunks[0].start if chunks else 0.0", "0.0", "test_times_are_those_of_the_recording"),
        ('"A"', 'f"{next(COUNT)}"', "test_equal_recordings_have_equal_turns"),
        (
            "chunks = list(audio)",
            "chunks = [chunk for chunk in audio if len(chunk.samples) < 2000]",
            "test_equal_recordings_have_equal_turns",
        ),
        (YIELD, TWO, "test_it_finds_no_more_speakers_than_there_are"),
        ("first = chunks[0].start if chunks else 0.0", "first = chunks[0].start", "test_silence_of_any_length_is_no_error[0.0]"),
        ("if len(loud):", "if len(sound) > 1000:", "test_silence_of_any_length_is_no_error[5.0]"),
        (
            "chunks = list(audio)",
            "chunks = list(audio); threading.Thread(target=END.wait, daemon=True).start()",
            "test_it_leaves_no_threads",
        ),
        ("self.closed = True", "assert not self.closed; self.closed = True", "test_it_leaves_no_threads"),
        ("chunks = list(audio)", "chunks = list(audio); socket.create_connection(('127.0.0.1', 9))", "test_it_opens_no_connection"),
        (YIELD, "yield (0, 1, 'A')", "test_it_finds_who_speaks"),
    ],
)
def test_a_planted_fault_is_caught(kit: Kit, old: str, new: str, caught: str) -> None:
    _, _, failed = run(kit, (old, new))
    assert any(name.startswith(caught) for name in failed), failed


def test_more_speakers_than_the_descriptor_says_are_caught(kit: Kit) -> None:
    three = '(yield from (Turn(first, first + loud[-1], label) for label in ("ABC" if speakers is None else "A")))'
    _, _, failed = run(kit, (YIELD, three))
    assert failed == {"test_it_finds_no_more_speakers_than_there_are"}


def test_a_plugin_that_imports_a_library_or_describes_nothing_is_caught(kit: Kit) -> None:
    _, _, failed = run(kit, plugin="import numpy\n" + PLUGIN.replace('description="Finds turns."', 'description=""'))
    assert failed == {"test_the_descriptor_is_documented"}
