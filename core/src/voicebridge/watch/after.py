"""What follows when a file is done: the user's command, and moving the file away."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from voicebridge.errors import cannot_write
from voicebridge.sinks.files import fitting, settle

_LOOK_UP = 0.05
"""Seconds between two looks at whether a command is to be stopped."""


@dataclass(frozen=True)
class Attempt:
    """One start of the command for a file.

    A process that is killed while the command runs, or just after, can't know whether the command did its work, so the next one starts
    it again: at least once. With the mark a command makes that exactly once.
    """

    id: str
    """The same at every attempt for a file with one content."""
    number: int
    """From 1."""
    folder: Path
    """Where marks are."""

    @property
    def mark(self) -> Path:
        """The file that the command may make once its work is done: while it is there, the command is not started again."""
        return self.folder / self.id

    @property
    def is_marked(self) -> bool:
        """Whether an earlier attempt did its work."""
        return self.number > 1 and self.mark.exists()

    def prepare(self) -> None:
        """See that the command can make the mark, and that none is there.

        Raises:
            OutputError: when that is not to be had.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.forget()
        except OSError as error:
            raise cannot_write(self.mark, error) from error

    def forget(self) -> None:
        """Remove the mark."""
        self.mark.unlink(missing_ok=True)

    def environment(self) -> dict[str, str]:
        """What the command is given of it."""
        return {"VOICEBRIDGE_JOB": self.id, "VOICEBRIDGE_ATTEMPT": str(self.number), "VOICEBRIDGE_MARK": str(self.mark)}


def run_command(command: str, done: Path, outputs: Sequence[Path], attempt: Attempt, seconds: float, stop: Event) -> str | None:
    """Run the user's command, and give what went wrong as a sentence.

    The command is split into words as a shell would, and no shell is started. It gets the file and what was written as further words, and
    as ``WATCHED_FILE`` and ``WATCHED_OUTPUTS``, with the system's path separator between several.

    Args:
        command: what the user configured.
        done: the file that is done.
        outputs: what was written.
        attempt: which start of the command this is; it is told by variables.
        seconds: after this long it is killed, with the processes that it started, as far as they stayed in its group.
        stop: when this is set, it is killed as well.

    Raises:
        InterruptedError: when it was stopped.
    """
    try:
        words = _words(command)
    except ValueError:
        return f"The command {command!r} can't be read: a quotation mark is never closed, or it is empty."
    name = Path(words[0]).name
    watched = {"WATCHED_FILE": str(done), "WATCHED_OUTPUTS": os.pathsep.join(map(str, outputs))}
    environment = {**os.environ, **watched, **attempt.environment()}
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            [*words, str(done), *map(str, outputs)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
            creationflags=flags,
        )
    except (OSError, ValueError) as error:
        return f"The command {name} can't be started: {getattr(error, 'strerror', None) or error}. Check it in the configuration."
    until = time.monotonic() + seconds
    while process.returncode is None and time.monotonic() < until and not stop.is_set():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_UP)
    if process.returncode is None:
        _kill(process)
        process.wait()
        if stop.is_set():
            raise InterruptedError
        return f"The command {name} took longer than {seconds:g} s and was stopped: command_seconds gives it more."
    return f"The command {name} failed with code {process.returncode}: try it in a terminal." if process.returncode else None


def move_away(done: Path, folder: Path) -> Path:
    """Move a file into a folder, under a name that nothing has there, and say where it is.

    Raises:
        OutputError: when it can't be moved; it is then where it was.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = _free(folder, done)
        try:
            os.link(done, target)  # which replaces nothing
        except FileExistsError:
            raise
        except OSError:  # another file system, or one without links
            temporary = target.with_name(fitting(f".{target.name}", ".voicebridge-new"))
            shutil.copy2(done, temporary)
            settle(temporary, target)
        done.unlink()
    except OSError as error:
        raise cannot_write(folder / done.name, error) from error
    return target


def _free(folder: Path, done: Path) -> Path:
    target, number = folder / done.name, 1
    while target.exists():
        if _is_same(target, done):  # moved before, and not yet removed
            target.unlink()
            break
        number += 1
        target = folder / f"{done.stem}-{number}{done.suffix}"
    return target


def _is_same(one: Path, other: Path) -> bool:
    if one.samefile(other):
        return True
    if one.stat().st_size != other.stat().st_size:
        return False
    import filecmp

    return filecmp.cmp(one, other, shallow=False)


def _words(command: str) -> list[str]:
    words = shlex.split(command, posix=os.name != "nt")
    if os.name == "nt":  # where a backslash parts folders, and quotation marks are left on
        words = [word.strip('"') for word in words]
    if not words:
        raise ValueError(command)
    program = Path(words[0]).expanduser() if words[0].startswith("~") else words[0]
    return [shutil.which(program) or str(program), *words[1:]]


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        command = ["taskkill", "/PID", str(process.pid), "/T", "/F"]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
