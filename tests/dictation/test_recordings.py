"""Recordings are kept whatever fails, and are private."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from voicebridge.testing.processes import wait_until
from voicebridge.testing.sounds import FOX

if TYPE_CHECKING:
    from tests.dictation.conftest import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")


def is_recorded(desk: Desk) -> bool:
    """Whether the recording contains speech and the silence after it: on a busy machine it lags behind what is played."""
    recordings = list(Path(desk.environment["VOICEBRIDGE_HOME"]).rglob("*.wav"))
    if not recordings:
        return False
    sound = np.frombuffer(recordings[0].read_bytes()[44:], "<i2")
    loud = np.flatnonzero(np.abs(sound) > 500)
    return len(loud) > 0 and len(sound) - loud[-1] > 16_000 * 0.5 and len(sound) > 0.9 * len(FOX.at(16_000))


def test_a_microphone_that_is_pulled_out_in_mid_sentence_loses_no_word_before_that(desk: Desk, wait_for_fox: Callable[..., None]) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        wait_until(lambda: is_recorded(desk), "the end of the sentence on disk")
        desk.sound.unplug()
        desk.tap()
        wait_for_fox(target)
        dictation.wait_for("characters: x11-paste.")


def test_a_recording_outlives_a_kill_and_can_be_finished(desk: Desk) -> None:
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        dictation.process.kill()
        dictation.process.wait()
    with desk.dictate() as dictation:
        dictation.wait_for("history retry 1")
    desk.run("history", "retry", "1", "-m", "tiny.en")
    # What the sound server had not delivered when it was killed is lost: on a busy machine, the last words.
    assert "the quick brown fox" in desk.run("history", "show", "1").lower()


def test_a_model_that_fails_costs_no_recording(desk: Desk, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (broken / name).write_text("{}")
    (broken / "model.bin").write_bytes(bytes(4096))
    with desk.dictate(model=f"whisper/{broken}") as dictation:
        desk.hold(dictation)
        dictation.wait_for("What you said is kept: voicebridge history retry 1")
    desk.run("history", "retry", "1", "-m", "tiny.en")
    assert FOX.text.lower() in desk.run("history", "show", "1").lower()


def test_what_was_said_stands_in_no_log_and_no_process_list(desk: Desk, wait_for_fox: Callable[..., None]) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.hold(dictation)
        wait_for_fox(target)
        dictation.wait_for("characters: x11-paste.")
        assert "fox" not in dictation.said
        commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        assert [each for each in commands if b"quick brown" in each] == []


def test_the_first_sample_is_on_disk_before_the_model_has_been_loaded(desk: Desk) -> None:
    with desk.dictate(model="base") as dictation:
        desk.tap()
        dictation.wait_for("Listening.")
        [recording] = (Path(desk.environment["VOICEBRIDGE_HOME"]) / "data/history").rglob("*.wav")
        assert recording.stat().st_size > 44
        desk.x.run("xdotool", "key", "Escape")
