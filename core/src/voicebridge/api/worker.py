"""Do the jobs of a batch in another process, as workers of executors do."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from voicebridge.engines.source import ClientEngines
from voicebridge.errors import ConfigError
from voicebridge.files.claim import Existing
from voicebridge.filters.filtering import FilterProblems, TextFilters
from voicebridge.jobs import Receipt, SttJob
from voicebridge.runtime.load import registry
from voicebridge.speech import Segment
from voicebridge.stt.channels import ByChannel
from voicebridge.stt.checkpoint import is_whole
from voicebridge.stt.choose import diarizer_of, filters_of, find, formats_of
from voicebridge.stt.execute import execute
from voicebridge.stt.job import TranscriptionJob
from voicebridge.stt.naming import Plan
from voicebridge.stt.speakers import Diarization, SpeakerFinder
from voicebridge.stt.task import Task

if TYPE_CHECKING:
    from voicebridge.audio.opened import Sound
    from voicebridge.extension_ports import JobListener
    from voicebridge.options import EngineOptions
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry
    from voicebridge.specs import SttSpec


class SttWorker:
    """Does jobs, one after another, with the configuration and plugins of this machine; a context manager that frees the model.

    ::

        with SttWorker() as worker:
            receipt = worker.run(job)
    """

    def __init__(self) -> None:
        """Prepare; nothing is loaded yet."""
        self._engines = ClientEngines(daemon=False)
        self._loaded: tuple[object, Registry] | None = None
        self._model: object = None
        self._diarizer: tuple[object, SpeakerFinder] | None = None
        self._problems = FilterProblems()

    def run(self, job: SttJob, listener: JobListener | None = None) -> Receipt:
        """Do a job: transcribe its recording, write its files, rename them into place. The model stays loaded for the next job.

        A job that was done before is not done again. If the process is killed, the next try, in any process, continues what was saved.

        Args:
            job: from :meth:`Executor.run`.
            listener: is told about the progress, in this thread; the receipt is only returned.

        Returns:
            The receipt; it contains the error if the recording, the engine or a file fails.

        Raises:
            VoiceBridgeError: if something is missing here that all jobs need: the model, a plugin, the profile.
        """
        found = self._registry(job)
        model, task = self._resolved(found, job)
        if job.existing != "overwrite" and job.outputs and is_whole(job.outputs):
            return Receipt(job=job.id, files=tuple(file for _, file in job.outputs))
        plan = Plan(job.recording, job.outputs, job.root)
        heard = _Heard(listener, keeps=job.text)
        with TranscriptionJob(plan, task, partial(_opened, job), self._problems, job=job.id) as recording:
            receipt = execute(job.id, recording, lambda: self._engine(*model), heard)
        return replace(receipt, text=tuple(heard.segments))

    def close(self) -> None:
        """Free the model, and the diarizer if one was used."""
        self._engines.close()
        self._close_diarizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _registry(self, job: SttJob) -> Registry:
        key = job.profile, job.settings
        if self._loaded is None or self._loaded[0] != key:
            self._loaded = key, registry(job.profile, job.settings)
        return self._loaded[1]

    def _resolved(self, found: Registry, job: SttJob) -> tuple[tuple[Model[SttSpec], EngineOptions | None], Task]:
        from voicebridge.options import Layer

        model, options = find(found, job.model, [Layer("the job", job.options)], job.request.language)
        formats = formats_of(lambda: found)
        for name, _ in job.outputs:
            formats.check(name)
        filters = filters_of(found) if job.filters else TextFilters("transcript")
        if tuple(filters.names) != job.filters:
            raise ConfigError(
                f"The text filters of a worker are {', '.join(filters.names) or 'none'}, those of the command {', '.join(job.filters)}. "
                "Use the same configuration and plugins for both."
            )
        task = Task(
            model=job.model,
            request=job.request,
            sample_rate=model.spec.sample_rate,
            resumable=model.spec.is_resumable and job.channels is None,
            options=job.options,
            words=job.words,
            formats=formats,
            existing=Existing(job.existing),
            start=job.start,
            end=job.end,
            track=job.track,
            channels=job.channels,
            filters=filters,
            diarization=self._diarization(found, job),
        )
        return (model, options), task

    def _diarization(self, found: Registry, job: SttJob) -> Diarization | None:
        if job.diarizer is None:
            return None
        if self._diarizer is None or self._diarizer[0] != (found, job.diarizer):
            self._close_diarizer()
            self._diarizer = (found, job.diarizer), diarizer_of(found, job.diarizer)
        finder = self._diarizer[1]
        return Diarization(finder=finder, speakers=job.speakers, words=job.keeps_words, open_audio=partial(_opened, job))

    def _close_diarizer(self) -> None:
        if self._diarizer is not None:
            self._diarizer[1].close()

    def _engine(self, model: Model[SttSpec], options: EngineOptions | None) -> Any:
        key = model.full_name, str(options)
        if self._model not in (None, key):
            self._engines.close()
        self._model = key
        return self._engines.stt(model, options)


class _Heard:
    """Passes the progress on, and keeps the text of a job that is printed; a :class:`voicebridge.stt.execute.TextListener`."""

    def __init__(self, listener: JobListener | None, *, keeps: bool) -> None:
        self._listener, self._keeps = listener, keeps
        self.segments: list[Segment] = []

    def began(self, job: str, duration: float | None = None, after: float = 0.0) -> None:
        if self._listener is not None:
            self._listener.began(job, duration, after)

    def restarted(self, job: str) -> None:
        """Does nothing: ``began`` follows."""

    def heard(self, job: str, seconds: float) -> None:
        if self._listener is not None:
            self._listener.heard(job, seconds)

    def diarized(self, job: str, seconds: float) -> None:
        """Does nothing: a :class:`voicebridge.JobListener` is told about the transcript only."""

    def said(self, job: str, segment: Segment) -> None:  # noqa: ARG002 - a worker does one job at a time
        if self._keeps and segment.final:
            self.segments.append(segment)

    def done(self, receipt: Receipt) -> None:
        """Not called: the receipt is returned."""


def _opened(job: SttJob, recording: Path) -> Sound:
    from voicebridge.audio.decode import AudioReader

    def open_sound(channel: int | None = None, channels: int | None = None) -> AudioReader:
        return AudioReader(recording, start=job.start, end=job.end, track=job.track, channel=channel, channels=channels)

    if job.channels is None:
        return open_sound()
    return ByChannel(open_sound, job.channels)
