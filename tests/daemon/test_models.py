"""``voicebridge stt`` and ``tts`` with the models of a running daemon: real models, the installed command, and SIGKILL during jobs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from voicebridge.testing.processes import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
CALL = Path(__file__).parents[1] / "recordings/call.opus"
Voicebridge = Callable[..., subprocess.CompletedProcess[str]]


def test_recordings_are_transcribed_with_the_daemon_s_model_and_as_without_it(
    daemon_status: Callable[[], dict[str, Any]], voicebridge: Voicebridge, record: Callable[..., Path], tmp_path: Path
) -> None:
    clips = [record("one.wav", "pcm_s16le").name, record("two.flac", "flac").name, record("three.mp3", "libmp3lame").name]
    for folder in ("here", "there", "together"):
        (tmp_path / folder).mkdir()
    files = [*clips, "-m", "tiny.en", "-f", "txt", "-f", "json", "--word-timestamps", "-v"]
    one_by_one = ("-j", "1")  # concurrent recordings share batches, whose results depend on their composition
    here = voicebridge("stt", *files, *one_by_one, "-o", "here", "--no-daemon")
    there = voicebridge("stt", *files, *one_by_one, "-o", "there")
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert "Transcribed by the daemon with whisper/tiny.en" in there.stderr
    assert "Transcribed by the daemon" not in here.stderr
    assert (tmp_path / "there/one.txt").read_text().startswith("Welcome")
    names = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert len(names) == 6
    assert [(tmp_path / "there" / name).read_bytes() for name in names] == [(tmp_path / "here" / name).read_bytes() for name in names]
    assert voicebridge("stt", *files, "-o", "together", "-j", "3").returncode == 0
    texts = [name for name in names if name.endswith("txt")]
    assert [(tmp_path / "together" / name).read_text() for name in texts] == [(tmp_path / "here" / name).read_text() for name in texts]
    [model] = daemon_status()["models"]
    assert (model["model"], model["busy"], model["problem"]) == ("whisper/tiny.en", 0, "")
    assert model["memory"] > 50_000_000


def test_filters_run_with_the_daemon_as_without_it(
    daemon_status: Callable[[], dict[str, Any]], voicebridge: Voicebridge, record: Callable[..., Path]
) -> None:
    assert daemon_status()["models"] == []
    record("one.wav", "pcm_s16le")
    assert voicebridge("config", "set", "filters.command", "tr a-z A-Z").returncode == 0
    assert voicebridge("config", "set", "filters.stages", "transcript").returncode == 0
    assert voicebridge("daemon", "reload").returncode == 0
    words = ["stt", "one.wav", "-m", "tiny.en", "-v"]
    here, there, plain = voicebridge(*words, "--no-daemon"), voicebridge(*words), voicebridge(*words, "--no-filters")
    assert (here.returncode, there.returncode, plain.returncode) == (0, 0, 0), there.stderr
    assert "Transcribed by the daemon with whisper/tiny.en" in there.stderr
    assert there.stdout.startswith("WELCOME")
    assert there.stdout == here.stdout == plain.stdout.upper()


def test_the_channels_of_a_call_are_heard_with_the_daemon_as_without_it(
    daemon_status: Callable[[], dict[str, Any]], voicebridge: Voicebridge
) -> None:
    words = ["stt", str(CALL), "-m", "tiny.en", "--channels", "Agent,Caller", "-v"]
    here, there = voicebridge(*words, "--no-daemon"), voicebridge(*words)
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert here.stdout.startswith("Caller: Go forward")
    assert "\nAgent: He was" in here.stdout
    assert there.stdout == here.stdout
    assert "Transcribed by the daemon with whisper/tiny.en" in there.stderr


@pytest.mark.parametrize("how", [[], ["--channels", "each"]], ids=["channels mixed", "each channel by itself"])
def test_a_command_that_the_daemon_serves_imports_neither_numpy_nor_ffmpeg_nor_pydantic_nor_a_plugin(
    how: list[str], daemon_status: Callable[[], dict[str, Any]], voicebridge: Voicebridge, record: Callable[..., Path], tmp_path: Path,
    environment: dict[str, str],
) -> None:  # fmt: skip
    record("one.wav", "pcm_s16le", layout="stereo")
    imported = tmp_path / "imported"
    script = (
        "import atexit, os, sys; from voicebridge.cli.app import main; end = os._exit\n"
        f"def noted(code): open({str(imported)!r}, 'w').write(chr(10).join(sys.modules)); end(code)\n"
        "os._exit = noted; main()"
    )
    words = ["stt", "one.wav", "-m", "tiny.en", "-l", "en", "-f", "txt", "-f", "srt", "-O", "beam_size=3", "-q", *how]
    subprocess.run([sys.executable, "-c", script, *words], cwd=tmp_path, env=environment, check=True)
    names = set(imported.read_text().splitlines())
    assert "voicebridge.cli.stt.run" in names
    assert not names & {"numpy", "av", "pydantic", "pluggy", "voicebridge.runtime.registry", "voicebridge.runtime.config"}
    assert not [name for name in names if name.startswith("voicebridge_")]
    assert (tmp_path / "one.srt").read_text()
    [model] = daemon_status()["models"]
    assert model["model"] == "whisper/tiny.en"


@pytest.mark.parametrize("change", ["file", "profile", "variable"])
def test_a_configuration_that_the_daemon_has_not_read_decides_all_the_same(
    change: str, daemon_status: Callable[[], dict[str, Any]], voicebridge: Voicebridge, record: Callable[..., Path], tmp_path: Path,
    environment: dict[str, str],
) -> None:  # fmt: skip
    record("one.wav", "pcm_s16le")
    written, key = Path(environment["VOICEBRIDGE_HOME"], "config.toml"), "format_of_nothing"
    more: list[str] = []
    if change == "file":
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(f"[stt]\n{key} = 1\n")
    elif change == "profile":
        more = ["--profile", key]
    else:
        environment["VOICEBRIDGE_STT_MODEL"] = key
    refused = voicebridge(*more, "stt", "one.wav")
    assert refused.returncode == 2, refused.stderr
    assert key in refused.stderr
    if change == "file":
        written.unlink()
    environment.pop("VOICEBRIDGE_STT_MODEL", None)


def test_a_text_is_spoken_with_the_daemon_s_voice_and_as_without_it(
    daemon_status: Callable[[], dict[str, Any]], voicebridge: Voicebridge, tmp_path: Path
) -> None:
    words = ["tts", "One sentence. And another one, which is longer.", "-m", "joe", "--seed", "1"]
    assert voicebridge(*words, "-o", "there.wav").returncode == 0
    assert [each["kind"] for each in daemon_status()["models"]] == ["tts"]
    assert voicebridge(*words, "-o", "here.wav", "--no-daemon").returncode == 0
    assert (tmp_path / "there.wav").read_bytes() == (tmp_path / "here.wav").read_bytes()


def test_a_wrong_option_and_a_broken_file_are_told_as_without_a_daemon(
    daemon_status: Callable[[], dict[str, Any]], voicebridge: Voicebridge, tmp_path: Path
) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    for words in (["stt", "broken.wav", "-m", "tiny.en"], ["stt", "broken.wav", "-m", "tiny.en", "-O", "beam=3"]):
        there, here = voicebridge(*words), voicebridge(*words, "--no-daemon")
        assert (there.returncode, there.stderr) == (here.returncode, here.stderr)


@pytest.mark.parametrize("victim", ["daemon", "worker"])
def test_who_is_killed_in_the_middle_costs_no_word(
    victim: str, daemon_status: Callable[[], dict[str, Any]], voicebridge: Voicebridge, record: Callable[..., Path],
    sample_at: Callable[[int], Any], tmp_path: Path, environment: dict[str, str], command: str,
) -> None:  # fmt: skip
    import numpy as np

    record("long.wav", "pcm_s16le", sound=np.tile(sample_at(48_000), 8))
    words = ["long.wav", "-m", "tiny.en", "--json-lines"]
    whole = voicebridge("stt", *words, "--no-daemon").stdout
    with (tmp_path / "lines").open("wb") as lines:
        process = subprocess.Popen([command, "stt", *words], cwd=tmp_path, env=environment, stdout=lines, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: (tmp_path / "lines").read_bytes().count(b"\n") > 3, "the first segments", process)
    found = daemon_status()
    workers = [model["pid"] for model in found["models"]]
    os.kill(found["pid"] if victim == "daemon" else workers[0], signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == 0, told
    assert _segments((tmp_path / "lines").read_text()) == _segments(whole)
    if victim == "daemon":
        assert "The daemon stopped. Loading whisper/tiny.en here to continue." in told
        wait_until(lambda: not any(map(psutil.pid_exists, workers)), "its workers to end")
    else:
        assert "The daemon stopped" not in told


def _segments(lines: str) -> list[dict[str, Any]]:
    return [said for said in map(json.loads, lines.splitlines()) if "text" in said]
