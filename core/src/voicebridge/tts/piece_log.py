"""The log of an unfinished audio file: which passages have been spoken, and where each ends in the audio.

It contains checked lines (:mod:`voicebridge.files.checked_lines`), each an object with one key:

``run``
    A process starts or resumes: the parameters that determine the audio, and how many of the passages so far are ``kept``.
``rate``
    The sample rate of the audio, in Hz.
``piece``
    The next passage: a hash of its text, the number of samples up to its end, and the number of samples of silence at its end.

The log does not contain the text itself; a resumed run has it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebridge.errors import OutputError
from voicebridge.files import checked_lines
from voicebridge.files.atomic import cannot_write, fitting
from voicebridge.files.claim import Existing, claim, difference
from voicebridge.files.targets import exists_already


@dataclass(frozen=True, slots=True)
class LoggedPiece:
    """A passage whose audio is on disk."""

    digest: str
    """Hash of its text."""
    end: int
    """Samples from the start of the file to its end."""
    quiet: int
    """Samples of silence at its end."""


def spoken_log_of(target: Path) -> Path:
    """The path of the log of an audio file."""
    return target.with_name(fitting(f".{target.name}", ".voicebridge-part"))


class SpokenLog:
    """The lock on an audio file, and the passages spoken so far."""

    def __init__(self, target: Path, fingerprint: Mapping[str, Any], existing: Existing) -> None:
        """Lock the file, and read how far an earlier run got.

        Args:
            target: the output file.
            fingerprint: everything that determines the audio, under user-visible names: only a run with the same values can resume.
            existing: what to do with an existing file.

        Raises:
            OutputError: if another run has locked the file, it can't be written, or an existing one must not be replaced or resumed.
        """
        self._target = target
        self._fingerprint = json.loads(json.dumps(fingerprint))
        self.spoken: list[LoggedPiece] = []
        """The passages spoken so far, in order."""
        self.rate: int | None = None
        """Hertz; ``None`` until something has been spoken."""
        self._run: Mapping[str, Any] | None = None
        self._size = 0
        self._file = claim(spoken_log_of(target), target)
        try:
            for record, length in checked_lines.records(self._file.handle):
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
        """Record the sample rate (Hz).

        Raises:
            OutputError: if the disk is full.
        """
        self._write({"rate": rate})

    def add(self, spoken: LoggedPiece) -> None:
        """Record a passage whose audio is on disk; after this returns, it survives a crash of the process.

        Raises:
            OutputError: if the disk is full.
        """
        self._write({"piece": [spoken.digest, spoken.end, spoken.quiet]})

    def keep(self, count: int) -> None:
        """Discard all but the first ``count`` passages.

        Raises:
            OutputError: if the disk is full.
        """
        if count < len(self.spoken):
            self._write({"run": {**(self._run or {}), "kept": count}})

    def remove(self) -> None:
        """Delete the log, after the file is complete or abandoned."""
        self._file.remove()

    def release(self) -> None:
        """Release the file; spoken passages are kept for a resumed run."""
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
        run = {"process": os.getpid(), "files": [self._target.name], "overwrite": overwrite, "belongs": self._fingerprint}
        self._write({"run": {**run, "kept": len(self.spoken) if begun else 0}})

    def _check_may_go_on(self, existing: Existing) -> None:
        if existing is not Existing.RESUME:
            raise OutputError(
                f"{self._target} is unfinished ({len(self.spoken)} passages done). Continue with --resume, or start over with --overwrite."
            )
        change = difference((self._run or {})["belongs"], self._fingerprint)
        if change:
            raise OutputError(
                f"{self._target} was started with other settings ({change}). Use the same settings, or start over with --overwrite."
            )

    def _write(self, record: Mapping[str, Any]) -> None:
        try:
            length = checked_lines.append(self._file.handle, self._size, record)
        except OSError as error:
            raise cannot_write(self._target, error) from error
        self._take(record, length)

    def _take(self, record: Mapping[str, Any], length: int) -> None:
        if "piece" in record:
            self.spoken.append(LoggedPiece(*record["piece"]))
        elif "run" in record:
            self._run = record["run"]
            del self.spoken[record["run"]["kept"] :]
            if not self.spoken:
                self.rate = None
        elif "rate" in record:
            self.rate = record["rate"]
        self._size += length
