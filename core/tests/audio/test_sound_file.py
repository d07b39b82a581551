"""Audio files of every format, read back with FFmpeg's libraries and with VoiceBridge's reader."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.pcm import from_pcm, to_pcm
from voicebridge.audio.sound_file import SOUND_FORMATS, SoundWriter, open_sound
from voicebridge.audio.tags import Tags
from voicebridge.errors import OutputError, UnknownNameError
from voicebridge.languages import three_letters
from voicebridge.testing.sounds import STELLA

RATE = 22_050
LOSSLESS = ("wav", "flac")
WITH_CHAPTERS = tuple(name for name in SOUND_FORMATS if name != "wav")
ALIKE = {"mp3": 0.99, "m4b": 0.98, "ogg": 0.9, "opus": 0.9}
"""Minimum correlation with the original; Opus preserves how a voice sounds, not its waveform."""
FRAME = 0.05
"""Seconds; none of these codecs has longer frames."""

Samples = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def spoken() -> Samples:
    return STELLA.at(RATE)


def write(path: Path, sound: Samples, *, rate: int = RATE, block: int = 5000, tags: Tags | None = None) -> Path:
    writer = open_sound(path, path.suffix[1:], rate, tags or Tags())
    for at in range(0, len(sound), block):
        writer.write(sound[at : at + block])
    assert writer.position == pytest.approx(len(sound) / rate)
    writer.close()
    return path


def read(path: Path, rate: int = RATE) -> Samples:
    with AudioReader(path) as reader:
        sound = np.concatenate([chunk.samples for chunk in reader.chunks(rate)])
        assert reader.damage is None
    return sound


def facts(path: Path) -> tuple[dict[str, str], list[tuple[float, float, str]], float]:
    """Tags, chapters (s, s, title) and duration (s) as read by FFmpeg."""
    with av.open(str(path)) as container:
        chapters = [
            (float(each["start"] * each["time_base"]), float(each["end"] * each["time_base"]), each["metadata"].get("title", ""))
            for each in cast("list[Any]", container.chapters())
        ]
        track = container.streams.audio[0]
        assert track.codec_context.channels == 1
        return {**container.metadata, **track.metadata}, chapters, (container.duration or 0) / av.time_base


def alike(heard: Samples, said: Samples) -> float:
    length = min(len(heard), len(said))
    return float(np.corrcoef(heard[:length], said[:length])[0, 1])


@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_what_is_read_back_is_what_was_written(name: str, spoken: Samples, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{name}", spoken)
    heard = read(path)
    assert abs(len(heard) - len(spoken)) <= FRAME * RATE
    assert facts(path)[2] == pytest.approx(len(spoken) / RATE, abs=FRAME)
    if name in LOSSLESS:
        assert np.abs(heard - spoken).max() <= 0.5 / 32768
        assert len(heard) == len(spoken)
    else:
        assert alike(heard, spoken) > ALIKE[name]  # without an offset: the encoder's delay is removed


@pytest.mark.parametrize("name", SOUND_FORMATS)
@pytest.mark.parametrize("rate", [8_000, 16_000, 20_000, 24_000, 44_100, 48_000])
def test_every_rate_is_taken_and_what_a_codec_lacks_resampled(name: str, rate: int, tmp_path: Path) -> None:
    sound = STELLA.at(rate)
    heard = read(write(tmp_path / f"a.{name}", sound, rate=rate), rate)
    assert abs(len(heard) - len(sound)) <= FRAME * rate
    assert alike(heard, sound) > ALIKE.get(name, 0.999)


@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_tags_reach_the_player(name: str, spoken: Samples, tmp_path: Path) -> None:
    tags = Tags(title="Der Prozeß\nI", artist="F. Kafka", album="Schönes \0 Buch", language="de", comment="🎧")
    told, _, _ = facts(write(tmp_path / f"a.{name}", spoken, tags=tags))
    assert told["title"].split() == ["Der", "Prozeß", "I"]
    assert (told["artist"], told["comment"]) == ("F. Kafka", "🎧")
    assert told["album"].startswith("Schönes")
    assert told["language"] == ("deu" if name in ("mp3", "m4b") else "de")


def png(width: int = 8, height: int = 8) -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\x80\x40\x20" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + part(b"IDAT", rows)
        + part(b"IEND", b"")
    )


@pytest.mark.parametrize("chapters", [0, 2])
@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_a_book_s_cover_year_genre_and_series_reach_the_player(name: str, chapters: int, spoken: Samples, tmp_path: Path) -> None:
    path, picture = tmp_path / f"a.{name}", png()
    writer = open_sound(path, name, RATE, Tags("Book", year="1925", genre="Novel", series="The Saga #2", cover=picture))
    for number in range(chapters):
        writer.chapter(f"Part {number}")
        writer.write(spoken)
    writer.write(spoken)
    writer.close()
    with av.open(str(path)) as container:
        told = {key.lower(): value for key, value in (container.metadata | container.streams.audio[0].metadata).items()}
        shown = [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size] if container.streams.video else []
    assert (told["date"], told["genre"]) == ("1925", "Novel")
    assert name == "wav" or told["grouping"] == "The Saga #2"
    assert shown == ([] if name == "wav" else [picture])
    assert len(facts(path)[1]) == (chapters if name != "wav" else 0)


@pytest.mark.parametrize("picture", [b"", b"GIF89a", b"\x89PNG\r\n", png()[:40], b"\xff\xd8\xff" + bytes(200)])
@pytest.mark.parametrize("name", ["m4b", "opus"])
def test_a_cover_that_can_t_be_read_is_left_out(picture: bytes, name: str, spoken: Samples, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{name}", spoken[:RATE], tags=Tags("Book", cover=picture))
    assert facts(path)[0]["title"] == "Book"


@pytest.mark.parametrize("name", WITH_CHAPTERS)
def test_chapters_begin_where_they_were_begun_and_keep_their_titles(name: str, spoken: Samples, tmp_path: Path) -> None:
    path = tmp_path / f"a.{name}"
    plain = read(write(tmp_path / f"plain.{name}", np.concatenate([spoken] * 3), block=len(spoken)))
    writer = open_sound(path, name, RATE, Tags(title="Book"))
    writer.chapter("gives way, since nothing is said in it")
    for title in ("One", "Zwei: „Größe“", "第三章"):
        writer.chapter(title)
        writer.write(spoken)
    writer.close()
    told, chapters, length = facts(path)
    second = len(spoken) / RATE
    assert [title for _, _, title in chapters] == ["One", "Zwei: „Größe“", "第三章"]
    assert [begin for begin, _, _ in chapters] == pytest.approx([0, second, 2 * second], abs=0.001)
    assert [end for _, end, _ in chapters] == pytest.approx([second, 2 * second, 3 * second], abs=FRAME)
    assert told["title"] == "Book"
    assert length == pytest.approx(3 * second, abs=FRAME)
    np.testing.assert_array_equal(read(path), plain)  # the sound is the same with and without
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([path.name, f"plain.{name}"])


@pytest.mark.parametrize(("name", "kept"), [("mp3", 0), ("m4b", 300), ("opus", 300), ("flac", 300)])
def test_more_chapters_than_a_format_can_count_are_left_out(name: str, kept: int, tmp_path: Path) -> None:
    writer = open_sound(tmp_path / f"a.{name}", name, 8_000)
    for number in range(300):
        writer.chapter(f"Chapter {number}")
        writer.write(np.zeros(800, np.float32))
    writer.close()
    _, chapters, _ = facts(tmp_path / f"a.{name}")
    assert len(chapters) == kept
    assert [title for _, _, title in chapters[-1:]] == ["Chapter 299"] * bool(kept)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs: apt install ffmpeg")
@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_the_system_s_ffmpeg_finds_no_fault(name: str, spoken: Samples, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{name}", spoken, tags=Tags(title="T"))
    done = subprocess.run(["ffprobe", "-v", "warning", "-show_format", path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    length = next(line for line in done.stdout.splitlines() if line.startswith("duration="))
    assert float(length.partition("=")[2]) == pytest.approx(len(spoken) / RATE, abs=2 * FRAME)  # older ones count an MP3's padding


@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_what_is_too_loud_is_clipped_and_what_is_no_number_is_silence(name: str, tmp_path: Path) -> None:
    wave = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32) * 3
    wave[5000:8000] = np.nan
    wave[0], wave[1] = np.inf, -np.inf
    heard = read(write(tmp_path / f"a.{name}", wave))
    expected = np.clip(np.nan_to_num(wave, nan=0, posinf=1, neginf=-1), -1, 1)
    assert np.all(np.isfinite(heard))
    assert alike(heard, expected) > 0.9  # had it wrapped, this would be near zero
    assert np.abs(heard[6000:7000]).max() < 0.05


@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_a_file_without_sound_can_be_finished(name: str, tmp_path: Path) -> None:
    writer = open_sound(tmp_path / "a", name, RATE)
    writer.write(np.zeros(0, np.float32))
    writer.chapter("Empty")
    assert writer.position == 0
    writer.close()
    writer.abort()
    assert facts(tmp_path / "a")[2] < 0.2


@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_a_file_may_be_let_go_of_at_any_time(name: str, spoken: Samples, tmp_path: Path) -> None:
    for blocks in (0, 3):
        writer = open_sound(tmp_path / "a", name, RATE)
        for _ in range(blocks):
            writer.write(spoken)
        writer.abort()
        writer.abort()


@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_a_folder_that_is_missing_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"^.*book\.m4b can't be written: the folder .* does not exist\. Create it first: mkdir -p .*$"):
        open_sound(tmp_path / "gone/.part", name, RATE, target=tmp_path / "gone/book.m4b")


@pytest.mark.parametrize("name", SOUND_FORMATS)
def test_a_full_disk_is_one_line_and_leaves_nothing_open(name: str, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(full)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs to mount a small file system: run as root on Linux")
    try:
        writer = open_sound(full / "a", name, RATE, target=full / "book")
        noise = np.random.default_rng(1).uniform(-1, 1, 60 * RATE).astype(np.float32)
        writer.chapter("One")
        with pytest.raises(OutputError, match=rf"^{full}/book can't be written: No space left on device\. Choose another place with -o\.$"):
            fill(writer, noise)
        writer.abort()
    finally:
        subprocess.run(["umount", full], check=True)


def fill(writer: SoundWriter, sound: Samples) -> None:
    for _ in range(3):
        writer.write(sound)
    writer.close()


def test_a_format_that_does_not_exist_comes_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Unknown audio format 'mp4'. Did you mean 'mp3'"):
        open_sound(tmp_path / "a", "mp4", RATE)


def test_wav_is_written_without_ffmpeg_s_libraries(tmp_path: Path) -> None:
    code = (
        "import sys, numpy, pathlib\nfrom voicebridge.audio.sound_file import open_sound\n"
        f"writer = open_sound(pathlib.Path({str(tmp_path / 'a.wav')!r}), 'wav', 8000)\n"
        "writer.write(numpy.zeros(8, 'float32')); writer.close()\nsys.exit('av' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


MINUTES = """
import resource, sys, numpy
from pathlib import Path
from voicebridge.audio.tags import Tags
from voicebridge.audio.sound_file import open_sound

writer = open_sound(Path(sys.argv[1]), sys.argv[2], 22050, Tags(title="Long"))
minute = numpy.zeros(60 * 22050, "float32")
for number in range(int(sys.argv[3])):
    writer.chapter(f"Minute {number}")
    writer.write(minute)
writer.close()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.heavy
@pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't tell the peak of the memory that a process took")
@pytest.mark.parametrize("name", ["wav", "m4b", "mp3"])
def test_ten_minutes_take_the_memory_of_one(name: str, tmp_path: Path) -> None:
    def peak(minutes: int) -> int:
        path = tmp_path / f"{minutes}.{name}"
        done = subprocess.run([sys.executable, "-c", MINUTES, path, name, str(minutes)], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert peak(10) < 1.06 * peak(1)  # MP3 that were kept, 1 MB a minute, would be a fifth more


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(0, 4000), max_size=12), name=st.sampled_from(SOUND_FORMATS))
def test_the_blocks_that_sound_comes_in_leave_no_trace(sizes: list[int], name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    sound = np.random.default_rng(2).uniform(-0.5, 0.5, sum(sizes) + 3000).astype(np.float32)
    folder = tmp_path_factory.mktemp("blocks")
    whole = write(folder / f"whole.{name}", sound, block=len(sound))
    writer = open_sound(folder / f"blocks.{name}", name, RATE)
    at = 0
    for size in [*sizes, 3000]:
        writer.write(sound[at : at + size])
        at += size
    writer.close()
    np.testing.assert_array_equal(read(folder / f"blocks.{name}"), read(whole))
    shutil.rmtree(folder)


@given(st.lists(st.integers(-32768, 32767), max_size=200))
def test_samples_survive_any_number_of_conversions(values: list[int]) -> None:
    data = np.array(values, "<i2").tobytes()
    assert to_pcm(from_pcm(data)) == data


def test_languages_are_known_by_three_letters() -> None:
    known = {"de": "deu", "EN": "eng", "zh-CN": "zho", "pt_BR": "por", "gsw": "gsw", "xx": "und", "": "und"}
    assert {code: three_letters(code) for code in known} == known
