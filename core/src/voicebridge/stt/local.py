"""The executor ``local``: transcribe the recordings of a batch in threads of this process."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from voicebridge.filters.filtering import FilterProblems
from voicebridge.jobs import SttJob
from voicebridge.speech import TranscriptInfo
from voicebridge.stt.execute import TextListener, execute
from voicebridge.stt.job import Leftover, OpenAudio, Stopped, TranscriptionJob
from voicebridge.stt.naming import Plan
from voicebridge.stt.task import Task

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText


class LocalListener(TextListener, Protocol):
    """What the batch is told by threads of its own process."""

    readable: bool
    """Whether a stopped recording's text so far is written to files for the user."""

    def kept(self, job: str, heard: TranscriptInfo, kept: Leftover | None) -> None:
        """A recording was stopped; ``kept`` is its saved part, if there is one. Called by the thread that stops."""
        ...


class LocalExecutor:
    """Transcribes with one model, several recordings at once; a :class:`voicebridge.extension_ports.Executor`.

    Threads process the recordings. The thread that runs the batch loads and decodes nothing, so that it can always react to an
    interruption.
    """

    def __init__(self, load: Callable[[], SpeechToText], task: Task, open_audio: OpenAudio, parallel: int = 1) -> None:
        """Prepare; nothing is loaded or opened yet.

        Args:
            load: loads the model; called at most once, by any thread, when the first recording has been opened successfully.
            task: the common parameters, with what can't be part of a job: formats, filters.
            open_audio: opens a recording.
            parallel: the number of concurrent recordings by default.
        """
        self._load, self._task, self._open_audio, self._parallel = load, task, open_audio, parallel
        self._problems = FilterProblems()
        self._engine: SpeechToText | None = None
        self._loading = threading.Lock()
        self._stopping = threading.Event()
        self._active: dict[str, TranscriptionJob] = {}

    def run(self, jobs: Sequence[SttJob], listener: LocalListener, at_once: int | None = None) -> None:
        """Do the jobs, with an own thread for each of the first ``at_once``.

        Raises:
            VoiceBridgeError: if the model can't be loaded, which affects all recordings.
        """
        self._listener = listener
        waiting = deque(jobs)
        ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        count = min(at_once or self._parallel, len(jobs))
        for _ in range(count):
            threading.Thread(target=self._work, args=(waiting, ended), daemon=True).start()
        for _ in range(count):
            if error := ended.get():
                raise error  # without waiting for the others, which may compute for long

    def stop(self) -> None:
        """Save the transcripts so far, and let :meth:`run` end soon; the engine may compute for longer."""
        self._stopping.set()
        for job, recording in list(self._active.copy().items()):
            self._listener.kept(job, *recording.keep(readable=self._listener.readable))

    def close(self) -> None:
        """Release the models, unless it was stopped: releasing them would wait for its computation."""
        if self._stopping.is_set():
            return
        if self._engine is not None:
            self._engine.close()
        if self._task.diarization is not None:
            self._task.diarization.finder.close()

    def _work(self, waiting: deque[SttJob], ended: queue.SimpleQueue[BaseException | None]) -> None:
        failure: BaseException | None = None
        try:
            while not self._stopping.is_set() and (job := _next(waiting)):
                self._do(job)
        except BaseException as error:  # of any kind: it is raised by the thread that runs the batch
            failure = error
        ended.put(failure)

    def _do(self, job: SttJob) -> None:
        plan = Plan(job.recording, job.outputs, job.root)
        recording = self._active[job.id] = TranscriptionJob(plan, self._task, self._open_audio, self._problems, job=job.id)
        try:
            # Checked only now: either the stopping thread sees this recording, or this thread sees the stop.
            if not self._stopping.is_set():
                with recording:
                    self._listener.done(execute(job.id, recording, self._loaded, self._listener))
        except Stopped:
            pass
        finally:
            del self._active[job.id]

    def _loaded(self) -> SpeechToText:
        with self._loading:
            if self._stopping.is_set():
                raise Stopped
            if self._engine is None:
                try:
                    self._engine = self._load()
                except BaseException:
                    self._stopping.set()  # or the next thread would try again
                    raise
            return self._engine


def _next(waiting: deque[SttJob]) -> SttJob | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None
