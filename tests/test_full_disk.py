"""On a full disk, every command reports this in one line, also if standard output is a file on it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
@pytest.mark.parametrize(
    "words",
    ["--help", "--version", "config show", "config path", "voices", "models --json", "plugins", "doctor", "stt --help"],
)
def test_a_full_standard_output_is_one_clear_line(command: str, environment: dict[str, str], words: str) -> None:
    with FULL.open("wb", buffering=0) as full:
        done = subprocess.run([command, *words.split()], env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr == "Error: Standard output can't be written: No space left on device. Free some disk space, or redirect it elsewhere.\n"
    )


@pytest.mark.parametrize("words", ["daemon run", "daemon start", "config set stt.word_timestamps true", "vocabulary add Kubernetes"])
def test_a_full_home_is_one_clear_line(command: str, environment: dict[str, str], full_disk: Path, words: str) -> None:
    done = subprocess.run(
        [command, *words.split()],
        env={**environment, "VOICEBRIDGE_HOME": str(full_disk)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "can't be written: No space left on device." in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(full_disk.rglob("daemon.lock"))
