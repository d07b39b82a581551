"""Recordings are never lost: the command is killed during a sentence, on a real sound server, and its history yields the words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voicebridge.testing.lab.desktops import SoundServer
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.testing.sounds import FOX, STELLA

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone")


@pytest.fixture
def voicebridge(voicebridge: Callable[..., Any], microphone: SoundServer) -> Callable[..., Any]:
    """Run it in a session with a microphone."""
    return partial(voicebridge, environment=microphone.environment)


@pytest.fixture
def recorder(command: str, environment: dict[str, str], microphone: SoundServer) -> Any:
    """``voicebridge stt`` two seconds after it started to record speech."""
    process = subprocess.Popen(
        [command, "stt", "-m", "tiny.en", "--stop-after", "20"],
        env={**environment, **microphone.environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    history = Path(environment["VOICEBRIDGE_HOME"]) / "data" / "history"
    wait_until(lambda: recorded(history) > 0.1, "the recording to begin")
    microphone.begin_to_speak(STELLA.at(16_000))
    wait_until(lambda: recorded(history) > 2.6, "the recording to go on")
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def small_disk(environment: dict[str, str]) -> Iterator[Path]:
    """The history is on a disk that is too small for a recording of three seconds."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount")
    disk = Path(environment["VOICEBRIDGE_HOME"]) / "data"
    disk.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160k", "none", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def recorded(folder: Path) -> float:
    """Total seconds of the recordings there."""
    return sum(path.stat().st_size for path in folder.glob("*.wav")) / 32_000


def test_a_recording_that_was_killed_is_finished_by_retry(recorder: subprocess.Popen[str], voicebridge: Callable[..., Any]) -> None:
    [entry] = json.loads(voicebridge("history", "--json").stdout)
    assert entry["state"] == "recording"
    os.kill(recorder.pid, signal.SIGKILL)
    recorder.communicate()
    [entry] = json.loads(voicebridge("history", "--json").stdout)
    assert entry["state"] == "recorded"
    assert entry["duration"] > 2.5
    done = voicebridge("history", "retry", "-m", "tiny.en")
    assert done.returncode == 0, done.stderr
    assert "please call stella" in done.stdout.lower()
    [entry] = json.loads(voicebridge("history", "--json").stdout)
    assert (entry["state"], entry["text"], entry["model"]) == ("transcribed", done.stdout.strip(), "whisper/tiny.en")

    assert voicebridge("config", "set", "dictation.filter", "tr a-z A-Z").returncode == 0
    filtered = voicebridge("history", "retry", "-m", "tiny.en")
    assert filtered.stdout == done.stdout.upper()
    assert voicebridge("config", "set", "dictation.filter", "false").returncode == 0
    failed = voicebridge("history", "retry", "-m", "tiny.en")
    assert (failed.returncode, failed.stdout) == (0, done.stdout)
    assert "The filter false failed with code 1" in failed.stderr


def test_a_recording_can_be_heard_again_and_deleted(
    recorder: subprocess.Popen[str], voicebridge: Callable[..., Any], microphone: SoundServer
) -> None:
    recorder.kill()
    recorder.communicate()
    with microphone.recording() as heard:
        done = voicebridge("history", "play")
        assert done.returncode == 0, done.stderr
        assert np.abs(heard.sound).max() > 0.1
    assert voicebridge("history", "remove", "last", "--yes").returncode == 0
    assert json.loads(voicebridge("history", "--json").stdout) == []


def test_a_microphone_is_tried_while_somebody_speaks(voicebridge: Callable[..., Any], microphone: SoundServer) -> None:
    microphone.begin_to_speak(np.tile(STELLA.at(16_000) * np.float32(0.5), 10))  # longer than the command needs to start listening
    done = voicebridge("devices", "test", "--seconds", "3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Loudest: -")
    listed = json.loads(voicebridge("devices", "--json").stdout)
    assert listed["devices"][0] == {"kind": "microphone", "id": "vb_mic", "name": "Microphone", "default": True}
    assert listed["problems"] == []


def test_on_a_full_disk_all_that_was_said_is_written_and_one_line_tells_where_the_recording_is(
    command: str, environment: dict[str, str], microphone: SoundServer, small_disk: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    process = subprocess.Popen(
        [command, "stt", "-m", "tiny.en", "--stop-after", "3"],
        env={**environment, **microphone.environment, "TMPDIR": str(elsewhere)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_until(lambda: recorded(small_disk / "history") > 0.1, "the recording to begin")
    microphone.begin_to_speak(np.concatenate([STELLA.at(16_000), FOX.at(16_000)]))
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode in (0, 1), err
    assert "please call stella" in out.lower()
    assert "lazy dog" in out.lower()
    [recording] = elsewhere.glob("voicebridge-*/*.wav")
    assert recording.stat().st_size > 6 * 32_000
    assert f"No space left on device. Free some disk space. The whole recording is in {recording} instead." in err
    assert "Traceback" not in err
