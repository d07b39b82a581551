"""Reading aloud on a real sound server: the output is recorded and identified sentence by sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from voicebridge.desktop.speaker import MiniaudioSpeaker
from voicebridge.errors import InputError, UnavailableError, UnknownNameError, UsageError
from voicebridge.hotkeys.actions import HotkeyAction
from voicebridge.ports import Device
from voicebridge.speech import AudioChunk
from voicebridge.testing.lab.desktops import SoundServer
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


def test_all_of_a_text_is_heard_with_the_pauses_that_were_asked_for(
    scene: Scene,
    sound_server: SoundServer,
    spoken: Callable[..., Sound],
    find: Callable[..., tuple[float, float]],
    now: Callable[..., float],
) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    begins = []
    for sentence in (ONE, TWO, THREE, FOUR, FIVE):
        at, likeness = find(heard, spoken(sentence))
        assert likeness > 0.95
        begins.append(at)
    assert np.diff(begins) == pytest.approx([SECONDS + 0.25] * 4, abs=0.02)
    assert scene.told == []


def test_a_new_text_takes_the_place_of_the_one_before(
    scene: Scene,
    sound_server: SoundServer,
    spoken: Callable[..., Sound],
    find: Callable[..., tuple[float, float]],
    is_heard: Callable[..., bool],
    is_begun: Callable[..., bool],
    now: Callable[..., float],
) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.say("Another text.")
        replaced = now(recording)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert find(heard, spoken("Another text."))[1] > 0.9
    assert not is_heard(heard, THREE)
    assert not is_begun(heard[round((replaced + SOON) * RECORDED) :], TWO)


def test_texts_wait_for_each_other_where_that_is_configured(
    scene: Scene,
    sound_server: SoundServer,
    home: Path,
    spoken: Callable[..., Sound],
    find: Callable[..., tuple[float, float]],
    now: Callable[..., float],
) -> None:
    scene.configure(home, '[reading]\nnext = "queue"\n')
    with sound_server.recording() as recording:
        for text in (ONE, TWO, THREE):
            scene.aloud.say(text)
        assert scene.aloud.status().waiting >= 1
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        begins = [find(recording.sound, spoken(text)) for text in (ONE, TWO, THREE)]
    assert all(likeness > 0.95 for _, likeness in begins)
    assert begins == sorted(begins, key=lambda each: each[0])


def test_what_an_engine_fails_at_is_told_after_what_came_before_and_the_next_text_is_read(
    scene: Scene, sound_server: SoundServer, home: Path, is_heard: Callable[..., bool], now: Callable[..., float]
) -> None:
    scene.configure(home, '[reading]\nnext = "queue"\n')
    with sound_server.recording() as recording:
        scene.aloud.say(f"{ONE} Here I stumble over it. {TWO}")
        scene.aloud.say(THREE)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert scene.told == ["The engine has stumbled. Pick it up."]
    assert is_heard(heard, ONE)
    assert is_heard(heard, THREE)
    assert not is_heard(heard, TWO)


def test_a_device_that_is_gone_is_told(scene: Scene, sound_server: SoundServer) -> None:
    sound_server.kill()
    scene.aloud.say(TEXT)
    scene.wait_for_the_end()
    assert len(scene.told) == 1
    assert "sound" in scene.told[0]


def test_what_can_not_be_read_is_refused_at_once(scene: Scene) -> None:
    for text in ("", "  \n", "* * *"):
        with pytest.raises(InputError, match="text contains nothing to speak"):
            scene.aloud.say(text)
    with pytest.raises(UnknownNameError):
        scene.aloud.say(TEXT, model="nobody")
    with pytest.raises(InputError, match="The clipboard contains no text"):
        scene.aloud.copied()
    with pytest.raises(InputError, match="No text is selected"):
        scene.aloud.selected()
    for act in (scene.aloud.pause, scene.aloud.resume, scene.aloud.toggle, scene.aloud.skip, scene.aloud.faster, scene.aloud.slower):
        with pytest.raises(UsageError, match="Nothing is being read aloud"):
            act()
    assert scene.aloud.status().state == "idle"


def test_keys_read_and_read_no_more_when_they_are_pressed_again(scene: Scene, sound_server: SoundServer) -> None:
    scene.paper.selected, scene.paper.text = MANY, TEXT
    state = scene.aloud.status
    scene.press(HotkeyAction.READ_SELECTION)
    scene.wait_for(2)
    scene.press(HotkeyAction.PAUSE)
    wait_until(lambda: state().state == "paused", "the pause")
    scene.press(HotkeyAction.PAUSE)
    wait_until(lambda: state().state == "reading", "it to go on")
    scene.press(HotkeyAction.FASTER)
    wait_until(lambda: state().speed == 1.25, "another pace")
    scene.press(HotkeyAction.READ_CLIPBOARD)  # another text, which replaces it
    wait_until(lambda: state().piece == 1, "the other text")
    scene.press(HotkeyAction.READ_CLIPBOARD)
    wait_until(lambda: state().state == "idle", "the stop")
    scene.press(HotkeyAction.STOP_READING)
    scene.press(HotkeyAction.SKIP)
    scene.paper.text = ""
    scene.press(HotkeyAction.READ_CLIPBOARD)
    wait_until(lambda: scene.told, "the reason")
    assert scene.told == ["The clipboard contains no text. Copy some first."]


class OldSpeaker:
    """A plugin's speaker from before playback could be controlled."""

    def devices(self) -> list[Device]:
        return []

    def play(self, audio: Iterable[AudioChunk], device: str | None) -> None:
        MiniaudioSpeaker().play(audio, device)


def test_a_speaker_without_control_is_paused_and_stopped_too(
    new_scene: Callable[..., AbstractContextManager[Scene]],
    sound_server: SoundServer,
    is_heard: Callable[..., bool],
    is_begun: Callable[..., bool],
    loud_until: Callable[..., float],
    now: Callable[..., float],
) -> None:
    with new_scene(OldSpeaker) as scene, sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.pause_for_microphone(True)
        paused = now(recording)
        recording.wait_for(paused + 2)
        assert loud_until(recording.sound) < paused + 1.2
        scene.aloud.pause_for_microphone(False)
        scene.wait_for(4)
        scene.aloud.stop()
        stopped = now(recording)
        recording.wait_for(stopped + 2)
        assert loud_until(recording.sound) < stopped + 1.2
        assert is_heard(recording.sound, ONE)
        assert is_begun(recording.sound, THREE)
        assert not is_begun(recording.sound, FIVE)


def test_a_session_without_sound_is_told(new_scene: Callable[..., AbstractContextManager[Scene]]) -> None:
    def nothing() -> object:
        raise UnavailableError("No sound device can be reached.")

    with new_scene(nothing) as scene:
        with pytest.raises(UnavailableError, match="No sound device can be reached"):
            scene.aloud.say(TEXT)
        assert scene.aloud.status().state == "idle"
