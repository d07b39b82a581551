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
from voicebridge.dictation import signals
from voicebridge.ports import Device
from voicebridge.runtime.settings import DictationSettings
from voicebridge.speech import AudioChunk
from voicebridge.testing.processes import PATIENCE


class Loudspeaker:
    """Records what is played."""

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
    for signal in signals.Signal:
        signals.play(lambda: loudspeaker, signal)
        heard.append(loudspeaker.played.get(timeout=PATIENCE).tobytes())
    assert len(set(heard)) == len(signals.Signal) == 3


def test_a_file_of_the_user_s_own_is_played_in_place_of_a_signal(loudspeaker: Loudspeaker, tmp_path: Path) -> None:
    path = tmp_path / "ping.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, signals.RATE, 0, "NONE", ""))
        file.writeframes(np.full(signals.RATE // 2, 8192, "<i2").tobytes())
    signals.play(lambda: loudspeaker, signals.START, {"start": str(path)})
    heard = loudspeaker.played.get(timeout=PATIENCE)
    assert len(heard) == signals.RATE // 2
    assert np.allclose(heard, 0.25, atol=0.01)


def test_a_file_that_cannot_be_read_gives_way_to_the_signal(loudspeaker: Loudspeaker, tmp_path: Path) -> None:
    signals.play(lambda: loudspeaker, signals.STOP)
    signal = loudspeaker.played.get(timeout=PATIENCE)
    signals.play(lambda: loudspeaker, signals.STOP, {"stop": str(tmp_path / "missing.wav")})
    assert np.array_equal(loudspeaker.played.get(timeout=PATIENCE), signal)


def test_a_signal_that_is_off_is_not_played(loudspeaker: Loudspeaker) -> None:
    signals.play(lambda: loudspeaker, signals.START, {"start": "off"})
    signals.play(lambda: loudspeaker, signals.STOP, {"start": "off"})
    loudspeaker.played.get(timeout=PATIENCE)
    assert loudspeaker.played.empty()


def test_a_signal_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        DictationSettings.model_validate({"sound_files": {"pause": "x.wav"}})
