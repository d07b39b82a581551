from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.audio.pcm import to_pcm
from voicebridge.audio.spool import BLOCK, Spool
from voicebridge.errors import OutputError

RATE = 16_000


def sound(samples: int, seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).uniform(-1, 1, samples).astype(np.float32)


def content(spool: Spool, start: int = 0) -> bytes:
    return b"".join(map(to_pcm, spool.read(start)))


def test_what_was_added_is_read_from_any_sample(tmp_path: Path) -> None:
    spool = Spool(tmp_path / ".spool", RATE)
    said = sound(3 * BLOCK + 17)
    for at in range(0, len(said), 10_000):
        spool.append(said[at : at + 10_000])
    assert spool.samples == len(said)
    assert content(spool) == to_pcm(said)
    assert content(spool, 12_345) == to_pcm(said[12_345:])
    assert content(spool, len(said)) == b""
    assert max(len(block) for block in spool.read()) == BLOCK
    spool.close()
    spool.close()


def test_it_goes_on_where_another_left_it_and_drops_half_a_sample(tmp_path: Path) -> None:
    with (tmp_path / ".spool").open("wb") as file:
        file.write(to_pcm(sound(100)) + b"x")
    spool = Spool(tmp_path / ".spool", RATE)
    assert spool.samples == 100
    spool.append(sound(50, seed=1))
    assert content(spool) == to_pcm(sound(100)) + to_pcm(sound(50, seed=1))
    spool.close()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 500)), max_size=20))
def test_it_holds_what_was_added_and_not_cut(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int]]) -> None:
    path = tmp_path_factory.mktemp("spool") / ".spool"
    spool, expected = Spool(path, RATE), b""
    for adds, samples in steps:
        if adds:
            spool.append(sound(samples, seed=samples))
            expected += to_pcm(sound(samples, seed=samples))
        else:
            spool.cut(samples)
            expected = expected[: 2 * samples]
        assert spool.samples == len(expected) // 2
    assert content(spool) == expected == path.read_bytes()
    spool.sync()
    spool.close()
    shutil.rmtree(path.parent)


def test_what_is_added_while_it_is_read_comes_too(tmp_path: Path) -> None:
    spool = Spool(tmp_path / ".spool", RATE)
    spool.append(sound(10))
    blocks = spool.read()
    first = next(blocks)
    spool.append(sound(20, seed=1))
    assert [len(first), *(len(block) for block in blocks)] == [10, 20]
    spool.close()


def test_removing_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / ".spool", RATE)
    spool.append(sound(10))
    spool.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_was_added_outlives_a_killed_process(tmp_path: Path) -> None:
    code = (
        "import os, sys, numpy, pathlib\nfrom voicebridge.audio.spool import Spool\n"
        "spool = Spool(pathlib.Path(sys.argv[1]), 16000)\nspool.append(numpy.full(1000, 0.5, 'float32'))\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / ".spool"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / ".spool").read_bytes() == to_pcm(np.full(1000, 0.5, np.float32))


def test_a_folder_that_is_missing_is_one_line_about_the_target(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"^.*book\.m4b can't be written: the folder .* does not exist"):
        Spool(tmp_path / "gone/.spool", RATE, target=tmp_path / "gone/book.m4b")


def test_a_spool_that_somebody_else_cut_is_told(tmp_path: Path) -> None:
    spool = Spool(tmp_path / ".spool", RATE)
    spool.append(sound(10))
    os.truncate(tmp_path / ".spool", 6)
    with pytest.raises(OutputError, match="another program truncated"):
        list(spool.read())
    spool.close()


def test_on_a_full_disk_nothing_is_added_and_the_rest_stays(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(full)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs to mount a small file system: run as root on Linux")
    try:
        spool = Spool(full / ".spool", RATE, target=full / "book.wav")
        spool.append(sound(10_000))
        with pytest.raises(OutputError, match=r"book\.wav can't be written: No space left on device"):
            spool.append(sound(60_000))
        assert spool.samples == 10_000
        assert content(spool) == to_pcm(sound(10_000))
        spool.close()
    finally:
        subprocess.run(["umount", full], check=True)
