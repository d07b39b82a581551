"""One run of ``voicebridge stt``: resolves the model and the outputs, runs the batch, and says how it went."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO, cast

from voicebridge.audio.decode import AudioReader
from voicebridge.audio.find import STDIN, find_recordings, is_recording
from voicebridge.capabilities import require
from voicebridge.cli import flags, state
from voicebridge.cli.fetching import load
from voicebridge.cli.interrupt import Interrupt, Interrupted
from voicebridge.cli.output import Stdout
from voicebridge.cli.stt_report import JsonLines, Report
from voicebridge.cli.terminal import ProgressBars, Remarks
from voicebridge.engines.through import DaemonStt, daemon_stt
from voicebridge.errors import InputError, UsageError
from voicebridge.options import parse_assignments
from voicebridge.pipeline.batch import Batch, Listener
from voicebridge.pipeline.recording import Task
from voicebridge.ports import SpeechToText
from voicebridge.sinks.checkpoint import is_whole
from voicebridge.sinks.formats import wants_words
from voicebridge.sinks.naming import STDOUT, Plan, plan_outputs


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the user typed."""

    inputs: Sequence[str]
    model: str | None
    asked: Mapping[str, object]
    """Fields of :class:`voicebridge.SttRequest`; what is false or empty was not given."""
    options: Sequence[str]
    formats: Sequence[str]
    output: str | None
    existing: str | None
    """The one of ``--overwrite``, ``--skip-existing`` and ``--resume`` that was given."""
    json_lines: bool
    start: float
    """Seconds."""
    end: float | None
    """Seconds."""
    track: int | None
    recursive: bool
    jobs: int | None
    """``None`` leaves it to the model."""
    daemon: bool
    """Whether the daemon's model may be used, where one runs."""
    quiet: bool
    verbose: bool


def run(wanted: Wanted) -> int:
    """Do what is wanted and return the exit code."""
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    plans = _plans(wanted)
    session = _Session(wanted, remarks, plans)  # a wrong name or option is told even where nothing is left to do
    if wanted.existing in ("--skip-existing", "--resume"):
        left = [plan for plan in plans if not is_whole(plan.files)]
        if len(left) < len(plans):
            remarks.say(f"{len(plans) - len(left)} of {len(plans)} recordings left out: their transcripts are there.")
        plans = left
    return session.over(plans) if plans else 0


class _Session:
    """The model as it was resolved, and what is asked of it."""

    def __init__(self, wanted: Wanted, remarks: Remarks, plans: Sequence[Plan]) -> None:
        self._wanted = wanted
        self._remarks = remarks
        self._remote: DaemonStt | None = None
        registry = state.registry()
        self._model = registry.stt(wanted.model)
        spec = self._model.spec
        remarks.listen_to(spec.factory)  # an engine's warnings, whoever made it
        self._options = registry.options(self._model, [parse_assignments(wanted.options)])  # wrong ones are named before anything is loaded
        request = registry.config.settings.stt.request({name: value for name, value in wanted.asked.items() if value})
        require(self._model, request.capabilities, request.language, registry.stt_models())
        formats = {name for plan in plans for name, _ in plan.targets}
        self._task = Task(
            model=self._model.full_name,
            request=replace(request, words=request.words or (wants_words(formats) and spec.words)),
            sample_rate=spec.sample_rate,
            resumable=spec.resume,
            options=self._options.model_dump(mode="json") if self._options else {},
            words=request.words,
            existing=flags.existing(wanted.existing),
            start=wanted.start,
            end=wanted.end,
            track=wanted.track,
        )

    def over(self, plans: Sequence[Plan]) -> int:
        """Transcribe everything and return the exit code."""
        wanted, stdout = self._wanted, cast(TextIO, Stdout())
        with ProgressBars(len(plans), shown=not wanted.quiet) as bars:
            report = Report(self._remarks, bars, [plan.recording for plan in plans], wanted.start)
            listener: Listener = JsonLines(stdout, report) if wanted.json_lines else report
            jobs = wanted.jobs or self._model.spec.parallel
            batch = Batch(self._engine, self._task, listener, open_audio=self._open, stdout=stdout, jobs=jobs)
            signal: Interrupted | None = None
            try:
                with Interrupt():
                    failures = self._run(batch, plans)
            except Interrupted as came:
                signal = came
            finally:
                report.close(interrupted=signal is not None, files=bool(plans[0].files))
        return signal.exit_code if signal else 1 if failures else 0

    def _run(self, batch: Batch, plans: Sequence[Plan]) -> int:
        try:
            failures = batch.run(plans)
        except BaseException:
            state.abandon_work()
            raise
        if self._remote is not None and not self._remote.is_here:
            state.note_served()
            self._remarks.detail(f"The daemon did it, with {self._model.full_name} ({self._options or 'no options'}).")
        return failures

    def _engine(self) -> SpeechToText:
        load_here = partial(load, self._model, self._options, self._remarks)
        if self._wanted.daemon:
            self._remote = daemon_stt(self._model, self._options, load_here, self._remarks.say)
        return self._remote or load_here()

    def _open(self, recording: Path) -> AudioReader:
        stretch: dict[str, Any] = {"start": self._wanted.start, "end": self._wanted.end, "track": self._wanted.track}
        if recording == STDIN:
            if sys.stdin is None:
                raise InputError("Standard input is closed. Pipe a recording into it, or name a file.")
            return AudioReader(sys.stdin.buffer, name="standard input", **stretch)
        return AudioReader(recording, **stretch)


def _plans(wanted: Wanted) -> list[Plan]:
    recordings = find_recordings(wanted.inputs, recursive=wanted.recursive)
    trees = [path for path in map(Path, wanted.inputs) if path.is_dir()] if wanted.recursive else []
    neighbours = list(_neighbours(recordings)) if wanted.formats or wanted.output else []
    plans = plan_outputs(recordings, wanted.formats, wanted.output, trees=trees, neighbours=neighbours)
    printed = any(target == STDOUT for plan in plans for _, target in plan.targets)
    if printed and wanted.json_lines:
        if wanted.output is not None or wanted.formats:
            raise UsageError("--json-lines has standard output for itself. Leave -o - out, or name a file or a folder with it.")
        return [replace(plan, targets=()) for plan in plans]
    if printed and wanted.existing in ("--skip-existing", "--resume"):
        raise UsageError(f"{wanted.existing} is about files, and the text would be printed. Name files with -f or -o.")
    if STDIN in recordings and wanted.existing == "--resume":
        raise UsageError("Standard input can't be heard again, so --resume can't go on with it. Save it as a file, or use --overwrite.")
    return plans


def _neighbours(recordings: Sequence[Path]) -> Iterator[Path]:
    """The recordings that stand beside these, whose transcripts may be there already."""
    for folder in {recording.parent for recording in recordings if recording != STDIN}:
        with suppress(OSError):
            yield from filter(is_recording, folder.iterdir())
