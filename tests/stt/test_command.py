"""The installed command on real speech with real weights, as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from voicebridge.testing.processes import wait_until

ROOT = Path(__file__).parents[2]
WELCOME = ROOT / "samples/welcome.flac"
COMMAND = shutil.which("voicebridge", path=str(Path(sys.executable).parent)) or "voicebridge"
posix = pytest.mark.skipif(os.name != "posix", reason="signals, terminals and pipes as POSIX has them")

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Record = Callable[..., Path]


def test_speech_becomes_text_on_stdout_and_nothing_else_is_there(run: Run, hears_the_welcome: Callable[[str], bool]) -> None:
    done = run(str(WELCOME))

    assert hears_the_welcome(done.stdout)
    assert done.stdout.count("\n") == len(done.stdout.splitlines()) >= 2
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "codec", "settings"),
    [
        ("talk.mp4", "aac", {"rate": 44_100, "layout": "stereo", "video": True}),
        ("talk.opus", "libopus", {}),
        ("talk.mp3", "libmp3lame", {"rate": 22_050}),
        ("talk.wav", "pcm_s24le", {"rate": 96_000, "layout": "7.1"}),
        ("phone.wav", "pcm_mulaw", {"rate": 8_000}),
    ],
)
def test_every_kind_of_recording_is_understood(
    record: Record, run: Run, tmp_path: Path, name: str, codec: str, settings: dict[str, Any], hears_the_welcome: Callable[[str], bool]
) -> None:
    record(name, codec, **settings)

    done = run(name)

    assert hears_the_welcome(done.stdout), done
    assert done.returncode == 0


def test_a_recording_may_come_through_a_pipe(
    record: Record, run: Run, tmp_path: Path, environment: dict[str, str], hears_the_welcome: Callable[[str], bool]
) -> None:
    path = record("talk.mp3", "libmp3lame")
    done = subprocess.run([COMMAND, "stt", "-m", "tiny.en", "-"], input=path.read_bytes(), env=environment, capture_output=True, check=True)

    assert hears_the_welcome(done.stdout.decode())


def test_formats_are_written_beside_the_recording(run: Run, tmp_path: Path, hears_the_welcome: Callable[[str], bool]) -> None:
    shutil.copy(WELCOME, tmp_path / "welcome.flac")

    done = run("welcome.flac", "-f", "srt", "-f", "vtt", "-f", "txt", "-f", "json", "--word-timestamps")

    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr.splitlines() == [f"Wrote welcome.{each}" for each in ("srt", "vtt", "txt", "json")]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "welcome.flac", "welcome.json", "welcome.srt", "welcome.txt", "welcome.vtt",
    ]  # fmt: skip
    assert hears_the_welcome((tmp_path / "welcome.txt").read_text("utf-8"))


def test_json_follows_its_schema(run: Run) -> None:
    document = json.loads(run(str(WELCOME), "-f", "json", "-o", "-", "--word-timestamps").stdout)

    jsonschema.validate(document, json.loads((ROOT / "docs/transcript.schema.json").read_text("utf-8")))
    assert document["model"] == "whisper/tiny.en"
    assert document["duration"] == pytest.approx(7.4, abs=0.5)
    assert [word["word"] for word in document["words"]] == document["text"].split()


def test_a_folder_s_recordings_go_into_another_folder(record: Record, run: Run, tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir()
    (tmp_path / "texts").mkdir()
    shutil.copy(WELCOME, tmp_path / "talks/a.flac")
    record("talks/a.mp3", "libmp3lame")
    (tmp_path / "talks/notes.md").write_text("no recording")

    done = run("talks", "-o", "texts")

    assert done.returncode == 0
    assert sorted(path.name for path in (tmp_path / "texts").iterdir()) == ["a.flac.txt", "a.mp3.txt"]


def test_one_bad_recording_is_one_line_and_the_rest_is_done(run: Run, tmp_path: Path) -> None:
    shutil.copy(WELCOME, tmp_path / "good.flac")
    (tmp_path / "bad.wav").write_text("Dear diary,\n" * 500)

    done = run("bad.wav", "good.flac", "-f", "txt")

    assert done.returncode == 1
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["Wrote", "Error:", "1"]
    assert (tmp_path / "good.txt").exists()
    assert not (tmp_path / "bad.txt").exists()


def test_quiet_says_nothing_and_verbose_says_what_was_chosen(run: Run, tmp_path: Path) -> None:
    shutil.copy(WELCOME, tmp_path / "a.flac")

    assert run("a.flac", "-f", "txt", "--quiet").stderr == ""
    loud = run("a.flac", "-f", "txt", "--overwrite", "--verbose").stderr
    assert "whisper/tiny.en loaded in" in loud
    assert "real-time factor" in loud


def test_configuration_variables_profile_and_flags_count_in_this_order(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/config.toml").write_text(
        '[plugins.whisper]\nbeam_size = 2\n[profiles.fast.models."whisper/tiny.en"]\nbeam_size = 3\n'
    )

    def beam(*words: str, **variables: str) -> str:
        said = run(str(WELCOME), "--verbose", *words, environment=variables).stderr
        return said.partition("beam_size=")[2].split()[0]

    assert beam() == "2"
    assert beam("--profile", "fast") == "3"
    assert beam("--profile", "fast", VOICEBRIDGE_WHISPER_BEAM_SIZE="4") == "4"
    assert beam("--profile", "fast", "-O", "beam_size=1", VOICEBRIDGE_WHISPER_BEAM_SIZE="4") == "1"


@posix
def test_ctrl_c_keeps_what_was_transcribed_and_exits_130(
    record: Record, sample_at: Callable[[int], Any], tmp_path: Path, environment: dict[str, str]
) -> None:
    sound = np.concatenate([sample_at(48_000), np.zeros(48_000, np.float32)])
    record("long.flac", "flac", sound=np.tile(sound, 25))
    words = [COMMAND, "stt", "-m", "tiny.en", "long.flac", "-f", "txt"]

    started = subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    part = tmp_path / ".long.voicebridge-part"
    wait_until(lambda: part.exists() and b"short recording" in part.read_bytes(), "a sentence", started, seconds=120)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)

    assert started.returncode == 130
    assert "The transcript so far is in long.partial.txt." in said
    assert "this is a short recording" in (tmp_path / "long.partial.txt").read_text("utf-8").lower()
    assert sorted(path.name for path in tmp_path.glob("long*")) == ["long.flac", "long.partial.txt"]


@posix
def test_a_terminal_gets_a_progress_bar_and_a_pipe_none(
    tmp_path: Path, environment: dict[str, str], hears_the_welcome: Callable[[str], bool]
) -> None:
    import pty

    master, slave = pty.openpty()
    started = subprocess.Popen(
        [COMMAND, "stt", "-m", "tiny.en", str(WELCOME)],
        env={**environment, "TERM": "xterm", "COLUMNS": "120"}, stdout=subprocess.PIPE, stderr=slave, text=True,
    )  # fmt: skip
    os.close(slave)
    out, _ = started.communicate(timeout=120)
    drawn = _drain(master)

    assert hears_the_welcome(out)
    assert "welcome.flac" in drawn
    assert "0:07/0:07" in drawn
    assert "RTF " in drawn


@posix
def test_json_lines_stay_in_their_lines_on_a_narrow_terminal(environment: dict[str, str]) -> None:
    import pty

    master, slave = pty.openpty()
    started = subprocess.Popen(
        [COMMAND, "stt", "-m", "tiny.en", "--json-lines", str(WELCOME)],
        env={**environment, "TERM": "xterm", "COLUMNS": "40"}, stdout=slave, stderr=slave, text=True,
    )  # fmt: skip
    os.close(slave)
    lines = _drain(master).splitlines()
    assert started.wait(timeout=120) == 0
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert len(events) == len(lines), lines
    assert max(map(len, lines)) > 40


def _drain(master: int) -> str:
    drawn = b""
    try:
        while block := os.read(master, 65536):
            drawn += block
    except OSError:  # Linux reports the closed other end like this
        pass
    os.close(master)
    return drawn.decode("utf-8", "replace")


def test_offline_opens_no_socket(run: Run, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(
        "import sys\n"
        "def watch(event, args):\n"
        "    if event.startswith('socket.'):\n"
        "        sys.stderr.write(f'SOCKET {event}\\n')\n"
        "sys.addaudithook(watch)\n"
    )
    environment = {"PYTHONPATH": str(tmp_path / "site"), "VOICEBRIDGE_OFFLINE": ""}

    assert "SOCKET" not in run("--offline", str(WELCOME), environment=environment).stderr
    absent = run("--offline", str(WELCOME), model="small", environment=environment)
    assert "SOCKET" not in absent.stderr
    assert absent.returncode == 1


def test_offline_and_absent_is_one_error_that_names_every_place_and_the_cure(run: Run) -> None:
    done = run(str(WELCOME), model="small")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    for part in ("small", "cache", "voicebridge models download"):
        assert part in done.stderr
