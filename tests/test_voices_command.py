"""``voicebridge voices`` as a user runs it, with real recordings."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Voices = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def voices(voicebridge: Voices) -> Voices:
    """Run ``voicebridge voices``."""
    return partial(voicebridge, "voices")


def test_a_recording_of_any_kind_becomes_a_voice_and_goes_again(voices: Voices, record: Callable[..., Path], tmp_path: Path) -> None:
    record("me.m4a", "aac")
    done = voices("add", "ada", "me.m4a", "--yes")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("Added ada: 7.5 s.")

    ada = json.loads(voices("--json").stdout)[0]
    assert (ada["name"], ada["own"]) == ("ada", True)
    if os.name == "posix":
        assert stat.S_IMODE(Path(ada["path"]).stat().st_mode) == 0o600
    assert voices("remove", "ada").returncode == 0
    assert not Path(ada["path"]).exists()


def test_nothing_is_kept_without_consent(voices: Voices, record: Callable[..., Path], tmp_path: Path) -> None:
    record("me.wav", "pcm_s16le")
    done = voices("add", "ada", "me.wav")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "--yes" in done.stderr
    assert not (tmp_path / "home" / "data").exists()


def test_a_sample_with_two_speakers_is_kept_only_by_who_insists(voices: Voices, record: Callable[..., Path], sample_at: Any) -> None:
    one = sample_at(48_000)
    other = np.interp(np.arange(0, len(one) - 1, 0.8), np.arange(len(one)), one).astype(np.float32)  # a lower voice
    record("two.wav", "pcm_s16le", sound=np.concatenate([one, other]))
    done = voices("add", "ada", "two.wav")
    assert done.returncode == 2
    assert "more than one speaker" in done.stderr
    assert voices("add", "ada", "two.wav", "--yes").returncode == 0


def test_the_voices_of_the_light_model_are_listed_and_can_be_heard(voices: Voices, tmp_path: Path) -> None:
    listed = json.loads(voices("list", "--json").stdout)
    assert [each["name"] for each in listed if each["default"]] == ["joe"]
    done = voices("preview", "joe", "--text", "Seven ships came back.", "-o", "joe.wav")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "joe.wav").stat().st_size > 20_000


def test_an_unknown_voice_comes_with_the_nearest(voices: Voices) -> None:
    done = voices("preview", "jeo")
    assert done.returncode == 2
    assert "Did you mean 'joe'?" in done.stderr
