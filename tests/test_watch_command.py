"""Real recordings are added to a folder, and the real command is killed meanwhile."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from voicebridge.testing import FOX, STELLA
from voicebridge.testing.processes import PATIENCE, THOROUGH, killed_after

COMMAND = shutil.which("voicebridge", path=str(Path(sys.executable).parent)) or "voicebridge"
WORDS = ("-m", "tiny.en", "-l", "en", "-O", "beam_size=1", "-f", "txt", "-f", "json")
KILLS = 6 if THOROUGH else 3


def watch(folder: Path, home: Path, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {"VOICEBRIDGE_HOME": str(home), "VOICEBRIDGE_OFFLINE": "1"}
    return subprocess.Popen([COMMAND, "watch", str(folder), *words], env=environment, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_speech_that_is_dropped_is_transcribed_once_though_the_command_is_killed_again_and_again(record, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    chance = random.Random(seed := random.randrange(1_000_000))
    print(f"seed {seed}")  # noqa: T201
    folder, home = tmp_path / "drop", tmp_path / "home"
    folder.mkdir()
    fox, stella = FOX.at(48_000), STELLA.at(48_000)
    pause = np.zeros(24_000, np.float32)
    sounds = {"fox.wav": fox, "stella.mp3": stella, "both.wav": np.concatenate([fox, pause, stella])}
    for name, sound in sounds.items():
        made = record(name, "mp3" if name.endswith("mp3") else "pcm_s16le", sound=sound)
        shutil.move(made, folder / name)
    for _ in range(KILLS):
        with watch(folder, home, *WORDS) as process, killed_after(process):
            end = time.monotonic() + PATIENCE
            while not any(path.name.endswith("-part") for path in folder.iterdir()) and process.poll() is None and time.monotonic() < end:
                if sum(name.endswith(".json") for name in names(folder)) == len(sounds):
                    break
                time.sleep(0.01)
            time.sleep(chance.uniform(0.0, 1.0))
            process.kill()
            process.communicate()
    code, said = finish(watch(folder, home, *WORDS, "--once"))
    assert code == 0, said
    assert names(folder) == sorted(each for name in sounds for each in (name, f"{Path(name).stem}.txt", f"{Path(name).stem}.json"))
    for name in sounds:
        text = (folder / f"{Path(name).stem}.txt").read_text().lower()
        assert ("fox" in text) == ("stella" not in name)
        assert ("stella" in text) == ("fox" not in name)
        segments = json.loads((folder / f"{Path(name).stem}.json").read_text())["segments"]
        starts = [segment["start"] for segment in segments]
        assert starts == sorted(set(starts))
    written = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert finish(watch(folder, home, *WORDS, "--once")) == (0, "")
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == written


def test_it_transcribes_what_is_dropped_while_it_runs_and_ends_on_ctrl_c(record, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "drop"
    folder.mkdir()
    made = record("fox.wav", "pcm_s16le", sound=FOX.at(48_000))
    with watch(folder, tmp_path / "home", *WORDS) as process, killed_after(process):
        assert process.stderr is not None
        assert process.stderr.readline() == f"Watching {folder}. Press Ctrl-C to stop.\n"
        shutil.copy(made, folder / "fox.wav")
        assert process.stderr.readline() == f"Wrote {folder / 'fox.txt'}\n"
        assert process.stderr.readline() == f"Wrote {folder / 'fox.json'}\n"
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        assert finish(process)[0] == 130
    assert "fox" in (folder / "fox.txt").read_text()
