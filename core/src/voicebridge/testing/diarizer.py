"""Conformance tests for diarizers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from voicebridge.extension_ports import Diarizer, Turn
from voicebridge.extensions import DiarizerSpec
from voicebridge.runtime.diarizers import PluginDiarizer
from voicebridge.runtime.extensions import Extension
from voicebridge.speech import AudioChunk
from voicebridge.testing.extension import ExtensionContract, failing, within
from voicebridge.testing.network import no_network
from voicebridge.testing.sounds import FOX, STELLA, Sound, in_chunks, silence

_CLOSE = 0.05
"""Seconds by which equal turns may differ."""


class DiarizerContract(ExtensionContract):
    """The rules for a diarizer; derive a class with ``name``. It hears two sentences in English, with a pause between them."""

    kind = DiarizerSpec
    protocol = Diarizer

    @pytest.fixture
    def diarizer(self, found: Extension[Any]) -> Iterator[PluginDiarizer]:
        """It, as VoiceBridge calls it."""
        made = PluginDiarizer(found)
        yield made
        made.close()

    @pytest.fixture
    def speech(self, found: Extension[Any]) -> Sound:
        """``float32[n]`` at the rate of the descriptor."""
        rate = found.spec.sample_rate
        return np.concatenate([FOX.at(rate), silence(0.7, rate), STELLA.at(rate)])

    def test_it_finds_who_speaks(self, diarizer: PluginDiarizer, speech: Sound) -> None:
        """There are turns, most of the speech is in one, and all are within the recording.

        Troubleshooting: give times in seconds, not in samples or frames.
        """
        length = len(speech) / diarizer.sample_rate
        turns = _turns(diarizer, in_chunks(speech, diarizer.sample_rate))
        if outside := [turn for turn in turns if turn.start < 0 or turn.end > length + _CLOSE]:
            pytest.fail(f"the recording ends at {length:.2f} s, but there is {outside[0]}")
        if (covered := _covered(turns)) < 0.5 * length:
            pytest.fail(f"of {length:.2f} s, {covered:.2f} s are in turns")

    def test_times_are_those_of_the_recording(self, diarizer: PluginDiarizer, speech: Sound) -> None:
        """If the first chunk starts at 100 s, because only a part of a recording is transcribed, so do the turns.

        Troubleshooting: add the ``start`` of the first chunk.
        """
        at_once = _turns(diarizer, in_chunks(speech, diarizer.sample_rate))
        later = (replace(chunk, start=chunk.start + 100) for chunk in in_chunks(speech, diarizer.sample_rate))
        _expect_equal(at_once, [Turn(turn.start - 100, turn.end - 100, turn.speaker) for turn in _turns(diarizer, later)])

    def test_equal_recordings_have_equal_turns(self, diarizer: PluginDiarizer, speech: Sound) -> None:
        """However the audio is cut into chunks, and whichever recording was processed before.

        Troubleshooting: keep what is left of a chunk for the next one, and nothing for the next recording. Seed random numbers.
        """
        rate = diarizer.sample_rate
        first = _turns(diarizer, in_chunks(speech, rate))
        _turns(diarizer, in_chunks(STELLA.at(rate), rate))
        _expect_equal(first, _turns(diarizer, in_chunks(speech, rate, [1, 7, rate // 100, rate, 3])))

    def test_it_finds_no_more_speakers_than_there_are(self, diarizer: PluginDiarizer, found: Extension[Any], speech: Sound) -> None:
        """If one person speaks, all turns have the same label; without a number, there are at most ``max_speakers``.

        Troubleshooting: use the argument ``speakers``.
        """
        for speakers, most in ((1, 1), (None, found.spec.max_speakers)):
            labels = {turn.speaker for turn in _turns(diarizer, in_chunks(speech, diarizer.sample_rate), speakers)}
            if most is not None and len(labels) > most:
                pytest.fail(f"with speakers={speakers}, there are {len(labels)} labels, not {most} or fewer")

    @pytest.mark.parametrize("seconds", [0.0, 0.001, 0.3, 5.0])
    def test_silence_of_any_length_is_no_error(self, seconds: float, diarizer: PluginDiarizer) -> None:
        """Nobody speaks in silence, or in a recording without samples.

        Troubleshooting: don't divide by a length or a number of turns that may be 0.
        """
        if turns := _turns(diarizer, in_chunks(silence(seconds, diarizer.sample_rate), diarizer.sample_rate)):
            pytest.fail(f"somebody speaks in {seconds:g} s of silence: {turns[0]}")

    def test_it_leaves_no_threads_and_can_be_closed_twice(self, found: Extension[Any], speech: Sound) -> None:
        """Each recording may come from another thread, one at a time.

        Troubleshooting: end threads in ``close``.
        """
        before = set(threading.enumerate())
        with failing():
            made: Diarizer = found.make(Diarizer)
        for _ in range(2):
            within(found.spec.seconds, "diarize()", lambda: list(made.diarize(in_chunks(speech, found.spec.sample_rate), None)))
        for _ in range(2):
            within(found.spec.seconds, "close()", made.close)
        if left := [thread.name for thread in set(threading.enumerate()) - before if thread.is_alive()]:
            pytest.fail(f"it leaves the thread {left[0]!r}")

    def test_it_opens_no_connection(self, diarizer: PluginDiarizer, speech: Sound) -> None:
        """Recordings stay on this machine.

        Troubleshooting: download a model with :meth:`voicebridge.Host.fetch` when it is created, and before this test.
        """
        with no_network() as attempts:
            _turns(diarizer, in_chunks(speech, diarizer.sample_rate))
        if attempts:
            pytest.fail(f"a connection was opened: {attempts[0]}")


def _turns(diarizer: PluginDiarizer, audio: Iterator[AudioChunk], speakers: int | None = None) -> list[Turn]:
    __tracebackhide__ = True
    with failing():
        return diarizer.turns(audio, speakers)


def _covered(turns: list[Turn]) -> float:
    """Seconds in which anybody speaks."""
    seconds = end = 0.0
    for turn in turns:
        seconds += max(0.0, turn.end - max(turn.start, end))
        end = max(end, turn.end)
    return seconds


def _expect_equal(first: list[Turn], again: list[Turn]) -> None:
    __tracebackhide__ = True
    if len(first) != len(again):
        pytest.fail(f"there are {len(first)} turns, then {len(again)}")
    for one, two in zip(first, again, strict=True):
        if abs(one.start - two.start) > _CLOSE or abs(one.end - two.end) > _CLOSE or one.speaker != two.speaker:
            pytest.fail(f"there is {one}, then {two}")
