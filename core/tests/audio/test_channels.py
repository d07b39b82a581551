"""Reading single channels by number, in files of every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.audio.channels import channel_names
from voicebridge.audio.decode import AudioReader
from voicebridge.errors import InputError, UsageError

RATE = 48_000
TONES = (220.0, 440.0, 880.0, 1760.0, 330.0, 660.0)


def tones(count: int, seconds: float = 2.0) -> npt.NDArray[np.float32]:
    """A different tone in each channel, ``float32[n, count]`` at 48 kHz."""
    at = np.arange(round(seconds * RATE)) / RATE
    return np.stack([0.3 * np.sin(2 * np.pi * hertz * at) for hertz in TONES[:count]], axis=1).astype(np.float32)


def write(path: Path, codec: str, layout: str, sound: npt.NDArray[np.float32]) -> Path:
    """Write ``float32[n, channels]`` at 48 kHz without mixing."""
    with av.open(str(path), "w") as container:
        track: Any = container.add_stream(codec, rate=RATE, layout=layout)
        size = track.codec_context.frame_size or 1024
        fitting = av.AudioResampler(format=track.format.name, layout=layout, rate=RATE, frame_size=size)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound).reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate = RATE
        for each in [*fitting.resample(frame), *fitting.resample(None)]:
            container.mux(track.encode(each))
        container.mux(track.encode(None))
    return path


def heard(path: Path, **more: Any) -> npt.NDArray[np.float32]:
    with AudioReader(path, **more) as reader:
        return np.concatenate([chunk.samples for chunk in reader.chunks(16_000)])


def strengths(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The relative strength of each of :data:`TONES`; 1 is the strongest."""
    at = np.arange(len(samples)) / 16_000
    found = np.array([abs(np.exp(-2j * np.pi * hertz * at) @ samples) for hertz in TONES])
    return np.asarray(found / found.max())


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("call.wav", "pcm_s16le", "stereo"),
        ("call.flac", "flac", "stereo"),
        ("call.opus", "libopus", "stereo"),
        ("call.m4a", "aac", "stereo"),
        ("call.mka", "pcm_s16le", "5.1"),
        ("call.wav", "pcm_s16le", "3.0"),
        ("call.wav", "pcm_s16le", "quad"),
    ],
)
def test_each_channel_is_heard_alone(name: str, codec: str, layout: str, tmp_path: Path) -> None:
    count = av.AudioLayout(layout).nb_channels
    path = write(tmp_path / name, codec, layout, tones(count))
    with AudioReader(path) as reader:
        assert reader.channels == count
        assert reader.tracks[0].channels == count
    for channel in range(1, count + 1):
        found = strengths(heard(path, channel=channel, channels=count))
        assert found[channel - 1] == 1
        assert sorted(found)[-2] < 0.05
    if count == 2:  # of more, mixing down may leave some out: the one for the deepest tones
        assert (strengths(heard(path))[:2] > 0.9).all()


def test_a_channel_is_as_loud_as_it_was_recorded_and_as_long(tmp_path: Path) -> None:
    sound = tones(2)
    path = write(tmp_path / "call.wav", "pcm_s16le", "stereo", sound)
    samples = heard(path, channel=2)
    assert len(samples) == 32_000
    assert float(np.abs(samples[1000:-1000]).max()) == pytest.approx(0.3, abs=0.01)


def test_channels_that_cancel_each_other_out_are_heard_apart(tmp_path: Path) -> None:
    sound = np.repeat(tones(1), 2, axis=1) * np.array([1, -1], np.float32)
    path = write(tmp_path / "inverted.wav", "pcm_s16le", "stereo", sound)
    assert np.abs(heard(path, channel=1) + heard(path, channel=2)).max() < 0.001
    assert np.abs(heard(path, channel=1)).max() > 0.25


def test_a_stretch_of_a_channel_is_that_of_the_whole(tmp_path: Path) -> None:
    sound = tones(2, 10.0)
    path = write(tmp_path / "call.flac", "flac", "stereo", sound)
    whole, part = heard(path, channel=2), heard(path, channel=2, start=5.0, end=7.0)
    assert len(part) == 32_000
    assert np.abs(part - whole[80_000:112_000]).max() < 0.001


def test_what_goes_on_in_mono_is_heard_once(tmp_path: Path) -> None:
    first = write(tmp_path / "first.ogg", "libopus", "stereo", tones(2))
    second = write(tmp_path / "second.ogg", "libopus", "mono", tones(1))
    joined = tmp_path / "joined.ogg"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    left, right = heard(joined, channel=1), heard(joined, channel=2)
    assert len(left) == pytest.approx(64_000, abs=1_000)
    assert len(left) == len(right)
    assert np.abs(left[33_000:63_000]).max() > 0.25
    assert np.abs(right[33_000:63_000]).max() == 0


@pytest.mark.parametrize(
    ("layout", "channels", "message"),
    [
        ("mono", 2, "call.wav has only one channel. Transcribe it without --channels."),
        ("mono", None, "call.wav has only one channel. Transcribe it without --channels."),
        ("stereo", 3, "call.wav has 2 channels, and 3 names are given. Give one name per channel, in order, or each to number them."),
        ("stereo", 1, "call.wav has 2 channels, and 1 name is given. Give one name per channel, in order, or each to number them."),
    ],
)
def test_a_recording_with_other_channels_is_refused_when_it_is_opened(
    layout: str, channels: int | None, message: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "call.wav", "pcm_s16le", layout, tones(av.AudioLayout(layout).nb_channels))
    with pytest.raises(InputError) as error:
        AudioReader(path, "call.wav", channel=1, channels=channels)
    assert str(error.value) == message


def test_channels_are_named_in_their_order() -> None:
    assert channel_names("Agent, the  Caller") == ("Agent", "the Caller")
    assert channel_names(["A,B", "C"]) == ("A,B", "C")
    assert channel_names("each") == ()


@pytest.mark.parametrize("given", ["", ",", "Agent,", "Agent, ,Caller", "Agent,Agent", "Agent, Agent ", [], ["", "A"], ["A", "A"]])
def test_names_that_are_empty_or_there_twice_are_refused(given: Any) -> None:
    with pytest.raises(UsageError):
        channel_names(given)
