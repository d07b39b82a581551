"""Run commands that users have configured: parsed like in a shell, without one, and killed together with their child processes."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def parse(command: str) -> list[str]:
    """Split a command into words, with the path of its program; empty if it contains none.

    Raises:
        ValueError: if a quotation mark is not closed.
    """
    words = shlex.split(command, posix=os.name != "nt")
    if os.name == "nt":  # Windows rules: backslashes separate folders, and quotation marks are kept
        words = [word.strip('"') for word in words]
    if not words:
        return []
    program = Path(words[0]).expanduser() if words[0].startswith("~") else words[0]
    return [shutil.which(program) or str(program), *words[1:]]


def start(words: Sequence[str], environment: Mapping[str, str], *, piped: bool = False) -> subprocess.Popen[bytes]:
    """Start a command in a group of its own; what it prints as errors is discarded, because it may quote a text.

    Args:
        words: from :func:`parse`, with further arguments.
        environment: its variables.
        piped: whether standard input and output are pipes; otherwise, they are empty.

    Raises:
        OSError: if it can't be started.
        ValueError: if a word can't be passed to it.
    """
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    stream = subprocess.PIPE if piped else subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - the user's own command
        words, stdin=stream, stdout=stream, stderr=subprocess.DEVNULL, env=environment, start_new_session=True, creationflags=flags
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a command with its child processes in the same group; the caller waits for it."""
    if sys.platform == "win32":
        command = ["taskkill", "/PID", str(process.pid), "/T", "/F"]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
