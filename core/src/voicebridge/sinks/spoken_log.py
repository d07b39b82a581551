"""The log of a sound file under way: which pieces of the text have been spoken, and where in the sound each ends.

It holds checked lines (:mod:`voicebridge.sinks.lines`), each an object with one key:

``run``
    A process begins or goes on: what decides over the sound, and how many of the pieces so far are ``kept``.
``rate``
    The sample rate of the sound, in Hz.
``piece``
    The next piece: a hash of its text, the number of samples up to its end, and how many of them are the quiet that it ends with.

The text itself is in no line: whoever goes on has it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebridge.errors import OutputError
from voicebridge.sinks import lines
from voicebridge.sinks.claim import Existing, claim, difference
from voicebridge.sinks.files import cannot_write, fitting
from voicebridge.sinks.naming import exists_already


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece whose sound is on disk."""

    digest: str
    """Of its text."""
    end: int
    """Samples from the beginning to its end."""
    quiet: int
    """Samples of quiet that it ends with."""


def spoken_log_of(target: Path) -> Path:
    """Where the log of a sound file stands."""
    return target.with_name(fitting(f".{target.name}", ".voicebridge-part"))


class SpokenLog:
    """The claim to one sound file, and what has been spoken of it so far."""

    def __init__(self, target: Path, belongs: Mapping[str, Any], existing: Existing) -> None:
        """Claim the file, and find out how far an earlier run came.

        Args:
            target: the file to be.
            belongs: what decides over the sound, each under a name that a user knows: only a run with the same may go on.
            existing: what becomes of a file that is there already.

        Raises:
            OutputError: when another run has the file, it can't be written, or what is there must not be replaced or gone on with.
        """
        self._target = target
        self._belongs = json.loads(json.dumps(belongs))
        self.spoken: list[Spoken] = []
        """What has been spoken, in order."""
        self.rate: int | None = None
        """Hertz, once something has been spoken."""
        self._run: Mapping[str, Any] | None = None
        self._size = 0
        self._file = claim(spoken_log_of(target), target)
        try:
            for record, length in lines.records(self._file.handle):
                self._take(record, length)
            os.ftruncate(self._file.handle, self._size)
            self._begin(existing)
        except OSError as error:
            self.release()
            raise cannot_write(target, error) from error
        except OutputError:
            self.release()
            raise

    def begin_sound(self, rate: int) -> None:
        """Note the sample rate (Hz).

        Raises:
            OutputError: when the disk is full.
        """
        self._write({"rate": rate})

    def add(self, spoken: Spoken) -> None:
        """Note a piece whose sound is on disk; once this returns, no end of the process loses it.

        Raises:
            OutputError: when the disk is full.
        """
        self._write({"piece": [spoken.digest, spoken.end, spoken.quiet]})

    def keep(self, count: int) -> None:
        """Give up all but the first ``count`` pieces.

        Raises:
            OutputError: when the disk is full.
        """
        if count < len(self.spoken):
            self._write({"run": {**(self._run or {}), "kept": count}})

    def remove(self) -> None:
        """Delete the log: the file is in its place, or given up."""
        self._file.remove()

    def release(self) -> None:
        """Let go of the file; what was spoken stays for a run that goes on."""
        if self.spoken:
            self._file.close()
        else:
            self._file.remove()

    def _begin(self, existing: Existing) -> None:
        begun = bool(self.spoken) and existing is not Existing.OVERWRITE
        if begun:
            self._check_may_go_on(existing)
        overwrite = existing is Existing.OVERWRITE or (existing is Existing.RESUME and bool(self._run and self._run["overwrite"]))
        if self._target.exists() and not overwrite:
            raise exists_already(self._target)
        run = {"process": os.getpid(), "files": [self._target.name], "overwrite": overwrite, "belongs": self._belongs}
        self._write({"run": {**run, "kept": len(self.spoken) if begun else 0}})

    def _check_may_go_on(self, existing: Existing) -> None:
        if existing is not Existing.RESUME:
            raise OutputError(
                f"{self._target} was begun by a run that was interrupted after {len(self.spoken)} pieces. "
                "Go on with --resume, or start over with --overwrite."
            )
        change = difference((self._run or {})["belongs"], self._belongs)
        if change:
            raise OutputError(f"{self._target} was begun otherwise ({change}). Ask for the same again, or start over with --overwrite.")

    def _write(self, record: Mapping[str, Any]) -> None:
        try:
            length = lines.append(self._file.handle, self._size, record)
        except OSError as error:
            raise cannot_write(self._target, error) from error
        self._take(record, length)

    def _take(self, record: Mapping[str, Any], length: int) -> None:
        if "piece" in record:
            self.spoken.append(Spoken(*record["piece"]))
        elif "run" in record:
            self._run = record["run"]
            del self.spoken[record["run"]["kept"] :]
            if not self.spoken:
                self.rate = None
        elif "rate" in record:
            self.rate = record["rate"]
        self._size += length
