"""A run of ``voicebridge stt``: resolve the model and the outputs, run the batch, and report the result."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from voicebridge.audio.find_recordings import STDIN, find_recordings, is_recording
from voicebridge.cli.shared import flags
from voicebridge.cli.shared.fetching import engines_of
from voicebridge.cli.shared.interrupt import Interrupt, Interrupted
from voicebridge.cli.shared.output import Stdout
from voicebridge.cli.shared.state import RunState
from voicebridge.cli.shared.terminal import ProgressBars, Remarks
from voicebridge.cli.stt.report import JsonLines, SttReport
from voicebridge.errors import InputError, UsageError, VoiceBridgeError
from voicebridge.files.targets import STDOUT
from voicebridge.jobs import LOCAL
from voicebridge.stt.batch import Batch, BatchListener
from voicebridge.stt.channels import ByChannel
from voicebridge.stt.checkpoint import is_whole
from voicebridge.stt.choice import SttChoice, surroundings
from voicebridge.stt.choose import SttChooser, formats_of
from voicebridge.stt.formats.table import Formats
from voicebridge.stt.local import LocalExecutor
from voicebridge.stt.naming import Plan, plan_outputs
from voicebridge.stt.speakers import Diarization, label_speakers
from voicebridge.stt.task import Task

if TYPE_CHECKING:
    from voicebridge.audio.decode import AudioReader
    from voicebridge.audio.opened import Sound
    from voicebridge.ports import SpeechToText
    from voicebridge.runtime.executors import PluginExecutor


@dataclass(frozen=True, kw_only=True)
class SttArguments:
    """The command-line arguments."""

    inputs: Sequence[str]
    model: str | None
    asked: Mapping[str, object]
    """Fields of :class:`voicebridge.SttRequest`; false or empty values were not given."""
    options: Sequence[str]
    formats: Sequence[str]
    output: str | None
    existing: str | None
    """Which of ``--overwrite``, ``--skip-existing`` and ``--resume`` was given."""
    json_lines: bool
    start: float
    """Seconds."""
    end: float | None
    """Seconds."""
    track: int | None
    channels: Sequence[str] | None
    """Names of the channels' speakers, empty to number them; ``None`` mixes the channels."""
    diarize: bool | None
    """Whether to label speakers; ``None`` uses the configuration."""
    speakers: int | None
    """How many people speak, if known."""
    recursive: bool
    jobs: int | None
    """``None`` uses the model's default."""
    executor: str | None
    """Where the recordings are transcribed; ``None`` uses the configured executor."""
    filters: bool
    """Whether filters of text run."""
    daemon: bool
    """Whether to use the daemon's model, if it runs."""
    quiet: bool
    verbose: bool


def run(wanted: SttArguments, state: RunState) -> int:
    """Run, and return the exit code."""
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    formats = formats_of(state.registry)
    plans = _plans(wanted, formats)
    session = _ChosenModel(wanted, state, remarks, plans, formats)  # report wrong names and options even if there is nothing to do
    if wanted.existing in ("--skip-existing", "--resume"):
        left = [plan for plan in plans if not is_whole(plan.files)]
        if len(left) < len(plans):
            remarks.say(f"{len(plans) - len(left)} of {len(plans)} recordings skipped: their transcripts exist.")
        plans = left
    return session.over(plans) if plans else 0


class _ChosenModel:
    """The resolved model and the request."""

    def __init__(self, wanted: SttArguments, state: RunState, remarks: Remarks, plans: Sequence[Plan], formats: Formats) -> None:
        self._wanted, self._state = wanted, state
        self._remarks = remarks
        alone = state.no_plugins or state.given  # the daemon knows nothing of either
        ask = partial(surroundings, state.asked_profile, state.variables()) if wanted.daemon and not alone else None
        chooser = SttChooser(wanted.model, wanted.options, state.registry, ask=ask, filters=wanted.filters)
        asked = {name: value for name, value in wanted.asked.items() if value}
        choice = chooser.choose(asked)  # report wrong names and options before loading anything
        self._listens = choice.listens
        self._executor = _executor(wanted, state, choice, plans)
        self._full_name, self._parallel, self._options = choice.full_name, choice.parallel, choice.model.options
        self._engines = engines_of(remarks, daemon=wanted.daemon)
        self._engine = self._engines.chosen_stt(choice.model, chooser.found)
        used = {name for plan in plans for name, _ in plan.targets}
        labelled = label_speakers(wanted.diarize, choice.diarize, wanted.speakers, wanted.channels)
        finder = chooser.diarizer(choice, wanted.speakers) if labelled else None
        if finder is not None and any(plan.recording == STDIN for plan in plans):
            raise UsageError(
                "A diarizer needs a recording that can be read twice, unlike standard input. Save it as a file, or use --no-diarize."
            )
        if wanted.channels is not None or labelled:
            for name in sorted(each for each in used if not formats[each].speakers):
                remarks.say(f"The format {name} doesn't show who speaks.")
        request, self._partials = choice.request, self._executor is None and choice.partials and _shows_partials(wanted, plans)
        words = request.words or (formats.wants_words(used) and choice.has_words)
        diarization = None
        if finder is not None:
            decoded = partial(_decoded, start=wanted.start, end=wanted.end, track=wanted.track)
            diarization = Diarization(finder=finder, speakers=wanted.speakers, words=words, open_audio=decoded)
        self._task = Task(
            model=choice.full_name if self._executor is None else choice.model.name,  # a path is valid in any folder
            request=replace(request, words=words or (finder is not None and choice.has_words), partials=self._partials),
            sample_rate=choice.sample_rate,
            resumable=choice.model.resumes and wanted.channels is None,  # channels are at different positions when one is saved
            options=choice.model.options or {},
            words=request.words,
            formats=formats,
            existing=flags.existing(wanted.existing),
            start=wanted.start,
            end=wanted.end,
            track=wanted.track,
            channels=wanted.channels,
            filters=chooser.filters(choice),
            profile=state.asked_profile,
            settings={plugin: dict(layer.values) for plugin, layer in state.given.items()},
            diarization=diarization,
        )

    def over(self, plans: Sequence[Plan]) -> int:
        """Transcribe everything and return the exit code."""
        wanted, stdout = self._wanted, cast(TextIO, Stdout())
        # Progress bars would wrap text on the same terminal, and a JSON object must stay on one line; drafts are drawn in their place.
        shown = not wanted.quiet and not (wanted.json_lines and sys.stdout.isatty()) and (wanted.json_lines or not self._partials)
        with ProgressBars(len(plans), shown=shown) as bars:
            report = SttReport(self._remarks, bars, [plan.recording for plan in plans], wanted.start, channels=wanted.channels is not None)
            listener: BatchListener = JsonLines(stdout, report) if wanted.json_lines else report
            if self._listens:
                listener = _announcing(listener, self._state)
            executor = self._executor or LocalExecutor(self._load, self._task, self._open, self._parallel)
            batch = Batch(executor, self._task, listener, stdout=stdout, at_once=wanted.jobs, needs_text=wanted.json_lines)
            signal: Interrupted | None = None
            try:
                with Interrupt():
                    failures = self._run(batch, executor, plans)
            except Interrupted as came:
                signal = came
            finally:
                report.close(interrupted=signal is not None, files=bool(plans[0].files))
        return signal.exit_code if signal else 1 if failures else 0

    def _run(self, batch: Batch, executor: LocalExecutor | PluginExecutor, plans: Sequence[Plan]) -> int:
        try:
            failures = batch.run(plans)
            executor.close()
        except BaseException:
            self._state.abandoned = True
            with suppress(VoiceBridgeError, OSError):  # what ended the batch is reported
                executor.close()
            raise
        self._engines.close()
        if self._engine.by_daemon and self._executor is None:
            self._state.served = True
            options = " ".join(f"{name}={value}" for name, value in (self._options or {}).items())
            self._remarks.detail(f"Transcribed by the daemon with {self._full_name} ({options or 'no options'}).")
        return failures

    def _load(self) -> SpeechToText:
        self._engine.load()
        return self._engine

    def _open(self, recording: Path) -> Sound:
        if self._wanted.channels is None:
            return self._open_sound(recording)
        return ByChannel(lambda number, count: self._open_sound(recording, channel=number, channels=count), self._wanted.channels)

    def _open_sound(self, recording: Path, **channel: int | None) -> Sound:
        wanted = self._wanted
        stretch: dict[str, Any] = {"start": wanted.start, "end": wanted.end, "track": wanted.track, **channel}
        if recording == STDIN:
            if sys.stdin is None:
                raise InputError("Standard input is closed. Pipe a recording into it, or give a file.")
            return _decoded(sys.stdin.buffer, name="standard input", **stretch)
        return self._engine.open(recording, partial(_decoded, recording, **stretch), **stretch)


def _executor(wanted: SttArguments, state: RunState, choice: SttChoice, plans: Sequence[Plan]) -> PluginExecutor | None:
    """The executor of a plugin; ``None`` for this process, without loading plugins."""
    name = wanted.executor or choice.executor
    if name == LOCAL:
        return None
    from voicebridge.runtime.executors import find_executor

    found = find_executor(state.registry(), name, key=None if wanted.executor else "stt.executor")
    if found is not None and any(plan.recording == STDIN for plan in plans):
        raise UsageError(f"Standard input can be read only by this process, not by {name}. Save it as a file, or use --executor {LOCAL}.")
    return found


def _announcing(listener: BatchListener, state: RunState) -> BatchListener:
    from voicebridge.cli.stt.announcing import Announcing

    state.registry()  # with the plugins, which are not loaded yet if the daemon has chosen the model
    return Announcing(listener)


def _decoded(source: Path | IO[bytes], **more: Any) -> AudioReader:
    from voicebridge.audio.decode import AudioReader  # imports FFmpeg and numpy, which are not needed if the daemon does the work

    return AudioReader(source, **more)


def _plans(wanted: SttArguments, formats: Formats) -> list[Plan]:
    recordings = find_recordings(wanted.inputs, recursive=wanted.recursive)
    trees = [Path(name) for name in wanted.inputs if os.path.isdir(name)] if wanted.recursive else []  # noqa: PTH112 - for long names
    neighbours = list(_neighbours(recordings)) if wanted.formats or wanted.output else []
    plans = plan_outputs(recordings, wanted.formats, wanted.output, known=formats, trees=trees, neighbours=neighbours)
    printed = any(target == STDOUT for plan in plans for _, target in plan.targets)
    if printed and wanted.json_lines:
        if wanted.output is not None or wanted.formats:
            raise UsageError("--json-lines uses standard output. Leave out -o -, or give a file or a folder with it.")
        return [replace(plan, targets=()) for plan in plans]
    if printed and wanted.existing in ("--skip-existing", "--resume"):
        raise UsageError(f"{wanted.existing} applies to files, but the text would be printed. Write files with -f or -o.")
    if STDIN in recordings and wanted.channels is not None:
        raise UsageError("--channels reads a recording once per channel, but standard input can be read only once. Save it as a file.")
    if STDIN in recordings and wanted.existing == "--resume":
        raise UsageError("--resume can't read standard input again. Save it as a file, or use --overwrite.")
    return plans


def _shows_partials(wanted: SttArguments, plans: Sequence[Plan]) -> bool:
    """Whether drafts are printed as JSON, or drawn on a terminal below the text."""
    if len(plans) != 1 or wanted.channels is not None or wanted.existing == "--resume":
        return False
    printed = any(target == STDOUT for _, target in plans[0].targets)
    return wanted.json_lines or (printed and not wanted.quiet and sys.stdout.isatty() and sys.stderr.isatty())


def _neighbours(recordings: Sequence[Path]) -> Iterator[Path]:
    """The other recordings in the same folders, whose transcripts may exist."""
    for folder in {recording.parent for recording in recordings if recording != STDIN}:
        with suppress(OSError):
            yield from filter(is_recording, folder.iterdir())
