"""``voicebridge tts`` without ``-o``: on a real sound server, whose output is recorded and transcribed by a real Whisper."""

from __future__ import annotations

import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import voicebridge
from voicebridge.testing.lab.desktops import Recording, SoundServer
from voicebridge.testing.processes import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone")

TEXT = "The old lighthouse stands on the northern cliff. Every night its lamp turns slowly. The ships are far away."
QUIET = 0.002

Speak = Callable[..., "subprocess.CompletedProcess[str]"]


def words_in(sound: Any, rate: int) -> str:
    return voicebridge.transcribe(sound, sample_rate=rate, model="tiny.en").text.lower()


def sounding(recording: Recording) -> Any:
    """The recording without silence at both ends."""
    loud = np.flatnonzero(np.abs(recording.sound) > QUIET)
    return recording.sound[loud[0] : loud[-1] + 1] if len(loud) else recording.sound[:0]


def test_a_text_is_heard_from_its_first_word_to_its_last(speak: Speak, sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        done = speak(TEXT, environment=dict(sound_server.environment))
        sound = recording.sound

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = words_in(sound, recording.sample_rate)
    assert "stands on the northern cliff" in text
    assert "are far away" in text


def test_no_gap_between_sentences_is_longer_than_the_pause_that_was_asked_for(
    speak: Speak, sound_server: SoundServer, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/config.toml").write_text("[tts]\npause = 0.6\n", encoding="utf-8")

    with sound_server.recording() as recording:
        speak(TEXT * 3, environment=dict(sound_server.environment))
        heard = sounding(recording)

    gaps = np.diff(np.flatnonzero(np.abs(heard) > QUIET)) / recording.sample_rate
    pauses = gaps[gaps > 0.5]
    assert len(pauses) == 8
    assert np.median(pauses) <= 0.6 + 0.02  # on a busy machine, the sound server itself may be late for one of them


def test_what_is_played_is_what_is_written(speak: Speak, sound_server: SoundServer, tmp_path: Path) -> None:
    with sound_server.recording() as recording:
        done = speak(TEXT, "-o", "out.wav", "--play", environment=dict(sound_server.environment))
        heard = sounding(recording)

    assert (done.returncode, done.stderr) == (0, "Wrote out.wav\n")
    with wave.open(str(tmp_path / "out.wav")) as file:
        seconds = file.getnframes() / file.getframerate()
    assert len(heard) / recording.sample_rate == pytest.approx(seconds, abs=0.15)


def test_speaking_begins_long_before_a_long_text_is_spoken_and_ends_at_once_when_it_is_interrupted(
    environment: dict[str, str], command: str, sound_server: SoundServer
) -> None:
    with sound_server.recording() as recording:
        process = subprocess.Popen([command, "tts", TEXT * 200], env={**environment, **sound_server.environment}, stderr=subprocess.PIPE)
        wait_until(lambda: len(sounding(recording)), "the first sound", process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert said == b""


def test_a_sound_server_that_dies_is_one_line_and_what_was_written_is_kept(
    environment: dict[str, str], command: str, sound_server: SoundServer, tmp_path: Path
) -> None:
    words = [command, "tts", TEXT * 60, "-o", "out.wav", "--play"]
    with sound_server.recording() as recording:
        process = subprocess.Popen(words, cwd=tmp_path, env={**environment, **sound_server.environment}, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: len(sounding(recording)), "the first sound", process)
        sound_server.kill()
    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert said.startswith("Error: The sound device has stopped playing"), said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out.wav").exists()
    assert (tmp_path / ".out.wav.voicebridge-part").exists()


def test_a_session_without_sound_says_so_before_anything_is_loaded(speak: Speak, no_sound_server: None) -> None:
    done = speak("Hello.", "--verbose", environment={"PULSE_SERVER": "unix:/nowhere", "PULSE_RUNTIME_PATH": "/nowhere"})

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: No speaker can be used here.")
    assert "-o" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_loudspeaker_is_one_clear_line(speak: Speak, sound_server: SoundServer) -> None:
    done = speak("Hello.", "--device", "moonspeaker", environment=dict(sound_server.environment))

    assert done.returncode == 1
    assert "moonspeaker" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_clipboard_and_the_selection_are_spoken(speak: Speak, sound_server: SoundServer, x_display: str, tmp_path: Path) -> None:
    session = {**sound_server.environment, "DISPLAY": x_display}
    for place, text in (("clipboard", "Seven ships came back from the south."), ("primary", "The market opens on Tuesday morning.")):
        subprocess.run(["xclip", "-selection", place], input=text.encode(), env={"DISPLAY": x_display, "PATH": "/usr/bin:/bin"}, check=True)

    assert speak("--clipboard", "-o", "clipboard.wav", environment=session).returncode == 0
    assert speak("--selection", "-o", "selection.wav", environment=session).returncode == 0

    assert "came back from the south" in voicebridge.transcribe(tmp_path / "clipboard.wav", model="tiny.en").text
    assert "market opens on tuesday" in voicebridge.transcribe(tmp_path / "selection.wav", model="tiny.en").text.lower()
