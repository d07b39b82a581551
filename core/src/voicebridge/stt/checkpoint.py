"""The transcript of one recording, from its first segment to the output files (docs/adr/0010-resuming.md).

While the recording is transcribed, every segment is appended to a log next to the output files. It survives a kill at any moment, and
another run resumes from it. At the end, the files are written from the log and renamed into place, and the log is deleted. The log is
locked, so that two runs never write the same files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from voicebridge.errors import OutputError, VoiceBridgeError
from voicebridge.extension_ports import Turn
from voicebridge.files.atomic import OutputFile, cannot_write, fitting, sync_folder
from voicebridge.files.claim import Existing, claim, difference
from voicebridge.files.targets import exists_already
from voicebridge.speech import Segment, TranscriptInfo, main_language
from voicebridge.stt.formats.table import BUILT_IN, Formats
from voicebridge.stt.formats.text import clock
from voicebridge.stt.segment_log import Log

Targets = Sequence[tuple[str, Path]]
"""(format, file) pairs, in one folder and equal except for the extension."""


def log_of(targets: Targets) -> Path:
    """The log's path: one for all formats, so that runs that write any of the files exclude each other."""
    target = targets[0][1]
    return target.with_name(fitting(f".{target.stem}", ".voicebridge-part"))


def is_whole(targets: Targets) -> bool:
    """Whether all files of a transcript exist and none is being written."""
    return all(os.path.exists(target) for _, target in targets) and not log_of(targets).exists()  # noqa: PTH110 - Path raises for long names


class Checkpoint:
    """The lock on the files of one transcript, and the progress so far. Not thread-safe."""

    def __init__(
        self,
        targets: Targets,
        fingerprint: Mapping[str, Any],
        existing: Existing,
        *,
        resumable: bool,
        words: bool,
        formats: Formats = BUILT_IN,
        job: str | None = None,
    ) -> None:
        """Lock the files, and read the progress of an earlier run.

        Args:
            targets: the output files.
            fingerprint: everything that determines the text, under user-visible names: only a run with the same values can resume.
            existing: what to do with an existing transcript.
            resumable: whether the engine can resume in the middle of a recording.
            words: whether the user requested word timestamps.
            formats: the formats of the files.
            job: identifies the job; the progress of an earlier try of the same one is resumed, whatever ``existing`` says.

        Raises:
            OutputError: if another run has locked the files, they can't be written, or existing ones must not be replaced or resumed.
        """
        self._targets = targets
        self._fingerprint = json.loads(json.dumps(fingerprint))
        self._resumable = resumable
        self._words = words
        self._formats = formats
        self._job = job
        self.restarted = False
        """Whether the text of an earlier run was discarded, because the engine can't resume."""
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
        """Seconds up to which the transcript is complete; 0 if it starts here."""
        return self._log.ends[-1] if self._log.ends else 0.0

    @property
    def count(self) -> int:
        """The number of segments."""
        return len(self._log.ends)

    @property
    def language(self) -> str | None:
        """The language spoken for most of the time, according to the segments."""
        return main_language(self._log.segments())

    @property
    def heard(self) -> TranscriptInfo | None:
        """Information about the recording after it has been transcribed to its end: then only :meth:`commit` remains."""
        return self._log.heard

    @property
    def damage(self) -> str | None:
        """The damage of the recording, after it has been transcribed to its end."""
        return self._log.damage

    @property
    def failed_filters(self) -> Sequence[str]:
        """The names of the filters that had failed at the last segment."""
        return self._log.failed_filters()

    def texts(self) -> Iterator[str]:
        """The text of each segment."""
        return (segment.text for segment in self._log.segments())

    @property
    def turns(self) -> Sequence[Turn] | None:
        """The turns of the speakers, if an earlier run of the same transcript has found them."""
        return self._log.turns

    def note_turns(self, turns: Sequence[Turn]) -> None:
        """Save the turns of the speakers, before the first segment.

        Raises:
            OutputError: if the disk is full.
        """
        self._log_it(self._log.note_turns, turns)

    def add(self, segment: Segment, failed_filters: Sequence[str] = (), *, is_end: bool = True) -> None:
        """Save the next segment, with its filtered text; after this returns, it can't be lost.

        Args:
            segment: of the engine, or a part of one, for one of its speakers.
            failed_filters: the names of the filters that have failed.
            is_end: whether it ends the engine's segment: a resumed run repeats one whose parts are not all here.

        Raises:
            OutputError: if the disk is full.
        """
        self._log_it(self._log.add, segment, failed_filters, is_end)

    def end(self, heard: TranscriptInfo, damage: str | None) -> None:
        """Save that the recording has been transcribed to its end.

        Raises:
            OutputError: if the disk is full.
        """
        self._log_it(self._log.end, heard, damage)

    def commit(self) -> list[Path]:
        """Write all files, rename them into place, and release the lock.

        Raises:
            OutputError: if one can't be written; the transcript so far is kept.
            VoiceBridgeError: if a plugin's format fails; the other files are written, and the transcript is kept.
        """
        assert self.heard is not None, "the recording was not transcribed to its end"  # noqa: S101
        files: list[OutputFile] = []
        problems: list[VoiceBridgeError] = []
        try:
            for name, target in self._targets:
                file = self._open(name, target)
                files.append(file)
                try:
                    self._render(name, file, self.heard)
                except VoiceBridgeError as error:
                    if isinstance(error.__cause__, OSError):
                        raise
                    files.remove(file)
                    file.discard()
                    problems.append(error)
            written = [file.commit() for file in files]
        finally:
            for file in files:
                file.discard()
        sync_folder(self._file.path.parent)
        if problems:
            raise type(problems[0])(" ".join(map(str, problems))) from problems[0]
        for partial in self._log.partials:
            self._remove_partial(partial)
        self._file.remove()
        return written

    def keep(self, heard: TranscriptInfo) -> list[Path]:
        """Write the text so far to files for the user, ``NAME.partial.EXT``; :meth:`commit` deletes them.

        Raises:
            OutputError: if they can't be written; the transcript so far is kept.
        """
        kept = []
        for name, target in self._targets if self.count else ():
            file = self._open(name, self._free_partial(target), owner=target)
            try:
                status = self._render(name, file, heard)
                self._log_it(self._log.note, {"name": file.target.name, "size": status.st_size, "mtime_ns": status.st_mtime_ns})
                kept.append(file.commit())
            except VoiceBridgeError as error:
                if isinstance(error.__cause__, OSError):
                    raise
                # A plugin's format; the same transcript in another one may be readable.
            finally:
                file.discard()
        return kept

    def release(self, *, discard: bool = False) -> None:
        """Release the lock; the transcript so far is kept for a resumed run, unless it is to be discarded."""
        if discard or not (self._log.ends or self._log.heard or self._log.partials):
            self._file.remove()
        else:
            self._file.close()

    def _begin(self, existing: Existing) -> None:
        log = self._log
        if self._job is not None and log.run is not None and log.run.get("job") == self._job:
            existing = Existing.RESUME
        unfinished = bool(log.ends or log.heard) and existing is not Existing.OVERWRITE
        if unfinished:
            self._check_may_go_on(existing)
            if log.heard:
                return  # some of its files may already be in place
        overwrite = existing is Existing.OVERWRITE or (existing is Existing.RESUME and log.run is not None and log.run["overwrite"])
        for _, target in self._targets:
            if target.exists() and not overwrite:
                raise exists_already(target)
        self.restarted = unfinished and not self._resumable
        kept = _certain(log.ends, log.whole) if unfinished and self._resumable else 0
        files = [target.name for _, target in self._targets]
        run = {"process": os.getpid(), "files": files, "overwrite": overwrite, "belongs": self._fingerprint, "job": self._job}
        same = log.run is not None and not difference(log.run["belongs"], self._fingerprint)
        log.begin(run, kept, turns=same and existing is not Existing.OVERWRITE)

    def _check_may_go_on(self, existing: Existing) -> None:
        run = self._log.run or {}
        target = self._targets[0][1].with_name(run["files"][0])
        if existing is not Existing.RESUME:
            can_go_on = self._resumable or self._log.heard
            go_on = "Continue with --resume, or start over with --overwrite." if can_go_on else "Start over with --overwrite."
            raise OutputError(f"{target} is unfinished (transcribed until {clock(self.after)}). {go_on}")
        change = difference(run["belongs"], self._fingerprint)
        if change:
            raise OutputError(
                f"{target} was started with other settings ({change}). Use the same settings, or start over with --overwrite."
            )

    def _open(self, name: str, target: Path, owner: Path | None = None) -> OutputFile:
        return OutputFile(target, owner, binary=self._formats[name].binary)

    def _render(self, name: str, file: OutputFile, heard: TranscriptInfo) -> os.stat_result:
        try:
            writer = self._formats[name].make(file.file, self._words)
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


def _certain(ends: Sequence[float], whole: Sequence[bool]) -> int:
    """The number of certain segments: a kill may have happened between two that end together, and an engine resumes after an end."""
    count = len(ends)
    while count and not whole[count - 1]:
        count -= 1
    last = ends[count - 1] if count else 0.0
    while count and (ends[count - 1] == last or not whole[count - 1]):
        count -= 1
    return count
