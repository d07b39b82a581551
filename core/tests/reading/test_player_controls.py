"""Pausing, skipping, speeding up, stopping and muting a text that is read aloud."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from voicebridge.desktop.microphone import MiniaudioMicrophone
from voicebridge.dictation.warm_microphone import WarmMicrophone
from voicebridge.errors import NotSupportedError, UsageError
from voicebridge.reading import player
from voicebridge.speech import AudioChunk
from voicebridge.testing.lab.desktops import OUTPUT, SoundServer
from voicebridge.testing.processes import wait_until
from voicebridge.testing.sounds import Sound

if TYPE_CHECKING:
    from core.tests.reading.conftest import Scene

pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone"), pytest.mark.heavy]

RECORDED = 48_000
SOON = 0.5
"""Seconds within which a device with a buffer of 0.2 s has stopped on a busy machine."""
SECONDS = 0.6
"""Duration of each sentence at its natural pace."""
TEXT = "Sentence number one. Sentence number two. Sentence number three. Sentence number four. Sentence number five."
ONE, TWO, THREE, FOUR, FIVE = (f"Sentence number {number}." for number in ("one", "two", "three", "four", "five"))
MANY = " ".join(f"Sentence number {number} of many." for number in range(60))


def test_paused_it_is_silent_and_goes_on_where_it_was(
    scene: Scene, sound_server: SoundServer, is_heard: Callable[..., bool], loud_until: Callable[..., float], now: Callable[..., float]
) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.pause()
        paused = now(recording)
        assert scene.aloud.status().state == "paused"
        recording.wait_for(paused + 1.5)
        assert loud_until(recording.sound) < paused + SOON
        scene.aloud.toggle()
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert all(is_heard(heard, sentence) for sentence in (ONE, THREE, FOUR, FIVE))
    quiet = np.abs(heard) < 0.005
    assert np.count_nonzero(~quiet) / RECORDED > 5 * SECONDS * 0.9  # a sentence paused in the middle is in two parts


def test_a_long_pause_lets_go_of_the_device_and_of_nothing_else(
    scene: Scene, sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch, is_heard: Callable[..., bool], now: Callable[..., float]
) -> None:
    monkeypatch.setattr(player, "LET_GO_SECONDS", 0.5)
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.pause()
        wait_until(lambda: "VoiceBridge" not in sound_server.control("list", "clients"), "the device to be let go of")
        kept = scene.aloud.status()
        assert (kept.state, kept.piece) == ("paused", 2)
        recording.wait_for(now(recording) + 0.5)  # on a busy machine it lags behind
        paused = now(recording)
        scene.aloud.resume()
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert all(is_heard(heard, sentence) for sentence in (ONE, THREE, FOUR, FIVE))
    assert not is_heard(heard[round(paused * RECORDED) :], ONE)


def test_skipping_goes_on_with_the_next_sentence_at_once(
    scene: Scene,
    sound_server: SoundServer,
    spoken: Callable[..., Sound],
    find: Callable[..., tuple[float, float]],
    is_heard: Callable[..., bool],
    now: Callable[..., float],
) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.skip()
        skipped = now(recording)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert not is_heard(heard, TWO)
    assert find(heard, spoken(THREE))[0] < skipped + 1.0  # without a pause before it
    assert all(is_heard(heard, sentence) for sentence in (ONE, THREE, FOUR, FIVE))


def test_many_sentences_may_be_skipped_and_the_last_ends_the_text(scene: Scene) -> None:
    scene.aloud.say(MANY)
    for number in range(40):
        scene.aloud.skip()
        assert (scene.aloud.status().piece or 0) >= number + 2
    while scene.aloud.status().state != "idle":
        try:
            scene.aloud.skip()
        except UsageError:  # it has just ended
            break
    scene.wait_for_the_end()
    assert scene.told == []


def test_faster_and_slower_begin_with_the_sentence_that_is_heard(
    scene: Scene, sound_server: SoundServer, is_heard: Callable[..., bool], now: Callable[..., float]
) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.faster()
        assert scene.aloud.status().speed == 1.25
        scene.wait_for(4)
        scene.aloud.slower()
        scene.aloud.slower()
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert is_heard(heard, ONE)
    assert is_heard(heard, TWO, 1.25)
    assert is_heard(heard, THREE, 1.25)
    assert is_heard(heard, FOUR, 0.75)
    assert is_heard(heard, FIVE, 0.75)
    assert not is_heard(heard, TWO)
    scene.aloud.say("One more sentence.")
    assert scene.aloud.status().speed == 0.75  # which stays


def test_a_model_with_one_pace_says_so_and_reads_on(scene: Scene) -> None:
    scene.aloud.say(TEXT, model="steady")
    with pytest.raises(NotSupportedError, match="can't speak faster or slower"):
        scene.aloud.faster()
    assert scene.aloud.status().state == "reading"


def test_stopping_is_silent_within_a_fraction_of_a_second_and_forgets_what_waits(
    scene: Scene, sound_server: SoundServer, home: Path, loud_until: Callable[..., float], now: Callable[..., float]
) -> None:
    scene.configure(home, '[reading]\nnext = "queue"\n')
    with sound_server.recording() as recording:
        scene.aloud.say(MANY)
        scene.aloud.say("Another text.")
        scene.wait_for(2)
        stopped = now(recording)
        scene.aloud.stop()
        assert scene.aloud.status().state == "idle"
        recording.wait_for(stopped + 1.5)
        assert loud_until(recording.sound) < stopped + SOON
    scene.aloud.stop()  # of nothing, which is no mistake


def test_muted_nothing_is_heard_any_more_when_it_returns_and_it_goes_on_afterwards(
    scene: Scene, sound_server: SoundServer, is_heard: Callable[..., bool], loud_until: Callable[..., float], now: Callable[..., float]
) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.pause_for_microphone(True)
        muted = now(recording)
        recording.wait_for(muted + 1.5)
        assert loud_until(recording.sound) < muted + 0.15  # which is what the recorder itself is behind
        assert scene.aloud.status().state == "muted"
        scene.aloud.pause_for_microphone(False)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        assert all(is_heard(recording.sound, sentence) for sentence in (ONE, THREE, FOUR, FIVE))


@pytest.mark.parametrize("warm", [False, True])
def test_a_microphone_beside_the_loudspeaker_hears_nothing_of_what_is_read(warm: bool, scene: Scene, sound_server: SoundServer) -> None:
    beside = f"{OUTPUT}.monitor"
    open_all_along = WarmMicrophone(MiniaudioMicrophone(), beside, 16_000) if warm else None
    try:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        assert scene.aloud.pause_for_microphone(True)
        if open_all_along is not None:
            open_all_along.forget()
        with closing(cast("Generator[AudioChunk]", (open_all_along or MiniaudioMicrophone()).record(beside, 16_000))) as chunks:
            heard = np.concatenate([chunk.samples for chunk in islice(chunks, 40)])
        assert not scene.aloud.pause_for_microphone(False)
    finally:
        if open_all_along is not None:
            open_all_along.close()
    assert len(heard) > 8_000
    assert np.abs(heard).max() < 0.005


def test_a_text_that_comes_while_it_is_muted_waits_and_a_pause_outlasts_it(
    scene: Scene, sound_server: SoundServer, is_heard: Callable[..., bool], loud_until: Callable[..., float], now: Callable[..., float]
) -> None:
    with sound_server.recording() as recording:
        scene.aloud.pause_for_microphone(True)
        scene.aloud.say(ONE)
        recording.wait_for(now(recording) + 0.8)
        scene.aloud.pause()
        scene.aloud.pause_for_microphone(False)
        recording.wait_for(now(recording) + 0.5)
        assert loud_until(recording.sound) == 0.0
        scene.aloud.resume()
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        assert is_heard(recording.sound, ONE)


def test_faster_and_slower_end_where_the_model_does(scene: Scene) -> None:
    scene.aloud.say(TEXT)
    scene.aloud.faster()
    assert scene.aloud.status().speed == 1.25
    scene.aloud.stop()
    scene.aloud.say(TEXT, model="narrow")
    assert scene.aloud.status().speed == 1.1
    scene.aloud.slower()
    assert scene.aloud.status().speed == 0.9
    scene.aloud.stop()
