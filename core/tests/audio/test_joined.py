"""Recordings joined by copying, as by internet radio and `cat`: everything is read, from any start, or what is missing is reported."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.joined import is_joined

Record = Callable[..., Path]
Samples = npt.NDArray[np.float32]
RATE = 16_000
PART = 6
"""Seconds."""


def part(number: int) -> Samples:
    """A tone whose pitch identifies the part; 48 kHz."""
    return (0.5 * np.sin(2 * np.pi * 300 * (number + 1) * np.arange(PART * 48_000) / 48_000)).astype(np.float32)


def joined(record: Record, *kinds: tuple[str, str, int]) -> Path:
    """Concatenate parts of these kinds (name, codec, rate)."""
    content = b"".join(
        record(f"{number}{name}", codec, rate, sound=part(number)).read_bytes() for number, (name, codec, rate) in enumerate(kinds)
    )
    path = record(kinds[0][0], "pcm_s16le" if kinds[0][0] == "a.wav" else kinds[0][1], kinds[0][2], sound=part(0))
    path.write_bytes(content)
    return path


def parts_heard(source: Path | io.BytesIO, **stretch: Any) -> tuple[list[int | None], str | None]:
    """The part found in each second, and the reported damage."""
    with AudioReader(source, "talk", **stretch) as reader:
        sound = np.concatenate([chunk.samples for chunk in reader.chunks(RATE)])
        damage = reader.damage
    whole = sound[: len(sound) // RATE * RATE].reshape(-1, RATE) * np.hanning(RATE)
    spectra = np.abs(np.fft.rfft(whole))
    return [round(int(each.argmax()) / 300) - 1 if each.max() > 1 else None for each in spectra], damage


@pytest.mark.parametrize(
    "kinds",
    [
        [("a.ogg", "flac", 48_000), ("a.ogg", "flac", 44_100), ("a.ogg", "flac", 48_000)],
        [("a.ogg", "flac", 44_100), ("a.ogg", "libopus", 48_000)],
        [("a.ogg", "libopus", 48_000), ("a.ogg", "flac", 16_000), ("a.ogg", "flac", 22_050)],
        [("a.ogg", "libopus", 48_000)] * 3,
        [("a.webm", "libopus", 48_000)] * 3,
        [("a.mka", "aac", 48_000)] * 3,
        [("a.mp4", "aac", 48_000), ("a.mp4", "aac", 44_100)],
        [("a.ts", "aac", 48_000)] * 3,
    ],
)
def test_joined_recordings_are_read_to_their_end_whatever_changes_in_them(record: Record, kinds: list[tuple[str, str, int]]) -> None:
    expected = [number for number in range(len(kinds)) for _ in range(PART)]

    heard, damage = parts_heard(joined(record, *kinds))
    assert damage is None
    assert np.mean([a == b for a, b in zip(heard, expected, strict=False)]) > 0.9  # codecs pad a little at every joint
    assert abs(len(heard) - len(expected)) <= 1


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.ogg", "libopus"), ("a.ts", "aac"), ("a.webm", "libopus"), ("a.mka", "aac"), ("a.flac", "flac"), ("a.mp3", "libmp3lame")],
)
def test_a_start_is_found_in_recordings_that_were_joined(record: Record, name: str, codec: str) -> None:
    path = joined(record, *[(name, codec, 48_000)] * 3)

    for start, end, expected in ((2.5, 5.5, 0), (8.5, 11.5, 1), (14.5, 17, 2)):
        heard, _ = parts_heard(path, start=start, end=end)
        assert set(heard) == {expected}


def test_a_single_recording_is_not_taken_for_several(record: Record) -> None:
    kinds = (("a.ogg", "libopus", "ogg"), ("a.webm", "libopus", "matroska,webm"), ("a.flac", "flac", "flac"), ("a.ts", "aac", "mpegts"))
    for name, codec, kind in kinds:
        path = record(name, codec, 48_000, sound=part(0), video=name == "a.ts")
        assert not is_joined(path, kind)
        path.write_bytes(path.read_bytes() * 2)
        assert is_joined(path, kind)


def test_what_can_not_be_read_on_is_said(record: Record) -> None:
    content = joined(record, ("a.ogg", "libopus", 48_000), ("a.ogg", "flac", 16_000)).read_bytes()

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self._content = io.BytesIO(content)

        def read(self, size: int = -1) -> bytes:
            return self._content.read(size)

    heard, damage = parts_heard(Pipe())  # type: ignore[arg-type]
    assert set(heard) <= {0, None}
    assert damage is not None
    assert damage.startswith("talk could not be read past 6.0 s: ")


@pytest.mark.parametrize("codec", ["g722", "adpcm_ima_wav", "pcm_alaw", "pcm_s24le", "libmp3lame"])
def test_a_start_is_found_in_a_wav_of_any_codec(record: Record, codec: str) -> None:
    sound = np.concatenate([part(number) for number in range(3)])
    path = record("a.wav", codec, 16_000, sound=sound)

    for start, end, expected in ((2.5, 5, 0), (8.5, 11, 1), (14.5, 17, 2)):
        assert set(parts_heard(path, start=start, end=end)[0]) == {expected}
