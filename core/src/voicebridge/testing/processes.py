"""Programs of the test machine that a test starts and ends: servers, desktops, and windows that text can be inserted into."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

PATIENCE = 60.0
"""Seconds that a program may take to come up, or to do as it is told."""

Process: TypeAlias = "subprocess.Popen[str] | subprocess.Popen[bytes]"


def need(packages: Mapping[str, str]) -> None:
    """Skip the test where a program is missing; ``packages`` names the package that brings each."""
    if sys.platform != "linux":
        pytest.skip("needs Linux")
    if missing := sorted({package for program, package in packages.items() if shutil.which(program) is None}):
        pytest.skip(f"needs: apt install {' '.join(missing)}")


def tell(process: Process, name: str) -> None:
    """Send a signal to a process that was started in a session of its own, and to all that it has started; ``name`` as in ``SIGTERM``."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, getattr(signal, name))


def end(process: Process) -> None:
    """End such a process, even one that a test has frozen."""
    tell(process, "SIGTERM")
    tell(process, "SIGCONT")
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        tell(process, "SIGKILL")
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def wait_until(
    reached: Callable[[], Any],
    what: str | Callable[[], object],
    process: Process | None = None,
    *,
    seconds: float = PATIENCE,
    every: float = 0.01,
) -> None:
    """Return once it is so; fails when it is not in time, or the process that is to bring it about has ended.

    Args:
        reached: whether it is so.
        what: what is waited for, or gives that when it has not come.
        process: what is to bring it about.
        seconds: how long is waited.
        every: seconds between two looks.
    """
    until = time.monotonic() + seconds
    while not reached():
        if process is not None and process.poll() is not None:
            pytest.fail(f"waited for {what() if callable(what) else what}, and the process ended with code {process.returncode}")
        if time.monotonic() > until:
            pytest.fail(f"waited {seconds:g} s for {what() if callable(what) else what}")
        time.sleep(every)


@dataclass
class Window:
    """A window of a program that was started for it."""

    toolkit: str
    title: str
    """No other window of this desktop has it."""
    process: subprocess.Popen[bytes]

    def text(self) -> str:
        """All that stands in it."""
        raise NotImplementedError

    def wait_for(self, text: str, seconds: float = PATIENCE) -> None:
        """Return once it holds exactly this text; fails with what it holds instead."""
        until = time.monotonic() + seconds
        while (found := self.text()) != text:
            if time.monotonic() > until:
                pytest.fail(f"after {seconds:g} s {self.toolkit} holds {found!r}, not {text!r}")
            time.sleep(0.002)

    def freeze(self) -> None:
        """Have it hang, until :meth:`thaw`."""
        tell(self.process, "SIGSTOP")

    def thaw(self) -> None:
        """Let it go on."""
        tell(self.process, "SIGCONT")

    def kill(self) -> None:
        """Take it away, as a crash does."""
        tell(self.process, "SIGKILL")
        self.process.wait()

    def close(self) -> None:
        """Close the window; twice does no harm."""
        if self.process.poll() is None:
            end(self.process)
