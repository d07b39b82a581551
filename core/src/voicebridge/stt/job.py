"""One recording from audio to transcript: open, transcribe, resume, save."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from voicebridge.audio.find_recordings import STDIN
from voicebridge.audio.opened import OnHeard, Sound
from voicebridge.errors import OutputError, VoiceBridgeError
from voicebridge.files.atomic import make_folders
from voicebridge.filters.filtering import Filtering, FilterProblems
from voicebridge.speech import Segment, TranscriptInfo
from voicebridge.stt.channels import ChannelSounds, ChannelTranscription
from voicebridge.stt.checkpoint import Checkpoint
from voicebridge.stt.formats.text import clock
from voicebridge.stt.naming import Plan
from voicebridge.stt.speakers import SpeakerLabels
from voicebridge.stt.task import Task, fingerprint
from voicebridge.stt.transcribe import Transcription

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText

OpenAudio = Callable[[Path], Sound]
"""Opens a recording.

Raises:
    InputError: if it can't be read.
"""


class Stopped(VoiceBridgeError):  # noqa: N818 - no error, an order
    """The batch was stopped; not visible to users."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """The saved part of an interrupted recording."""

    at: float
    """Seconds up to which it was transcribed."""
    files: Sequence[Path]
    """The text so far, for the user."""
    resumable: bool
    """Whether a run with ``--resume`` continues from there."""
    duration: float | None
    """Seconds of the whole recording, if known."""


class TranscriptionJob:
    """The job for one recording. It runs in a single thread; :meth:`keep` may be called from another."""

    def __init__(self, plan: Plan, task: Task, open_audio: OpenAudio, problems: FilterProblems, *, job: str | None = None) -> None:
        """Prepare; nothing is opened or locked before :meth:`open`.

        Args:
            plan: the recording and its outputs.
            task: what is common to all recordings.
            open_audio: opens the recording.
            problems: receives those of filters.
            job: identifies the job, which continues what an earlier try of the same one has saved.
        """
        self.plan = plan
        self._id = job
        self._task = task
        self._open_audio = open_audio
        self._problems = problems
        self._reader: Sound | None = None
        self._checkpoint: Checkpoint | None = None
        self._job: Transcription | ChannelTranscription | None = None
        self._whole: TranscriptInfo | None = None  # after it has been transcribed to its end
        self._stopped = False
        self._lock = threading.Lock()  # protects the checkpoint and the stopped flag
        self.count = 0
        """The number of segments."""
        self.damage: str | None = None
        """The damage of the recording, after it has been transcribed to its end."""

    @property
    def duration(self) -> float | None:
        """The duration to transcribe in seconds, if known."""
        return self._reader.duration if self._reader else None

    @property
    def after(self) -> float:
        """Seconds up to which an earlier run transcribed it."""
        return self._checkpoint.after if self._checkpoint else 0.0

    @property
    def restarted(self) -> bool:
        """Whether an earlier run's part is discarded, because the model can't resume."""
        return self._checkpoint is not None and self._checkpoint.restarted

    @property
    def is_heard(self) -> bool:
        """Whether an earlier run transcribed it to its end, so that no model is needed."""
        return self._whole is not None

    @property
    def heard(self) -> TranscriptInfo:
        """The information about the recording so far."""
        if self._whole is not None:
            return self._whole
        if self._job is not None:
            return self._job.heard
        task = self._task
        known = self.after - task.start if self.after else 0.0
        language = self._checkpoint.language if self._checkpoint else None
        return TranscriptInfo(known, language, task.model, task.request.task, task.start)

    def open(self) -> None:
        """Open the recording and lock its files.

        Raises:
            InputError: if it can't be read.
            OutputError: if a file can't be written, or is locked by another run.
        """
        self._reader = self._open_audio(self.plan.recording)
        if not self.plan.files:
            return
        if self.plan.root is not None:
            make_folders(self.plan.files[0][1])
        with self._working():
            self._checkpoint = Checkpoint(
                self.plan.files,
                fingerprint(self.plan, self._task),
                self._task.existing,
                resumable=self._task.resumable,
                words=self._task.words,
                formats=self._task.formats,
                job=self._id,
            )
        self.count = self._checkpoint.count
        self.damage = self._checkpoint.damage
        self._whole = self._checkpoint.heard

    def transcribe(
        self, engine: SpeechToText, on_heard: OnHeard, on_segment: Callable[[Segment], None], on_diarized: OnHeard = lambda _: None
    ) -> None:
        """Transcribe the recording to its end.

        Args:
            engine: a loaded model.
            on_heard: called with the progress.
            on_segment: called with every segment that an earlier run did not have, and with drafts if they are requested.
            on_diarized: called with the progress of a diarizer, which reads the recording first.

        Raises:
            VoiceBridgeError: if the recording, the engine or a file fails.
            Stopped: if :meth:`keep` was called.
        """
        assert self._reader is not None, "the recording is not open"  # noqa: S101
        after = self.after
        request = self._task.request
        if self._checkpoint is not None and after:
            request = replace(request, after=after, language=request.language or self._checkpoint.language)
        filtering, labels = self._filtering(), self._labels(on_diarized, on_heard)
        with closing(self._reader.chunks(self._task.sample_rate)) as audio:
            kind = ChannelTranscription if isinstance(audio, ChannelSounds) else Transcription
            self._job = kind(engine, self._task.model, audio, request, self._until_stopped(on_heard), start=self._task.start)
            with closing(iter(self._job)) as segments:
                for segment in segments:
                    if not segment.final:
                        on_segment(segment)
                        continue
                    if after and segment.end <= after:
                        continue
                    parts = [segment] if labels is None else labels.parts(segment)
                    filtered = [filtering.segment(part, self._task.request) for part in parts]
                    with self._working():
                        for left, part in enumerate(filtered, 1 - len(filtered)):
                            if self._checkpoint is not None:
                                self._checkpoint.add(part, filtering.failed, is_end=not left)
                            self.count += 1
                    for part in filtered:
                        on_segment(part)
        self.damage = self._reader.damage
        with self._working():
            self._whole = self._job.heard
            if self._checkpoint is not None:
                self._checkpoint.end(self._whole, self.damage)

    def finish(self) -> list[Path]:
        """Write the output files.

        Raises:
            OutputError: if one can't be written; the transcript so far is kept.
            VoiceBridgeError: if a plugin's format fails; the other files are written, and the transcript is kept.
            Stopped: if :meth:`keep` was called.
        """
        with self._working():
            if self._checkpoint is None:
                return []
            files = self._checkpoint.commit()
            self._checkpoint = None
            return files

    def keep(self, *, readable: bool) -> tuple[TranscriptInfo, Leftover | None]:
        """Stop, and save the transcript so far.

        Args:
            readable: whether to write the text so far to files for the user.

        Returns:
            The information about the recording, and the saved part; ``None`` if there is none, or it is complete.
        """
        with self._lock:  # its own thread may be closing it
            self._stopped = True
            heard, checkpoint = self.heard, self._checkpoint
            if checkpoint is None:
                return heard, None
            kept: list[Path] = []
            if readable:
                with suppress(OutputError):  # it is in the log in any case
                    kept = checkpoint.keep(heard)
            at = checkpoint.after
            self._checkpoint = None
            checkpoint.release(discard=not self._survives and bool(kept))
            return heard, Leftover(at, kept, self._survives, self.duration) if self.count else None

    def blame(self, error: VoiceBridgeError) -> VoiceBridgeError:
        """Extend ``error``, the reason of the failure, with what was saved."""
        if self._checkpoint is None or not self._survives or not self.count:
            return error
        blamed = type(error)(f"{error} The transcript until {clock(self.after)} is kept. Continue with --resume.")
        blamed.__cause__ = error  # the original error, to distinguish a full disk from others
        return blamed

    def close(self) -> None:
        """Release all resources."""
        with self._lock:
            if self._checkpoint is not None:
                self._checkpoint.release(discard=not self._survives)
                self._checkpoint = None
        if self._reader is not None:
            self._reader.close()

    def __enter__(self) -> TranscriptionJob:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _filtering(self) -> Filtering:
        """The filters of this recording, where an earlier run stopped."""
        source = None if self.plan.recording == STDIN else self.plan.recording
        failed = self._checkpoint.failed_filters if self._checkpoint is not None else ()
        filtering = self._task.filters.begin(self._problems, source=source, failed=failed)
        if self._checkpoint is not None and self._task.filters.filters:
            for text in self._checkpoint.texts():
                filtering.follow(text)
        return filtering

    def _labels(self, on_diarized: OnHeard, on_heard: OnHeard) -> SpeakerLabels | None:
        """The speakers of this recording. A resumed run uses those that the earlier one has found, so that their numbers stay the same."""
        diarization = self._task.diarization
        if diarization is None:
            return None
        turns = self._checkpoint.turns if self._checkpoint is not None else None
        if turns is None:
            turns = diarization.turns(self.plan.recording, self._until_stopped(on_diarized))
            on_heard(self._task.start)  # which is what happens from now on
            with self._working():
                if self._checkpoint is not None:
                    self._checkpoint.note_turns(turns)
        return diarization.labels(turns, str(self.plan.recording))

    @property
    def _survives(self) -> bool:
        """Whether a resumed run can use what was transcribed."""
        return self._task.resumable or self.is_heard

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._lock:
            if self._stopped:
                raise Stopped
            yield

    def _until_stopped(self, on_heard: OnHeard) -> OnHeard:
        def heard(seconds: float) -> None:
            if self._stopped:
                raise Stopped
            on_heard(seconds)

        return heard
