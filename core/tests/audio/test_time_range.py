"""Reading a time range, from one of several tracks."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import InputError, UsageError
from voicebridge.audio.decode import AudioReader

Record = Callable[..., Path]
Samples = npt.NDArray[np.float32]
RATE = 16_000


def sweep(seconds: float) -> Samples:
    """A sound that differs at every moment."""
    times = np.arange(round(seconds * 48_000)) / 48_000
    noise = np.random.default_rng(0).standard_normal(len(times)) * 0.05
    return (0.3 * np.sin(2 * np.pi * (150 + 40 * times) * times) + noise).astype(np.float32)


def read(source: Any, **stretch: Any) -> tuple[Samples, float]:
    with AudioReader(source, "talk", **stretch) as reader:
        chunks = list(reader.chunks(RATE))
    return np.concatenate([chunk.samples for chunk in chunks]), chunks[0].start


@pytest.mark.parametrize(
    ("name", "codec", "rate", "tolerance"),
    [
        ("a.wav", "pcm_s16le", 16_000, 0.0),
        ("a.wav", "pcm_mulaw", 8_000, 0.0),
        ("a.wav", "adpcm_ima_wav", 16_000, 0.0),
        ("a.flac", "flac", 44_100, 0.0),
        ("a.mp3", "libmp3lame", 44_100, 1e-4),
        ("a.mp3", "libmp3lame", 22_050, 1e-4),
        ("a.m4a", "alac", 44_100, 0.0),
        ("a.m4a", "aac", 48_000, 0.05),  # AAC adds noise, which differs each time
        ("a.opus", "libopus", 48_000, 1e-3),
        ("a.avi", "pcm_s16le", 44_100, 0.0),
    ],
)
def test_a_stretch_is_what_reading_everything_and_slicing_gives(record: Record, name: str, codec: str, rate: int, tolerance: float) -> None:
    path = record(name, codec, rate, sound=sweep(12))
    whole, begin = read(path)

    for start, end in ((0.3, 0.4), (1.25, 3.0), (7.123456, 9.9), (11.5, None)):
        samples, first = read(path, start=start, end=end)
        first_sample = round((start - begin) * RATE)
        expected = whole[first_sample : None if end is None else round((end - begin) * RATE)]
        assert len(samples) == len(expected)
        assert np.abs(samples - expected).max() <= tolerance
        assert first == pytest.approx(start, abs=1 / RATE)


def test_matroska_s_clock_is_kept_to_its_millisecond(record: Record) -> None:
    path = record("a.mka", "flac", 44_100, sound=sweep(12))
    whole, _ = read(path)
    samples, _ = read(path, start=8, end=9)

    assert min(np.abs(samples - whole[8 * RATE + shift :][:RATE]).mean() for shift in range(-16, 17)) < 0.05


def test_a_stretch_of_a_pipe_is_read_by_dropping_what_comes_before(record: Record) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, content: bytes) -> None:
            self._content = io.BytesIO(content)

        def read(self, size: int = -1) -> bytes:
            return self._content.read(size)

    path = record("a.flac", "flac", 44_100, sound=sweep(6))
    whole, _ = read(path)
    samples, start = read(Pipe(path.read_bytes()), start=3.5, end=4.5)

    assert start == 3.5
    assert (samples == whole[round(3.5 * RATE) : round(4.5 * RATE)]).all()


def test_duration_is_that_of_the_stretch(record: Record) -> None:
    path = record("a.wav", sound=sweep(4))

    for stretch, seconds in (({}, 4), ({"start": 1.5}, 2.5), ({"end": 3}, 3), ({"start": 1, "end": 2.5}, 1.5), ({"start": 3, "end": 9}, 1)):
        with AudioReader(path, **stretch) as reader:
            assert reader.duration == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("stretch", "error", "says"),
    [
        ({"start": 60.0}, InputError, "talk is 4.0 s long and has no sound after 60 s. Start earlier."),
        ({"start": 5.0, "end": 6.0}, InputError, "talk has no sound between 5 s and 6 s."),
        ({"start": 3.0, "end": 2.0}, UsageError, "An end of 2 s is not after the start of 3 s."),
        ({"start": 2.0, "end": 2.0}, UsageError, "is not after the start"),
        ({"end": 0.0}, UsageError, "is not after the start"),
        ({"start": -1.0}, UsageError, "is not valid"),
        ({"start": float("nan")}, UsageError, "is not valid"),
        ({"end": float("nan")}, UsageError, "is not after the start"),
    ],
)
def test_a_stretch_that_holds_nothing_is_refused_at_once(
    record: Record, stretch: dict[str, float], error: type[Exception], says: str
) -> None:
    path = record("a.wav", sound=sweep(4))

    with pytest.raises(error) as caught:
        AudioReader(path, "talk", **stretch)  # type: ignore[arg-type]

    assert says in str(caught.value)


def test_a_start_beyond_the_end_is_found_out_while_reading_where_no_header_says_how_long_it_is(record: Record) -> None:
    path = record("a.aac", "aac", 16_000, sound=sweep(4))

    with pytest.raises(InputError, match="has no sound after 60 s"):
        read(path, start=60)


def test_sound_that_begins_late_begins_late_in_a_stretch_too(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        pictures: Any = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p")
        track: Any = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for index in range(60):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            picture.pts = index
            container.mux(pictures.encode(picture))
        container.mux(pictures.encode(None))
        frame = av.AudioFrame.from_ndarray(np.full((1, RATE * 3), 9000, np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, RATE * 2
        container.mux(track.encode(frame))
        container.mux(track.encode(None))

    samples, start = read(path, start=1, end=3)
    assert (start, len(samples)) == (2.0, RATE)
    assert read(path, start=4)[1] == 4.0
    with pytest.raises(InputError, match="has no sound between 0 s and 1 s"):
        read(path, end=1)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film with three audio tracks: 220, 440 and 880 Hz."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        described = (("eng", "Original"), ("deu", "Synchronfassung"), ("deu", ""))
        tracks: list[Any] = []
        for (language, title), layout in zip(described, ("stereo", "mono", "mono"), strict=True):
            track: Any = container.add_stream("pcm_s16le", rate=RATE, layout=layout)
            track.metadata["language"], track.metadata["title"] = language, title
            tracks.append(track)
        for track, hertz, channels in zip(tracks, (220, 440, 880), (2, 1, 1), strict=True):
            tone = (9000 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype(np.int16).repeat(channels)
            frame = av.AudioFrame.from_ndarray(tone[np.newaxis], format="s16", layout="stereo" if channels == 2 else "mono")
            frame.sample_rate, frame.pts = RATE, 0
            container.mux(track.encode(frame))
        for track in tracks:
            container.mux(track.encode(None))
    return path


@pytest.mark.parametrize(("number", "hertz"), [(None, 220), (1, 220), (2, 440), (3, 880)])
def test_a_track_is_chosen_by_its_number(film: Path, number: int | None, hertz: int) -> None:
    samples, _ = read(film, track=number)

    assert int(np.argmax(np.abs(np.fft.rfft(samples)))) == hertz


def test_the_tracks_say_what_they_are(film: Path) -> None:
    with AudioReader(film) as reader:
        tracks = reader.tracks

    assert [(track.number, track.language, track.title, track.codec, track.channels) for track in tracks] == [
        (1, "eng", "Original", "pcm_s16le", 2), (2, "deu", "Synchronfassung", "pcm_s16le", 1), (3, "deu", None, "pcm_s16le", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_track_that_does_not_exist_is_refused_with_those_that_do(film: Path, number: int) -> None:
    with pytest.raises(InputError) as caught:
        AudioReader(film, "film", track=number)

    assert str(caught.value) == (
        f'film has no audio track {number}. It has 1 (eng, "Original", pcm_s16le, 2 channels); '
        '2 (deu, "Synchronfassung", pcm_s16le, 1 channel); 3 (deu, pcm_s16le, 1 channel).'
    )
