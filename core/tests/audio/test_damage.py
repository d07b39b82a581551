"""Damaged recordings yield what they contain and report the damage; intact recordings never do."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from voicebridge import InputError
from voicebridge.audio.decode import AudioReader

Record = Callable[..., Path]
FAST_START = {"movflags": "faststart"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
ENCRYPTED = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "00112233445566778899aabbccddeeff",
    "encryption_kid": "112233445566778899aabbccddeeff00",
}


def noise(seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Audio that doesn't compress well, so that half of a file is half of its audio."""
    return (np.random.default_rng(0).standard_normal(round(seconds * 48_000)) * 0.1).astype(np.float32)


def read(path: Path) -> tuple[float, str | None]:
    """Seconds read, and the reported damage."""
    with AudioReader(path, "talk") as reader:
        assert reader.damage is None
        end = 0.0
        for chunk in reader.chunks(16_000):
            end = chunk.start + chunk.duration
        return end, reader.damage


@pytest.mark.parametrize(
    ("name", "codec", "rate", "options"),
    [
        ("a.wav", "pcm_s16le", 16_000, {}),
        ("a.wav", "pcm_mulaw", 8_000, {}),
        ("a.wav", "adpcm_ima_wav", 16_000, {}),
        ("a.flac", "flac", 44_100, {}),
        ("a.mp3", "libmp3lame", 44_100, {}),
        ("a.mp3", "libmp3lame", 22_050, {}),
        ("a.m4a", "aac", 44_100, FAST_START),
        ("a.mp4", "aac", 44_100, FRAGMENTED),
        ("a.mka", "flac", 44_100, {}),
        ("a.webm", "libopus", 48_000, {}),
        ("a.avi", "pcm_s16le", 16_000, {}),
        ("a.aiff", "pcm_s16be", 16_000, {}),
        ("a.au", "pcm_s16be", 16_000, {}),
    ],
)
def test_what_is_cut_off_gives_what_it_has_and_says_how_much_is_missing(
    record: Record, name: str, codec: str, rate: int, options: dict[str, str]
) -> None:
    path = record(name, codec, rate, sound=noise(10), options=options)
    seconds, damage = read(path)
    assert seconds == pytest.approx(10, abs=0.1)
    assert damage is None

    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    seconds, damage = read(path)
    assert seconds == pytest.approx(5, abs=0.5)
    assert damage is not None
    assert damage.startswith(f"talk ends early: {seconds:.1f} s of ")
    assert float(damage.split()[6]) == pytest.approx(10, abs=0.2)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout", "video", "options"),
    [
        ("a.mp3", "libmp3lame", 44_100, "mono", False, {"write_xing": "0"}),
        ("a.opus", "libopus", 48_000, "mono", False, {}),
        ("a.aac", "aac", 16_000, "mono", False, {}),
        ("a.ac3", "ac3", 48_000, "stereo", False, {}),
        ("a.amr", "libopencore_amrnb", 8_000, "mono", False, {}),
        ("a.3gp", "libopencore_amrnb", 8_000, "mono", False, {}),
        ("a.caf", "pcm_s16le", 44_100, "mono", False, {}),
        ("a.w64", "pcm_s24le", 48_000, "mono", False, {}),
        ("a.wv", "wavpack", 44_100, "mono", False, {}),
        ("a.tta", "tta", 44_100, "mono", False, {}),
        ("a.mp4", "aac", 44_100, "stereo", True, {}),
        ("a.mkv", "aac", 44_100, "stereo", True, {}),
        ("a.webm", "libopus", 48_000, "stereo", False, {"live": "1"}),
        ("a.avi", "libmp3lame", 44_100, "stereo", True, {}),
        ("a.mpg", "mp2", 44_100, "stereo", True, {}),
        ("a.ts", "mp2", 32_000, "stereo", False, {}),
    ],
)
def test_a_whole_recording_of_any_kind_is_not_called_damaged(
    record: Record, name: str, codec: str, rate: int, layout: str, video: bool, options: dict[str, str]
) -> None:
    seconds, damage = read(record(name, codec, rate, layout, noise(8), video=video, options=options))

    assert damage is None
    assert seconds == pytest.approx(8, abs=0.2)


def test_sound_that_ends_before_the_pictures_is_not_called_damaged(record: Record) -> None:
    for name in ("a.mkv", "a.mp4", "a.avi"):
        assert read(record(name, "libmp3lame" if name == "a.avi" else "aac", 44_100, sound=noise(0.5), video=True))[1] is None


@pytest.mark.parametrize("size", [0, 0x7FFFF024, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_wav_that_was_written_to_a_pipe_is_not_called_damaged(record: Record, size: int) -> None:
    path = record("a.wav", sound=noise(4))
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[4:8], content[at : at + 4] = struct.pack("<I", size), struct.pack("<I", size)
    path.write_bytes(content)

    seconds, damage = read(path)
    assert seconds == pytest.approx(4)
    assert damage is None


def test_mp3_files_joined_by_copying_are_not_called_damaged(record: Record) -> None:
    path = record("a.mp3", "libmp3lame", 44_100, sound=np.concatenate([noise(4), np.zeros(48_000 * 4, np.float32)]))
    path.write_bytes(path.read_bytes() * 3)

    seconds, damage = read(path)
    assert seconds == pytest.approx(24, abs=0.5)
    assert damage is None


def test_a_damaged_stretch_becomes_silence_and_is_said(record: Record) -> None:
    path = record("a.m4a", "aac", 44_100, sound=noise(12), options=FAST_START)
    content = bytearray(path.read_bytes())
    begin, end = len(content) // 2, len(content) * 3 // 4
    content[begin:end] = bytes(end - begin)
    path.write_bytes(content)

    with AudioReader(path, "talk") as reader:
        samples = np.concatenate([chunk.samples for chunk in reader.chunks(16_000)])

    assert len(samples) / 16_000 == pytest.approx(12, abs=0.1)  # what follows keeps its position
    loud = np.abs(samples[: 12 * 16_000].reshape(12, -1)).mean(axis=1) > 0.01
    assert loud[[0, 1, 2, 3, 4, 10, 11]].all()
    assert not loud[7]
    assert reader.damage is not None
    assert reader.damage.startswith("talk is damaged: 3.")


def test_a_pause_in_a_recording_is_silence_and_no_damage(tmp_path: Path) -> None:
    import av

    path = tmp_path / "meeting.mka"
    with av.open(str(path), "w") as container:
        track = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for start in (0, 5):
            frame = av.AudioFrame.from_ndarray(np.full((1, 16_000), 9000, np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, start * 16_000
            container.mux(track.encode(frame))
        container.mux(track.encode(None))

    with AudioReader(path) as reader:
        samples = np.concatenate([chunk.samples for chunk in reader.chunks(16_000)])

    assert [bool(second.any()) for second in samples.reshape(6, 16_000)] == [True, False, False, False, False, True]
    assert reader.damage is None


def test_an_mp4_without_its_index_says_so(record: Record) -> None:
    path = record("a.mp4", "aac", 44_100, sound=noise(4))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(InputError, match="is truncated: its index is missing. Copy it again"):
        read(path)


@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_an_encrypted_recording_is_refused_at_once(record: Record, codec: str) -> None:
    path = record("a.m4a", codec, 44_100, sound=noise(2), options=ENCRYPTED)

    with pytest.raises(InputError, match=r"talk is copy-protected \(DRM\)"):
        AudioReader(path, "talk")


@pytest.mark.parametrize("entry", [b"aavd", b"drms"])
def test_bought_audio_books_and_songs_are_refused_at_once(record: Record, entry: bytes) -> None:
    path = record("a.m4b", "aac", 44_100, sound=noise(2))
    path.write_bytes(path.read_bytes().replace(b"mp4a", entry, 1))

    with pytest.raises(InputError, match=r"copy-protected \(DRM\)"):
        AudioReader(path)


def test_a_disk_that_fails_in_the_middle_is_said(record: Record) -> None:
    content = record("a.mp3", "libmp3lame", 44_100, sound=noise(6), options={"write_xing": "0"}).read_bytes()

    class FailingDisk(io.RawIOBase):
        def __init__(self) -> None:
            self._content = io.BytesIO(content[: len(content) // 2])

        def read(self, size: int = -1) -> bytes:
            if block := self._content.read(size):
                return block
            raise OSError(5, "Input/output error")

    with AudioReader(FailingDisk(), "talk") as reader:  # type: ignore[arg-type]
        seconds = sum(chunk.duration for chunk in reader.chunks(16_000))

    assert seconds == pytest.approx(3, abs=0.2)
    assert reader.damage is not None
    assert "talk could not be read to its end: input/output error" in reader.damage
