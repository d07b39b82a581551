"""One daemon per user, regardless of what a killed one left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from voicebridge import paths
from voicebridge.daemon.instance import Instance, running_pid
from voicebridge.errors import UnavailableError, UsageError

pytestmark = pytest.mark.usefixtures("home")
HOLD = "import sys\nfrom voicebridge.daemon.instance import Instance\nwith Instance():\n    print('held', flush=True)\n    sys.stdin.read()"


@contextmanager
def another() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that is the daemon."""
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == b"held"
            yield process
        finally:
            process.kill()


def test_nobody_runs_at_first() -> None:
    assert running_pid() is None


def test_it_is_known_while_it_runs_and_not_afterwards() -> None:
    with Instance():
        assert running_pid() == os.getpid()
    assert running_pid() is None
    assert not (paths.runtime_dir() / "daemon.lock").exists()


def test_a_second_one_is_refused_with_the_number_of_the_first() -> None:
    with (
        another() as process,
        pytest.raises(UsageError, match=rf"\(PID {process.pid}\)\. Stop it first: voicebridge daemon stop"),
        Instance(),
    ):
        pass


def test_a_killed_one_is_no_hindrance() -> None:
    with another() as process:
        assert running_pid() == process.pid
        process.kill()
        process.wait()
        assert (paths.runtime_dir() / "daemon.lock").exists()
        assert running_pid() is None
        with Instance():
            assert running_pid() == os.getpid()


def test_whoever_looks_keeps_nobody_from_starting() -> None:
    look = "from voicebridge.daemon.instance import running_pid\nprint('looks', flush=True)\nwhile True:\n    running_pid()"
    with subprocess.Popen([sys.executable, "-c", look], stdout=subprocess.PIPE) as looking:
        try:
            assert looking.stdout is not None
            assert looking.stdout.readline().strip() == b"looks"
            for _ in range(50):
                with Instance():
                    pass
        finally:
            looking.kill()


def test_a_place_that_cannot_be_written_is_told_with_the_remedy(home: Path) -> None:
    (home / "runtime").write_text("in the way", encoding="utf-8")
    with pytest.raises(UnavailableError, match="VOICEBRIDGE_HOME"), Instance():
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_the_lock_is_for_the_user_alone() -> None:
    with Instance():
        assert (paths.runtime_dir() / "daemon.lock").stat().st_mode & 0o077 == 0
        assert paths.runtime_dir().stat().st_mode & 0o077 == 0
