"""The transcript of one recording from its first segment to the files that the user asked for (docs/adr/0010-resuming.md).

While the recording is heard, every segment goes into a log beside the files to be; a run that is killed at any moment leaves it, and
another run goes on from there. When all has been heard the files are made from the log, put in their places, and the log goes.
The log is locked, so that no two runs ever write the same files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voicebridge.errors import OutputError
from voicebridge.sinks.claim import Existing, claim, difference
from voicebridge.sinks.files import OutputFile, cannot_write, fitting, sync_folder
from voicebridge.sinks.formats import Heard, open_writer
from voicebridge.sinks.log import Log
from voicebridge.sinks.naming import exists_already
from voicebridge.sinks.text import clock
from voicebridge.speech import Segment, main_language

Targets = Sequence[tuple[str, Path]]
"""(format, file) pairs, all of one folder and alike but for the ending."""


def log_of(targets: Targets) -> Path:
    """Where the log of a transcript stands: one for all its formats, so that whoever writes one of the files meets all others."""
    target = targets[0][1]
    return target.with_name(fitting(f".{target.stem}", ".voicebridge-part"))


def is_whole(targets: Targets) -> bool:
    """Whether all the files of a transcript are there and none is being made."""
    return all(os.path.exists(target) for _, target in targets) and not log_of(targets).exists()  # noqa: PTH110 - Path raises for long names


class Checkpoint:
    """The claim to the files of one transcript, and what is known of it so far. Not for several threads at once."""

    def __init__(self, targets: Targets, belongs: Mapping[str, Any], existing: Existing, *, resumable: bool, words: bool) -> None:
        """Claim the files, and find out how far an earlier run came.

        Args:
            targets: the files to be.
            belongs: what decides over the text, each under a name that a user knows: only a run with the same may go on.
            existing: what becomes of a transcript that is there already.
            resumable: whether the engine can go on in the middle of a recording.
            words: whether the user asked for word times.

        Raises:
            OutputError: when another run has the files, they can't be written, or what is there must not be replaced or gone on with.
        """
        self._targets = targets
        self._belongs = json.loads(json.dumps(belongs))
        self._resumable = resumable
        self._words = words
        self.restarted = False
        """Whether text of an earlier run was given up, since the engine can't go on from it."""
        self._file = claim(log_of(targets), targets[0][1])
        try:
            self._log = Log(self._file)
            self._begin(existing)
        except OSError as error:
            self.release()
            raise cannot_write(targets[0][1], error) from error
        except OutputError:
            self.release()
            raise

    @property
    def after(self) -> float:
        """Seconds up to which everything is known; 0 when the transcript begins here."""
        return self._log.ends[-1] if self._log.ends else 0.0

    @property
    def count(self) -> int:
        """How many segments there are."""
        return len(self._log.ends)

    @property
    def language(self) -> str | None:
        """What was spoken for most of the time, as far as the segments say."""
        return main_language(self._log.segments())

    @property
    def heard(self) -> Heard | None:
        """What is known of the recording once it has been heard to the end: then only :meth:`commit` is left to do."""
        return self._log.heard

    @property
    def damage(self) -> str | None:
        """What was wrong with the recording once it has been heard to the end."""
        return self._log.damage

    def add(self, segment: Segment) -> None:
        """Take the next segment; once this returns it is not lost any more.

        Raises:
            OutputError: when the disk is full.
        """
        self._log_it(self._log.add, segment)

    def end(self, heard: Heard, damage: str | None) -> None:
        """Take in that the recording has been heard to the end.

        Raises:
            OutputError: when the disk is full.
        """
        self._log_it(self._log.end, heard, damage)

    def commit(self) -> list[Path]:
        """Make all the files, put them in their places, and let go of them.

        Raises:
            OutputError: when one can't be written; what was heard is kept.
        """
        assert self.heard is not None, "the recording has not been heard to the end"  # noqa: S101
        files: list[OutputFile] = []
        try:
            for name, target in self._targets:
                files.append(OutputFile(target))
                self._render(name, files[-1], self.heard)
            written = [file.commit() for file in files]
        finally:
            for file in files:
                file.discard()
        sync_folder(self._file.path.parent)
        for partial in self._log.partials:
            self._remove_partial(partial)
        self._file.remove()
        return written

    def keep(self, heard: Heard) -> list[Path]:
        """Write the text so far into files for the user to read, ``NAME.partial.EXT``; :meth:`commit` will remove them.

        Raises:
            OutputError: when they can't be written; what was heard is kept nevertheless.
        """
        kept = []
        for name, target in self._targets if self.count else ():
            file = OutputFile(self._free_partial(target), owner=target)
            try:
                status = self._render(name, file, heard)
                self._log_it(self._log.note, {"name": file.target.name, "size": status.st_size, "mtime_ns": status.st_mtime_ns})
                kept.append(file.commit())
            finally:
                file.discard()
        return kept

    def release(self, *, discard: bool = False) -> None:
        """Let go of the files; what was heard stays for a run that goes on, unless it is to be discarded."""
        if discard or not (self._log.ends or self._log.heard or self._log.partials):
            self._file.remove()
        else:
            self._file.close()

    def _begin(self, existing: Existing) -> None:
        log = self._log
        unfinished = bool(log.ends or log.heard) and existing is not Existing.OVERWRITE
        if unfinished:
            self._check_may_go_on(existing)
            if log.heard:
                return  # its files may be half in their places
        overwrite = existing is Existing.OVERWRITE or (existing is Existing.RESUME and log.run is not None and log.run["overwrite"])
        for _, target in self._targets:
            if target.exists() and not overwrite:
                raise exists_already(target)
        self.restarted = unfinished and not self._resumable
        kept = _certain(log.ends) if unfinished and self._resumable else 0
        files = [target.name for _, target in self._targets]
        log.begin({"process": os.getpid(), "files": files, "overwrite": overwrite, "belongs": self._belongs}, kept)

    def _check_may_go_on(self, existing: Existing) -> None:
        run = self._log.run or {}
        target = self._targets[0][1].with_name(run["files"][0])
        if existing is not Existing.RESUME:
            can_go_on = self._resumable or self._log.heard
            go_on = "Go on with --resume, or start over with --overwrite." if can_go_on else "Start over with --overwrite."
            raise OutputError(f"{target} was begun by a run that was interrupted at {clock(self.after)}. {go_on}")
        change = difference(run["belongs"], self._belongs)
        if change:
            raise OutputError(f"{target} was begun otherwise ({change}). Ask for the same again, or start over with --overwrite.")

    def _render(self, name: str, file: OutputFile, heard: Heard) -> os.stat_result:
        try:
            writer = open_writer(name, file.file, words=self._words)
            for segment in self._log.segments():
                writer.write(segment)
            writer.finish(heard)
        except OSError as error:
            raise cannot_write(file.target, error) from error
        return file.settle()

    def _free_partial(self, target: Path) -> Path:
        number = 1
        while True:
            numbered = f".partial{number if number > 1 else ''}{target.suffix}"
            path = target.with_name(fitting(target.stem, numbered))
            if not path.exists() or any(self._is_ours(path, partial) for partial in self._log.partials):
                return path
            number += 1

    def _remove_partial(self, partial: Mapping[str, Any]) -> None:
        path = self._file.path.with_name(partial["name"])
        if self._is_ours(path, partial):
            path.unlink(missing_ok=True)

    def _is_ours(self, path: Path, partial: Mapping[str, Any]) -> bool:
        try:
            status = path.stat()
        except OSError:
            return False
        return (path.name, status.st_size, status.st_mtime_ns) == (partial["name"], partial["size"], partial["mtime_ns"])

    def _log_it(self, write: Any, *what: Any) -> None:
        try:
            write(*what)
        except OSError as error:
            raise cannot_write(self._targets[0][1], error) from error


def _certain(ends: Sequence[float]) -> int:
    """How many segments surely stand: a kill may have fallen between two that end together, and an engine goes on after an end."""
    count = len(ends)
    while count and ends[count - 1] == ends[-1]:
        count -= 1
    return count
