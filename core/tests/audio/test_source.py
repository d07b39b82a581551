"""Other things that a path may refer to: pipes, devices, links, playlists, changing files; and wrong headers."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from voicebridge import InputError
from voicebridge.audio.decode import AudioReader
from voicebridge.testing.processes import PATIENCE, killed_after

Record = Callable[..., Path]
posix = pytest.mark.skipif(os.name != "posix", reason="pipes and devices as POSIX has them")


def seconds_of(path: Path) -> float:
    with AudioReader(path) as reader:
        return sum(chunk.duration for chunk in reader.chunks(16_000))


@contextmanager
def writing(path: Path, content: bytes) -> Iterator[None]:
    """Write to a pipe from another thread."""
    writer = threading.Thread(target=path.write_bytes, args=(content,))
    writer.start()
    yield
    writer.join()


@posix
@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.wav", "pcm_s16le"), ("a.flac", "flac"), ("a.webm", "libopus")])
def test_a_named_pipe_is_read_like_standard_input(record: Record, tmp_path: Path, name: str, codec: str) -> None:
    content = record(name, codec, 48_000).read_bytes()
    os.mkfifo(tmp_path / "pipe")

    with writing(tmp_path / "pipe", content):
        assert seconds_of(tmp_path / "pipe") == pytest.approx(1, abs=0.1)


@posix
def test_a_named_pipe_whose_writer_writes_nothing_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with writing(tmp_path / "pipe", b""), pytest.raises(InputError, match="contains no readable audio"):
        seconds_of(tmp_path / "pipe")


@posix
def test_waiting_for_a_writer_can_be_interrupted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    program = (
        "import sys; from pathlib import Path; from voicebridge.audio.decode import AudioReader\n"
        "print('waiting', flush=True); AudioReader(Path(sys.argv[1]))"
    )
    with (
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "pipe")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as waiting,
        killed_after(waiting),
    ):
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "waiting\n"
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=PATIENCE)

    assert "KeyboardInterrupt" in said


@posix
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom"])
def test_a_device_is_refused(device: str) -> None:
    with pytest.raises(InputError, match=f"{device} is a device, not a recording"):
        AudioReader(Path(device))


@posix
def test_links_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").symlink_to("absent.wav")
    (tmp_path / "round.wav").symlink_to("round.wav")

    with pytest.raises(InputError, match=r"broken.wav does not exist"):
        AudioReader(tmp_path / "broken.wav")
    with pytest.raises(InputError, match=r"round.wav can't be opened: Too many levels of symbolic links"):
        AudioReader(tmp_path / "round.wav")


@posix
@pytest.mark.parametrize("name", ["concat:a.wav|b.wav", "data:audio", "http:", "-", "%03d.wav", "pipe:0", "a\nb.wav", "🎙.wav"])
def test_a_name_is_never_taken_for_anything_but_a_name(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    record("a.wav").rename(name)

    assert seconds_of(Path(name)) == pytest.approx(1)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\na.ts\n",  # a live playlist: players wait for more
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile a.ts\n",
    ],
)
def test_a_playlist_is_refused_and_what_it_lists_not_opened(record: Record, tmp_path: Path, playlist: str) -> None:
    record("a.ts", "mp2", 32_000)
    path = tmp_path / "list.wav"
    path.write_text(playlist)

    with pytest.raises(InputError, match="is a playlist, not a recording"):
        AudioReader(path)
    with path.open("rb") as stream, pytest.raises(InputError, match="contains no readable audio"):
        AudioReader(stream, "standard input")


def test_one_sample_is_no_sound(record: Record) -> None:
    path = record("a.wav")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"data") + 8] + b"\x01\x02")

    with pytest.raises(InputError, match="has an audio track without sound"):
        seconds_of(path)


def test_a_file_that_grows_is_read_as_far_as_it_had_come(record: Record) -> None:
    path = record("a.wav", sound=np.zeros(48_000 * 4, np.float32))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    with AudioReader(path) as reader, path.open("ab") as growing:
        chunks = reader.chunks(16_000)
        seconds = next(chunks).duration
        growing.write(content[len(content) // 2 :])
        growing.flush()
        seconds += sum(chunk.duration for chunk in chunks)

    assert 2 <= seconds + 0.001 <= 4.001


@pytest.mark.parametrize(
    ("at", "value"),
    [(22, b"\xff\xff"), (22, struct.pack("<H", 33)), (22, b"\0\0"), (24, struct.pack("<I", 10**9)), (24, struct.pack("<I", 1)),
     (24, b"\0" * 4), (32, b"\xff\xff"), (34, b"\xff\xff"), (4, b"\xff\xff\xff\x7f"), (16, struct.pack("<I", 2**31 - 1))],
    ids=["65535 channels", "33 channels", "no channel", "1 GHz", "1 Hz", "0 Hz", "block size", "bits", "file size", "header size"],
)  # fmt: skip
def test_a_header_that_lies_costs_neither_time_nor_memory(record: Record, at: int, value: bytes) -> None:
    path = record("a.wav")
    content = bytearray(path.read_bytes())
    content[at : at + len(value)] = value
    path.write_bytes(content)
    program = (
        "import sys, resource; from pathlib import Path; from voicebridge import InputError\n"
        "from voicebridge.audio.decode import AudioReader\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    print(sum(chunk.duration for chunk in AudioReader(Path(sys.argv[1])).chunks(16000)))\n"
        "except InputError as error:\n"
        "    print(error)\n"
        "sys.exit(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > 200_000)"
    )
    if sys.platform != "linux":
        program = program.replace("import sys, resource;", "import sys;").replace("resource.getrusage(resource.RUSAGE_SELF).ru_maxrss", "0")

    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
