"""Partial files of killed processes are deleted at the next start, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import psutil
from voicebridge import AudioChunk
from voicebridge.runtime import configfile
from voicebridge.tts.voices.store import VoiceStore, user_voices

CLIENT = "import sys; from voicebridge.cli.app import main; sys.argv[0] = 'voicebridge'; main()"


def number_of_nobody() -> int:
    return next(number for number in range(40_000, 1 << 22) if not psutil.pid_exists(number))


def killed(home: Path, code: str) -> None:
    """Run Python code that ends like a process killed with SIGKILL."""
    done = subprocess.run([sys.executable, "-c", f"import os; {code}"], env={**os.environ, "VOICEBRIDGE_HOME": str(home)}, check=False)
    assert done.returncode == 9


def test_a_configuration_that_was_being_written_when_the_process_died_is_swept_at_the_next_start(home: Path) -> None:
    killed(
        home,
        "from pathlib import Path; from voicebridge.runtime import configfile; os.fsync = lambda _: os._exit(9); "
        f"configfile.write(Path({str(home / 'config.toml')!r}), {{}})",
    )
    assert [path.name.startswith(".config-") for path in home.iterdir()] == [True]
    subprocess.run([sys.executable, "-c", CLIENT, "plugins"], env=dict(os.environ), capture_output=True, check=True)
    assert not list(home.glob(".config-*"))


def test_a_voice_that_was_being_kept_when_the_process_died_is_swept_at_the_next_start(home: Path) -> None:
    killed(
        home,
        "from datetime import date; import numpy as np; from voicebridge import AudioChunk; "
        "from voicebridge.tts.voices.store import user_voices; "
        "os.fsync = lambda _: os._exit(9); user_voices().add('mine', AudioChunk(np.zeros(9, 'f4'), 16000), date.today())",
    )
    assert [path.name.startswith(".mine.") for path in (home / "data/voices").iterdir()] == [True]
    assert user_voices().names() == []
    assert not list((home / "data/voices").iterdir())


def test_what_a_process_that_runs_is_writing_stays_and_so_does_all_else(home: Path) -> None:
    nobody, ours = number_of_nobody(), os.getpid()
    (voices := home / "data/voices").mkdir(parents=True)
    VoiceStore(voices).add("mine", AudioChunk(np.zeros(9, np.float32), 16_000), date(2026, 1, 1))
    stays = [
        home / f".config-{ours}-abc.toml",
        home / ".config-notes.txt",
        home / "config.toml.bak",
        voices / f".other.{ours}",
        voices / ".DS_Store",
    ]
    goes = [home / ".config-x1y2z3.toml", home / f".config-{nobody}-abc.toml", voices / f".other.{nobody}"]
    for path in (*stays, *goes):
        path.touch()
    configfile.sweep(home / "config.toml")
    assert user_voices().names() == ["mine"]
    assert [path for path in (*stays, *goes) if path.exists()] == stays
