from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from voicebridge.errors import InputError, VoiceBridgeError
from voicebridge.tts.voices.sample import read_sample


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., int], tuple[str]]:
        return os.system, (f"touch {self.path}",)


def array() -> bytes:
    data = io.BytesIO()
    np.save(data, np.zeros(1000, np.float32))
    return data.getvalue()


def archive() -> bytes:
    data = io.BytesIO()
    np.savez(data, np.zeros(1000, np.float32))
    return data.getvalue()


@pytest.mark.parametrize("name", ["voice.pt", "voice.wav"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_whatever_it_is_called(tmp_path: Path, protocol: int, name: str) -> None:
    path, sprung = tmp_path / name, tmp_path / "sprung"
    path.write_bytes(pickle.dumps(Trap(sprung), protocol))
    with pytest.raises(InputError, match=rf"^{name} is a Python pickle, which can run code .* recording of the voice instead\.$"):
        read_sample(path)
    assert not sprung.exists()


@pytest.mark.parametrize(("data", "kind"), [(array(), "a NumPy file"), (archive(), "an archive")], ids=["npy", "npz"])
def test_files_of_arrays_are_refused_too(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"^voice.wav is {kind}"):
        read_sample(path)


def test_a_recording_that_is_called_like_a_pickle_is_read(record: Callable[..., Path], tmp_path: Path) -> None:
    path = record("voice.wav").rename(tmp_path / "voice.pt")
    sound = read_sample(path)
    assert sound.sample_rate == 48_000
    assert sound.duration == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "mp3"), ("a.ogg", "libopus"), ("a.flac", "flac"), ("a.mp4", "aac")])
def test_any_kind_of_recording_will_do(record: Callable[..., Path], name: str, codec: str) -> None:
    assert read_sample(record(name, codec, rate=48_000)).duration == pytest.approx(1.0, abs=0.1)


def test_a_long_recording_is_read_no_further_than_is_needed(record: Callable[..., Path]) -> None:
    long = record("long.flac", "flac", sound=np.zeros(48_000 * 90, np.float32))
    assert read_sample(long).duration == pytest.approx(61.0, abs=0.01)


def test_a_stretch_of_a_recording_will_do(record: Callable[..., Path]) -> None:
    assert read_sample(record("a.wav"), 0.25, 0.75).duration == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 100, b".", b"N."], ids=["empty", "text", "zeros", "dot", "None"])
def test_what_is_no_recording_is_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(data)
    with pytest.raises(VoiceBridgeError) as raised:
        read_sample(path)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere.wav"):
        read_sample(tmp_path / "nowhere.wav")
