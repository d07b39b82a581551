"""Follow-up actions for a processed file: the user's command, and moving the file."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from voicebridge import paths, user_commands
from voicebridge.errors import cannot_write
from voicebridge.files.atomic import fitting, settle
from voicebridge.journal.ledger import DONE, WRITTEN, Ledger, storable
from voicebridge.watch.choose import WatchedFolder
from voicebridge.watch.decide import Decider, FileJob
from voicebridge.watch.settling import stamp

_LOOK_UP = 0.05
"""Seconds between two checks whether a command is to be stopped."""


@dataclass(frozen=True)
class Callbacks:
    """Receives messages from a worker."""

    tell: Callable[[str], None]
    """A success."""
    complain: Callable[[str], None]
    """An error."""
    emit: Callable[..., None]
    """Tells plugins about an event: called with its name, and its details by name."""


@dataclass(frozen=True)
class Attempt:
    """An attempt to run the command for a file.

    If a process is killed while the command runs, or just after, it is unknown whether the command succeeded, so the next process runs it
    again: at least once. With the mark, a command makes this exactly once.
    """

    id: str
    """The same for every attempt for a file with the same content."""
    number: int
    """From 1."""
    folder: Path
    """The folder of marks."""

    @property
    def mark(self) -> Path:
        """The file that the command may create at its end: while it exists, the command is not run again."""
        return self.folder / self.id

    @property
    def is_marked(self) -> bool:
        """Whether an earlier attempt succeeded."""
        return self.number > 1 and self.mark.exists()

    def prepare(self) -> None:
        """Make sure that the command can create the mark, and that there is none.

        Raises:
            OutputError: if that is not possible.
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
        """The environment variables for the command."""
        return {"VOICEBRIDGE_JOB": self.id, "VOICEBRIDGE_ATTEMPT": str(self.number), "VOICEBRIDGE_MARK": str(self.mark)}


class FollowUp:
    """Runs the follow-up actions for the files of one watched folder."""

    def __init__(self, folder: WatchedFolder, ledger: Ledger, decider: Decider, callbacks: Callbacks, stopping: Event) -> None:
        """Prepare; a running command is stopped when ``stopping`` is set."""
        self._folder, self._ledger, self._decider, self._callbacks, self._stopping = folder, ledger, decider, callbacks, stopping
        self._commanded: set[tuple[Path, str]] = set()

    def do(self, job: FileJob) -> bool:
        """Run the user's command and move the file; false if this was interrupted, and has to be done by the next process."""
        settings = self._folder.settings
        key = job.path, job.stamp
        if settings.command is not None and job.step != "move" and key not in self._commanded:
            if not self._command(job, settings.command):
                return False
            self._commanded.add(key)
        noted = self._decider.noted(job, DONE)
        if self._folder.move_to is None:
            self._ledger.note(noted)
        else:
            moved = move_away(job.path, (self._folder.move_to / job.name).parent)
            self._ledger.move(noted.path, replace(noted, path=storable(str(moved)), stamp=stamp(moved.stat())))
            self._callbacks.tell(f"Moved {job.path} to {moved}")
        self._commanded.discard(key)
        return True

    def _command(self, job: FileJob, command: str) -> bool:
        written = self._decider.noted(job, WRITTEN)
        attempt = Attempt(written.id, written.attempts + 1, paths.data_dir() / "history" / "marks")
        if not attempt.is_marked:
            attempt.prepare()
            self._ledger.note(replace(written, attempts=attempt.number))
            outputs, seconds = [target for _, target in job.where.targets], self._folder.settings.command_seconds
            try:
                problem = run_command(command, job.path, outputs, attempt, seconds, self._stopping)
            except InterruptedError:
                return False
            if problem:
                self._callbacks.complain(f"{job.path}: {problem}")
        attempt.forget()
        return True


def run_command(command: str, done: Path, outputs: Sequence[Path], attempt: Attempt, seconds: float, stop: Event) -> str | None:
    """Run the user's command, and return its error as a sentence.

    The command is split into words like in a shell, but no shell is started. It gets the file and the outputs as additional arguments, and
    in ``WATCHED_FILE`` and ``WATCHED_OUTPUTS``, separated by the system's path separator.

    Args:
        command: the configured command.
        done: the processed file.
        outputs: the outputs.
        attempt: the attempt, passed in variables.
        seconds: the time-out, after which it is killed with its child processes in the same group.
        stop: when set, it is killed as well.

    Raises:
        InterruptedError: if it was stopped.
    """
    try:
        words = user_commands.parse(command)
    except ValueError:
        words = []
    if not words:
        return f"The command {command!r} is not valid: a quotation mark is not closed, or it is empty."
    name = Path(words[0]).name
    watched = {"WATCHED_FILE": str(done), "WATCHED_OUTPUTS": os.pathsep.join(map(str, outputs))}
    environment = {**os.environ, **watched, **attempt.environment()}
    try:
        process = user_commands.start([*words, str(done), *map(str, outputs)], environment)
    except (OSError, ValueError) as error:
        return f"The command {name} can't be started: {getattr(error, 'strerror', None) or error}. Check it in the configuration."
    until = time.monotonic() + seconds
    while process.returncode is None and time.monotonic() < until and not stop.is_set():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_UP)
    if process.returncode is None:
        user_commands.kill(process)
        process.wait()
        if stop.is_set():
            raise InterruptedError
        return f"The command {name} took longer than {seconds:g} s and was stopped. Allow more with command_seconds."
    return f"The command {name} failed with code {process.returncode}. Run it in a terminal to see why." if process.returncode else None


def move_away(done: Path, folder: Path) -> Path:
    """Move a file into a folder, under an unused name, and return its new path.

    Raises:
        OutputError: if it can't be moved; it is then at its old path.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = _free(folder, done)
        try:
            os.link(done, target)  # which replaces nothing
        except FileExistsError:
            raise
        except OSError:  # another file system, or one without hard links
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
        if _is_same(target, done):  # moved by an earlier process, but not yet removed
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
