"""WAV files byte for byte: before, while and after they are written, above 4 GiB, and through a pipe."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import wave
from pathlib import Path
from typing import BinaryIO, cast

import av
import numpy as np
import pytest
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.pcm import to_pcm
from voicebridge.audio.sound_file import open_sound, wav_stream
from voicebridge.audio.tags import Tags
from voicebridge.audio.wav import header
from voicebridge.errors import OutputError

SOUND = (np.sin(np.arange(16_000) / 10) / 2).astype(np.float32)


def test_python_s_own_wave_module_reads_it(tmp_path: Path) -> None:
    writer = open_sound(tmp_path / "a.wav", "wav", 16_000, Tags(title="T", comment="odd"))
    writer.write(SOUND)
    writer.close()
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getparams()[:4] == (1, 2, 16_000, 16_000)
        assert file.readframes(16_000) == to_pcm(SOUND)
    size = (tmp_path / "a.wav").stat().st_size
    assert struct.unpack("<I", (tmp_path / "a.wav").read_bytes()[4:8]) == (size - 8,)


def test_a_file_whose_writer_was_killed_holds_what_was_written(tmp_path: Path) -> None:
    writer = open_sound(tmp_path / "a.wav", "wav", 16_000)
    writer.write(SOUND)
    writer.abort()
    with AudioReader(tmp_path / "a.wav") as reader:
        assert sum(len(chunk.samples) for chunk in reader.chunks(16_000)) == len(SOUND)
        assert reader.damage is None


def test_the_header_has_one_length_whatever_the_size() -> None:
    tags = Tags(title="T")
    assert len({len(header(16_000, size, tags)) for size in (None, 0, 1 << 31, 1 << 34)}) == 1


def test_above_4_gib_it_is_an_rf64_of_the_right_length(tmp_path: Path) -> None:
    path, size = tmp_path / "a.wav", 5 << 30
    with path.open("wb") as file:
        file.write(header(48_000, size, Tags(title="Long")))
        begin = file.tell()
        file.seek(size - 2 * len(SOUND), os.SEEK_CUR)  # a sparse region, which takes no space on most file systems
        file.write(to_pcm(SOUND))
    with av.open(str(path)) as container:
        track = container.streams.audio[0]
        assert track.duration is not None
        assert track.time_base is not None
        assert track.duration * track.time_base == pytest.approx(size / 2 / 48_000)
        assert container.metadata["title"] == "Long"
    seconds = size / 2 / 48_000
    with AudioReader(path, start=seconds - len(SOUND) / 48_000) as reader:
        heard = np.concatenate([chunk.samples for chunk in reader.chunks(48_000)])
    assert begin < 200
    assert np.abs(heard[: len(SOUND)] - SOUND).max() < 1e-4
    path.unlink()


@pytest.mark.parametrize(("size", "name"), [((1 << 32) - 200, b"RIFF"), ((1 << 32) - 2, b"RF64")])
def test_the_limit_is_that_of_32_bits(size: int, name: bytes) -> None:
    assert header(16_000, size, Tags())[:4] == name


def test_a_stream_gets_sound_at_once_behind_a_header_without_a_length() -> None:
    stream = io.BytesIO()
    writer = wav_stream(stream, 16_000, Tags(title="T"))
    writer.write(SOUND[:100])
    assert stream.getvalue().endswith(to_pcm(SOUND[:100]))
    writer.chapter("One")
    writer.write(SOUND[100:])
    assert writer.position == 1
    writer.close()
    assert not stream.closed
    with AudioReader(io.BytesIO(stream.getvalue()), "pipe") as reader:
        heard = np.concatenate([chunk.samples for chunk in reader.chunks(16_000)])
        assert reader.damage is None
    assert np.abs(heard - SOUND).max() <= 0.5 / 32768


def test_who_stops_listening_is_told_apart_from_a_full_disk() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stream, pytest.raises(BrokenPipeError):
        wav_stream(stream, 16_000)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_output_on_a_full_disk_is_one_line() -> None:
    told = "Standard output can't be written: No space left on device"
    with Path("/dev/full").open("wb", buffering=0) as stream, pytest.raises(OutputError, match=told):
        wav_stream(stream, 16_000)


def test_a_pipe_is_heard_while_it_is_written(tmp_path: Path) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        writer = wav_stream(cast(BinaryIO, process.stdin), 16_000)
        writer.write(SOUND[:10])
        first = process.stdout.read(len(header(16_000, None, Tags())) + 20)
        assert first.endswith(to_pcm(SOUND[:10]))
        process.stdin.close()
