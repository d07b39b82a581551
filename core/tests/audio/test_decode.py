from __future__ import annotations

import io
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import InputError
from voicebridge.audio.decode import AudioReader

Record = Callable[..., Path]


def decode(source: Path | io.BufferedIOBase, rate: int = 16_000) -> npt.NDArray[np.float32]:
    with AudioReader(source) as reader:  # type: ignore[arg-type]
        return np.concatenate([chunk.samples for chunk in reader.chunks(rate)])


def loudest_hertz(samples: npt.NDArray[np.float32], rate: int = 16_000) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum) * rate / len(samples))


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout", "video"),
    [
        ("a.wav", "pcm_s16le", 8_000, "mono", False),
        ("a.wav", "pcm_s24le", 96_000, "7.1", False),
        ("a.wav", "pcm_f32le", 44_100, "stereo", False),
        ("a.flac", "flac", 48_000, "stereo", False),
        ("a.mp3", "libmp3lame", 22_050, "mono", False),
        ("a.opus", "libopus", 48_000, "mono", False),
        ("a.m4a", "aac", 44_100, "stereo", False),
        ("a.mp4", "aac", 44_100, "stereo", True),
        ("a.mkv", "flac", 11_025, "mono", True),
        ("a.webm", "libopus", 48_000, "stereo", False),
        ("a.ts", "mp2", 32_000, "stereo", False),
    ],
)
def test_sound_of_every_kind_comes_out_mono_at_the_rate_asked_for(
    record: Record, name: str, codec: str, rate: int, layout: str, video: bool
) -> None:
    samples = decode(record(name, codec, rate, layout, video=video))

    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(16_000, rel=0.12)  # codecs pad a little
    assert loudest_hertz(samples) == pytest.approx(440, abs=8)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.15)


def test_what_a_file_is_called_does_not_matter(record: Record, tmp_path: Path) -> None:
    disguised = record("a.mp3", "libmp3lame", 22_050).rename(tmp_path / "notes.txt")

    assert loudest_hertz(decode(disguised)) == pytest.approx(440, abs=8)


def test_chunks_say_where_they_stand(record: Record) -> None:
    with AudioReader(record("a.wav")) as reader:
        assert reader.duration == pytest.approx(1.0)
        chunks = list(reader.chunks(16_000))

    assert [chunk.start for chunk in chunks] == [0.0, 0.5]
    assert [chunk.duration for chunk in chunks] == [0.5, 0.5]


def test_sound_that_begins_after_the_picture_keeps_its_distance(tmp_path: Path) -> None:
    import av

    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p")
        track = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for index in range(30):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            picture.pts = index
            container.mux(pictures.encode(picture))
        container.mux(pictures.encode(None))
        frame = av.AudioFrame.from_ndarray(np.full((1, 16_000), 9000, np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 16_000, 24_000
        container.mux(track.encode(frame))
        container.mux(track.encode(None))

    with AudioReader(path) as reader:
        assert next(reader.chunks(16_000)).start == pytest.approx(1.5, abs=0.01)


def test_a_pipe_is_read_as_it_comes(record: Record) -> None:
    path = record("a.mp3", "libmp3lame", 22_050)
    read_end, write_end = os.pipe()

    def pour() -> None:
        with os.fdopen(write_end, "wb") as out:
            out.write(path.read_bytes())

    pouring = threading.Thread(target=pour)
    pouring.start()
    with os.fdopen(read_end, "rb") as source:
        assert loudest_hertz(decode(source)) == pytest.approx(440, abs=8)
    pouring.join()


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda record, folder: folder / "absent.wav", "does not exist"),
        (lambda record, folder: folder, "is a folder"),
        (lambda record, folder: _write(folder / "empty.wav", b""), r"is empty \(0 bytes\)"),
        (
            lambda record, folder: _write(folder / "text.wav", b"Dear diary,\n" * 500),
            "contains no readable audio|not an audio or video file",
        ),
        (
            lambda record, folder: _write(folder / "noise.mp3", random.Random(1).randbytes(100_000)),
            "contains no readable audio|not an audio or video file",
        ),
        (lambda record, folder: record("mute.mp4", "", video=True), "is a video without sound"),
        (lambda record, folder: _cut_in_half(record("cut.mp4", "aac", 44_100)), "is truncated: its index is missing"),
    ],
    ids=["absent", "folder", "empty", "text", "noise", "video without sound", "cut mp4"],
)
def test_what_holds_no_sound_is_named_with_the_reason(record: Record, tmp_path: Path, make: Callable[..., Path], says: str) -> None:
    path = make(record, tmp_path)

    with pytest.raises(InputError, match=says) as caught:
        decode(path)

    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert "Errno" not in message


def _cut_in_half(path: Path) -> Path:
    return _write(path, path.read_bytes()[: path.stat().st_size // 2])


def test_a_file_without_permission_is_refused(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record("a.wav")

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # the suite may run as root, which has all permissions
    with pytest.raises(InputError, match="can't be opened: Permission denied"):
        AudioReader(path)


def test_a_damaged_stretch_is_stepped_over(record: Record) -> None:
    path = record("a.mp3", "libmp3lame", 22_050, sound=np.tile(_tone(), 4))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 600] = random.Random(2).randbytes(600)
    path.write_bytes(content)

    assert len(decode(path)) / 16_000 > 3.0


def _tone() -> npt.NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.float32)


def test_memory_does_not_grow_with_the_length_of_the_sound(record: Record) -> None:
    import tracemalloc

    path = record("long.flac", "flac", 8_000, sound=np.zeros(48_000 * 600, np.float32))
    tracemalloc.start()
    try:
        with AudioReader(path) as reader:
            for _ in reader.chunks(16_000):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 5_000_000  # ten minutes as float32 would be 38 MB
