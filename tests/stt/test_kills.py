"""Runs that are killed at random moments."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from voicebridge.testing import FOX, STELLA
from voicebridge.testing.processes import THOROUGH, killed_after

COMMAND = shutil.which("voicebridge", path=str(Path(sys.executable).parent)) or "voicebridge"
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


KILLS, CHAINS = (50, 2) if THOROUGH else (8, 1)


@posix
@pytest.mark.timeout(900)
def test_kills_at_random_moments_change_nothing(record: Callable[..., Path], tmp_path: Path) -> None:
    """The real command on real speech is killed repeatedly until it finishes, and then starts again."""
    chance = random.Random(seed := random.randrange(1_000_000))
    print(f"seed {seed}")  # noqa: T201
    sentences = [FOX.at(48_000), STELLA.at(48_000)]
    pauses = [np.zeros(int(chance.uniform(0.3, 6.0) * 48_000), np.float32) for _ in range(8)]
    sound = np.concatenate([part for n, pause in enumerate(pauses) for part in (sentences[n % 2], pause)])
    chains = [_Chain(record("talk.wav", "pcm_s16le", sound=sound), tmp_path / f"chain{n}", chance.random()) for n in range(CHAINS)]

    began = time.monotonic()
    with ThreadPoolExecutor(CHAINS) as threads:
        ends = sum(threads.map(_Chain.run, chains))
    print(f"{KILLS} kills, {ends} transcripts, {time.monotonic() - began:.0f} s")  # noqa: T201


class _Chain:
    """A recording that is transcribed repeatedly, with kills."""

    words: ClassVar = [COMMAND, "stt", "-m", "tiny.en", "-O", "beam_size=1", "talk.wav", "-f", "txt", "-f", "srt", "-f", "json", "--resume"]

    def __init__(self, talk: Path, folder: Path, seed: float) -> None:
        folder.mkdir()
        shutil.copy2(talk, folder)
        self._folder = folder
        self._log = folder / ".talk.voicebridge-part"
        self._chance = random.Random(seed)
        self._environment = os.environ | {"VOICEBRIDGE_HOME": str(folder / "home"), "VOICEBRIDGE_OFFLINE": "1"}

    def run(self) -> int:
        """Kill it until the chain's share of kills is reached, and return the number of finished transcripts."""
        began = time.monotonic()
        assert not self._is_killed(lambda process: None)
        took = time.monotonic() - began
        whole = self._contents()
        assert sorted(whole) == ["talk.json", "talk.srt", "talk.txt", "talk.wav"]
        assert len(json.loads(whole["talk.json"])["segments"]) >= 5  # enough for kills between them; how many varies

        kills = ends = 0
        while kills < KILLS // CHAINS:
            for name in ("talk.txt", "talk.srt", "talk.json"):
                (self._folder / name).unlink()
            while self._is_killed(self._wait_for_any_moment(took) if kills < KILLS // CHAINS else lambda process: None):
                kills += 1
            ends += 1
            assert self._contents() == whole
        return ends

    def _contents(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._folder.iterdir() if path.is_file()}

    def _is_killed(self, wait: Callable[[subprocess.Popen[bytes]], object]) -> bool:
        """Start the command, wait, and kill it unless it has finished; if ``wait`` raises no timeout, wait for the end."""
        with (
            subprocess.Popen(self.words, cwd=self._folder, env=self._environment, stderr=subprocess.PIPE) as process,
            killed_after(process),
        ):
            try:
                wait(process)
            except subprocess.TimeoutExpired:
                process.kill()
                return process.wait() == -signal.SIGKILL
            said = process.communicate(timeout=300)[1].decode()
            assert process.returncode == 0, said
            return False

    def _wait_for_any_moment(self, took: float) -> Callable[[subprocess.Popen[bytes]], object]:
        if self._chance.random() < 0.25:  # anywhere, most likely during start-up
            return lambda process: process.wait(self._chance.uniform(0, took))

        def wait(process: subprocess.Popen[bytes]) -> None:  # around one of the next few steps
            steps = self._steps() + self._chance.randint(1, 5)
            while process.poll() is None and self._steps() < steps:
                time.sleep(0.002)
            process.wait(self._chance.uniform(0, 0.05))

        return wait

    def _steps(self) -> int:
        try:
            return self._log.read_bytes().count(b"\n")
        except FileNotFoundError:
            return 0
