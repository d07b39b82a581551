"""Drafts in Python, with the plugin that docs/plugins/partial-results.md builds: from a daemon and in this process alike."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ALL = [[False, "La"], [False, "La la"], [False, "La la la"], [True, "La la la."], [False, "La"], [False, "La la"], [True, "La la."]]
FINAL = [each for each in ALL if each[0]]
SCRIPT = """
import json, sys, wave
import numpy as np
import voicebridge

daemon = json.loads(sys.argv[1])
with wave.open("song.wav") as file:
    song = np.frombuffer(file.readframes(file.getnframes()), np.int16)

def said(segments):
    print(json.dumps([[segment.final, segment.text] for segment in segments]))

with voicebridge.load_model("acme-live/sing", daemon=daemon) as model:
    for sound in ("song.wav", song):
        said(model.stream(sound, partials=True))
        said(model.stream(sound))
        said(model.transcribe(sound).segments)
    said(model.stream(song[:, np.newaxis].repeat(2, 1), partials=True, channels="each"))
    try:
        list(model.stream("song.wav", partials="yes"))
    except voicebridge.UsageError as error:
        print(json.dumps(str(error)))
"""


@pytest.fixture
def said(acme_live: dict[str, str], tmp_path: Path) -> Callable[[bool], list[Any]]:
    """Runs the script with or without the daemon, and returns what it printed."""

    def run(daemon: bool) -> list[Any]:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, json.dumps(daemon)], cwd=tmp_path, env=acme_live, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def expect_all(found: list[Any]) -> None:
    *answers, channels, error = found
    assert answers == [ALL, FINAL, FINAL] * 2
    assert sorted(channels) == sorted(FINAL * 2)
    assert error == "partials must be True or False, not str."


def test_drafts_come_only_on_request(said: Callable[[bool], list[Any]]) -> None:
    expect_all(said(False))


def test_a_daemon_gives_the_same(said: Callable[[bool], list[Any]], daemon_status: Callable[[], dict[str, Any]]) -> None:
    expect_all(said(True))
    assert [each["model"] for each in daemon_status()["models"]] == ["acme-live/sing"]
