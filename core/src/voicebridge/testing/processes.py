"""Programs that a test starts and ends: servers, desktops, and windows to insert text into."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

PATIENCE = 60.0
"""Time-out in seconds for a program to start or respond."""
THOROUGH = os.environ.get("VOICEBRIDGE_TEST_THOROUGH") == "1"
"""Whether tests that interrupt something at random moments, such as with kills, repeat it as often as before a release."""

Process: TypeAlias = "subprocess.Popen[str] | subprocess.Popen[bytes]"


def need(packages: Mapping[str, str]) -> None:
    """Skip the test if a program is missing; ``packages`` names the package of each."""
    if sys.platform != "linux":
        pytest.skip("needs Linux")
    if missing := sorted({package for program, package in packages.items() if shutil.which(program) is None}):
        pytest.skip(f"needs: apt install {' '.join(missing)}")


def tell(process: Process, name: str) -> None:
    """Send a signal to a process started in its own session, and to all its children; ``name`` as in ``SIGTERM``."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, getattr(signal, name))


def end(process: Process) -> None:
    """End such a process, even if a test has frozen it."""
    tell(process, "SIGTERM")
    tell(process, "SIGCONT")
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        tell(process, "SIGKILL")
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def rest_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The rest of a process's standard output and standard error, until it ends.

    For a process from which a line was read before: ``communicate`` would lose what the stream has buffered beyond that line.
    """
    with process:
        out, err = (stream.read() if stream is not None else "" for stream in (process.stdout, process.stderr))
    return out, err


@contextmanager
def killed_after(process: Process) -> Iterator[None]:
    """Kill it at the end, so that ``with subprocess.Popen(…)`` doesn't wait forever if a test fails inside."""
    try:
        yield
    finally:
        process.kill()


def wait_until(
    reached: Callable[[], Any],
    what: str | Callable[[], object],
    process: Process | None = None,
    *,
    seconds: float = PATIENCE,
    every: float = 0.01,
) -> None:
    """Return when a condition is true; fails after a time-out, or if the process that should make it true has ended.

    Args:
        reached: the condition.
        what: describes the condition, or returns the description for the failure.
        process: the process that should make it true.
        seconds: the time-out.
        every: seconds between two checks.
    """
    until = time.monotonic() + seconds
    while not reached():
        if process is not None and process.poll() is not None:
            pytest.fail(f"waited for {what() if callable(what) else what}, and the process ended with code {process.returncode}")
        if time.monotonic() > until:
            pytest.fail(f"waited {seconds:g} s for {what() if callable(what) else what}")
        time.sleep(every)


@dataclass
class ProgramWindow:
    """A window of a program started for the test."""

    toolkit: str
    title: str
    """Unique on this desktop."""
    process: subprocess.Popen[bytes]

    def text(self) -> str:
        """Its whole text."""
        raise NotImplementedError

    def wait_for(self, text: str, seconds: float = PATIENCE) -> None:
        """Return when it contains exactly this text; otherwise fails with its text."""
        until = time.monotonic() + seconds
        while (found := self.text()) != text:
            if time.monotonic() > until:
                pytest.fail(f"after {seconds:g} s {self.toolkit} holds {found!r}, not {text!r}")
            time.sleep(0.002)

    def freeze(self) -> None:
        """Make it hang until :meth:`thaw`."""
        tell(self.process, "SIGSTOP")

    def thaw(self) -> None:
        """Let it continue."""
        tell(self.process, "SIGCONT")

    def kill(self) -> None:
        """Kill it, as in a crash."""
        tell(self.process, "SIGKILL")
        self.process.wait()

    def close(self) -> None:
        """Close the window; calling it twice is allowed."""
        if self.process.poll() is None:
            end(self.process)
