from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

FUZZ = Path(__file__).with_name("fuzz_media.py")
KINDS = [
    ("a.wav", "pcm_s16le", 16_000), ("b.wav", "adpcm_ima_wav", 16_000), ("c.mp3", "libmp3lame", 22_050), ("d.opus", "libopus", 48_000),
    ("e.flac", "flac", 44_100), ("f.m4a", "aac", 44_100), ("g.mkv", "aac", 16_000), ("h.webm", "libopus", 48_000),
    ("i.avi", "pcm_s16le", 16_000), ("j.amr", "libopencore_amrnb", 8_000), ("k.3gp", "aac", 16_000), ("l.aiff", "pcm_s16be", 16_000),
    ("m.caf", "pcm_s16le", 16_000), ("n.aac", "aac", 16_000), ("o.ts", "mp2", 32_000), ("p.oga", "flac", 16_000),
    ("q.ac3", "ac3", 48_000), ("r.w64", "pcm_s24le", 16_000),
]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 1001])
def test_no_damage_to_a_recording_crashes_hangs_or_fills_the_memory(record: Callable[..., Path], tmp_path: Path, seed: int) -> None:
    sound = (np.random.default_rng(0).standard_normal(48_000 * 3) * 0.1).astype(np.float32)
    (tmp_path / "media").mkdir()
    for name, codec, rate in KINDS:
        record(f"media/{name}", codec, rate, sound=sound)

    done = subprocess.run(
        [sys.executable, str(FUZZ), str(tmp_path / "media"), "250", str(seed)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    last = done.stdout.splitlines()[-1:]
    assert done.returncode == 0, f"seed {last}, exit {done.returncode}: {done.stderr[-2000:]}"
    assert done.stderr == ""  # the libraries print nothing
    ended = Counter(line.split()[1] for line in done.stdout.splitlines())
    assert ended["read"] > 50  # the damage is not so heavy that only rejection is tested
    assert ended["refused"] > 20
