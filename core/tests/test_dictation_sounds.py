"""The signals of dictation: the built-in ones, the user's own, or none."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import ValidationError
from voicebridge.dictation import sounds
from voicebridge.ports import Device
from voicebridge.settings import DictationSettings
from voicebridge.speech import AudioChunk


class Loudspeaker:
    """Keeps what is played."""

    def __init__(self) -> None:
        self.played: SimpleQueue[npt.NDArray[np.float32]] = SimpleQueue()

    def devices(self) -> list[Device]:
        return []

    def play(self, audio: Iterable[AudioChunk], device: str | None, playing: object = None) -> None:
        self.played.put(np.concatenate([chunk.samples for chunk in audio]))


@pytest.fixture
def loudspeaker() -> Loudspeaker:
    return Loudspeaker()


def test_start_stop_and_failure_sound_different(loudspeaker: Loudspeaker) -> None:
    heard = []
    for signal in sounds.Signal:
        sounds.play(lambda: loudspeaker, signal)
        heard.append(loudspeaker.played.get(timeout=10).tobytes())
    assert len(set(heard)) == len(sounds.Signal) == 3


def test_a_file_of_the_user_s_own_is_played_in_place_of_a_signal(loudspeaker: Loudspeaker, tmp_path: Path) -> None:
    path = tmp_path / "ping.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, sounds.RATE, 0, "NONE", ""))
        file.writeframes(np.full(sounds.RATE // 2, 8192, "<i2").tobytes())
    sounds.play(lambda: loudspeaker, sounds.START, {"start": str(path)})
    heard = loudspeaker.played.get(timeout=10)
    assert len(heard) == sounds.RATE // 2
    assert np.allclose(heard, 0.25, atol=0.01)


def test_a_file_that_cannot_be_read_gives_way_to_the_signal(loudspeaker: Loudspeaker, tmp_path: Path) -> None:
    sounds.play(lambda: loudspeaker, sounds.STOP)
    signal = loudspeaker.played.get(timeout=10)
    sounds.play(lambda: loudspeaker, sounds.STOP, {"stop": str(tmp_path / "missing.wav")})
    assert np.array_equal(loudspeaker.played.get(timeout=10), signal)


def test_a_signal_that_is_off_is_not_played(loudspeaker: Loudspeaker) -> None:
    sounds.play(lambda: loudspeaker, sounds.START, {"start": "off"})
    sounds.play(lambda: loudspeaker, sounds.STOP, {"start": "off"})
    loudspeaker.played.get(timeout=10)
    assert loudspeaker.played.empty()


def test_a_signal_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        DictationSettings.model_validate({"sound_files": {"pause": "x.wav"}})
