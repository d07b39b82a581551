"""One run of ``voicebridge stt``: resolves the model and the outputs, runs the batch, and says how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from voicebridge.audio.find import STDIN, find_recordings, is_recording
from voicebridge.cli import flags, state
from voicebridge.cli.interrupt import Interrupt, Interrupted
from voicebridge.cli.output import Stdout
from voicebridge.cli.stt_report import JsonLines, Report
from voicebridge.cli.terminal import ProgressBars, Remarks
from voicebridge.engines.through import DaemonStt, daemon_stt
from voicebridge.errors import InputError, UsageError
from voicebridge.pipeline.batch import Batch, Listener
from voicebridge.pipeline.recording import Task
from voicebridge.sinks.checkpoint import is_whole
from voicebridge.sinks.formats import wants_words
from voicebridge.sinks.naming import STDOUT, Plan, plan_outputs
from voicebridge.stt_choice import SttChoice, choose, choose_by_daemon

if TYPE_CHECKING:
    from voicebridge.audio.decode import AudioReader
    from voicebridge.audio.opened import Sound
    from voicebridge.model import Model
    from voicebridge.options import EngineOptions
    from voicebridge.ports import SpeechToText
    from voicebridge.specs import SttSpec


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
    """The model as it was chosen, and what is asked of it."""

    def __init__(self, wanted: Wanted, remarks: Remarks, plans: Sequence[Plan]) -> None:
        self._wanted = wanted
        self._remarks = remarks
        self._asked = {name: value for name, value in wanted.asked.items() if value}
        choice = self._choose()  # wrong names and options are reported before anything is loaded
        self._full_name, self._jobs, self._options = choice.full_name, wanted.jobs or choice.parallel, choice.model.options
        self._remote: DaemonStt | None = daemon_stt(choice.model, self._load_here, remarks.say) if wanted.daemon else None
        formats = {name for plan in plans for name, _ in plan.targets}
        request = choice.request
        self._task = Task(
            model=choice.full_name,
            request=replace(request, words=request.words or (wants_words(formats) and choice.has_words)),
            sample_rate=choice.sample_rate,
            resumable=choice.model.resumes,
            options=choice.model.options or {},
            words=request.words,
            existing=flags.existing(wanted.existing),
            start=wanted.start,
            end=wanted.end,
            track=wanted.track,
        )

    @cached_property
    def _chosen_here(self) -> tuple[Model[SttSpec], EngineOptions | None, SttChoice]:
        # Once: it reads the configuration and loads the plugins, and both the choice and the loading need it.
        return choose(state.registry(), self._wanted.model, self._asked, self._wanted.options)

    def _choose(self) -> SttChoice:
        wanted = self._wanted
        if wanted.daemon and state.may_ask_daemon():
            profile, variables = state.asked_profile(), state.variables()
            choice = choose_by_daemon(wanted.model, self._asked, wanted.options, profile=profile, variables=variables)
            if choice is not None:
                return choice
        return self._chosen_here[2]

    def _load_here(self) -> SpeechToText:
        from voicebridge.cli.fetching import load

        model, options, _ = self._chosen_here
        self._remarks.listen_to(model.spec.factory)  # an engine's warnings, whoever made it
        engine: SpeechToText = load(model, options, self._remarks)
        return engine

    def over(self, plans: Sequence[Plan]) -> int:
        """Transcribe everything and return the exit code."""
        wanted, stdout = self._wanted, cast(TextIO, Stdout())
        # Bars on the terminal that the text goes to would wrap it, and a JSON object has to stay in its line.
        shown = not wanted.quiet and not (wanted.json_lines and sys.stdout.isatty())
        with ProgressBars(len(plans), shown=shown) as bars:
            report = Report(self._remarks, bars, [plan.recording for plan in plans], wanted.start)
            listener: Listener = JsonLines(stdout, report) if wanted.json_lines else report
            batch = Batch(self._engine, self._task, listener, open_audio=self._open, stdout=stdout, jobs=self._jobs)
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
            options = " ".join(f"{name}={value}" for name, value in (self._options or {}).items())
            self._remarks.detail(f"The daemon did it, with {self._full_name} ({options or 'no options'}).")
        return failures

    def _engine(self) -> SpeechToText:
        return self._remote or self._load_here()

    def _open(self, recording: Path) -> Sound:
        wanted = self._wanted
        stretch: dict[str, Any] = {"start": wanted.start, "end": wanted.end, "track": wanted.track}
        if recording == STDIN:
            if sys.stdin is None:
                raise InputError("Standard input is closed. Pipe a recording into it, or name a file.")
            return _decoded(sys.stdin.buffer, name="standard input", **stretch)
        open_here = partial(_decoded, recording, **stretch)
        return self._remote.open(recording, open_here, **stretch) if self._remote else open_here()


def _decoded(source: Path | IO[bytes], **more: Any) -> AudioReader:
    from voicebridge.audio.decode import AudioReader  # with FFmpeg and numpy, which a command that the daemon serves need not load

    return AudioReader(source, **more)


def _plans(wanted: Wanted) -> list[Plan]:
    recordings = find_recordings(wanted.inputs, recursive=wanted.recursive)
    trees = [Path(name) for name in wanted.inputs if os.path.isdir(name)] if wanted.recursive else []  # noqa: PTH112 - for long names
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
