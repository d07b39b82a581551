"""One recording on its way from sound to its transcript: opened, transcribed, gone on with, kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from voicebridge.audio.find import STDIN
from voicebridge.audio.opened import OnHeard, Sound
from voicebridge.errors import OutputError, VoiceBridgeError
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.sinks.checkpoint import Checkpoint
from voicebridge.sinks.claim import Existing
from voicebridge.sinks.files import make_folders
from voicebridge.sinks.formats import Heard
from voicebridge.sinks.naming import Plan
from voicebridge.sinks.text import clock
from voicebridge.speech import Segment, SttRequest

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText

OpenAudio = Callable[[Path], Sound]
"""Opens a recording.

Raises:
    InputError: when it can't be read.
"""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is asked of every recording of a batch."""

    model: str
    """Full name of the model."""
    request: SttRequest
    """What is asked of it."""
    sample_rate: int = 16_000
    """What it takes, in Hz."""
    resumable: bool = False
    """Whether it can go on in the middle of a recording."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Its options, by name, as far as JSON can hold them."""
    words: bool = False
    """Whether the user asked for word times; the request may have them for a format's sake."""
    existing: Existing = Existing.REFUSE
    """What becomes of transcripts that are there already."""
    start: float = 0.0
    """Seconds at which to begin."""
    end: float | None = None
    """Seconds at which to stop."""
    track: int | None = None
    """Number of the audio track, from 1."""


class Stopped(VoiceBridgeError):  # noqa: N818 - no error, an order
    """The batch has been stopped; nothing that a user sees."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What an interrupted run leaves of a recording."""

    at: float
    """Seconds up to which it was transcribed."""
    files: Sequence[Path]
    """The text so far, for the user to read."""
    resumable: bool
    """Whether a run with ``--resume`` goes on from there."""
    duration: float | None
    """Seconds of the whole, where that is known."""


class Recording:
    """One recording. A single thread works on it; :meth:`keep` may be called by another."""

    def __init__(self, plan: Plan, task: Task, open_audio: OpenAudio) -> None:
        """Prepare; nothing is opened or claimed before :meth:`open`."""
        self.plan = plan
        self._task = task
        self._open_audio = open_audio
        self._reader: Sound | None = None
        self._checkpoint: Checkpoint | None = None
        self._job: Transcription | None = None
        self._whole: Heard | None = None  # once it has been heard to the end
        self._stopped = False
        self._lock = threading.Lock()  # for the checkpoint and for whether we have been stopped
        self.count = 0
        """How many segments there are."""
        self.damage: str | None = None
        """What was wrong with the recording, once it has been heard to the end."""

    @property
    def duration(self) -> float | None:
        """Seconds that will be heard, where the recording says."""
        return self._reader.duration if self._reader else None

    @property
    def after(self) -> float:
        """Seconds up to which an earlier run came."""
        return self._checkpoint.after if self._checkpoint else 0.0

    @property
    def restarted(self) -> bool:
        """Whether what an earlier run did is given up, since the model can't go on from it."""
        return self._checkpoint is not None and self._checkpoint.restarted

    @property
    def is_heard(self) -> bool:
        """Whether an earlier run heard it to the end, so that no model is needed."""
        return self._whole is not None

    @property
    def heard(self) -> Heard:
        """What is known of the recording so far."""
        if self._whole is not None:
            return self._whole
        if self._job is not None:
            return self._job.heard
        task = "translate" if self._task.request.translate else "transcribe"
        known = self.after - self._task.start if self.after else 0.0
        return Heard(known, self._checkpoint.language if self._checkpoint else None, self._task.model, task, self._task.start)

    def open(self) -> None:
        """Open the recording and claim its files.

        Raises:
            InputError: when it can't be read.
            OutputError: when a file can't be written, or is another run's.
        """
        self._reader = self._open_audio(self.plan.recording)
        if not self.plan.files:
            return
        if self.plan.root is not None:
            make_folders(self.plan.files[0][1])
        with self._working():
            self._checkpoint = Checkpoint(
                self.plan.files,
                _belongs(self.plan, self._task),
                self._task.existing,
                resumable=self._task.resumable,
                words=self._task.words,
            )
        self.count = self._checkpoint.count
        self.damage = self._checkpoint.damage
        self._whole = self._checkpoint.heard

    def transcribe(self, engine: SpeechToText, on_heard: OnHeard, on_segment: Callable[[Segment], None]) -> None:
        """Hear the recording to the end.

        Args:
            engine: a loaded model.
            on_heard: told about progress.
            on_segment: given every segment that an earlier run did not have.

        Raises:
            VoiceBridgeError: when the recording, the engine or a file fails.
            Stopped: when :meth:`keep` was called.
        """
        assert self._reader is not None, "the recording is not open"  # noqa: S101
        after = self.after
        request = self._task.request
        if self._checkpoint is not None and after:
            request = replace(request, after=after, language=request.language or self._checkpoint.language)
        with closing(self._reader.chunks(self._task.sample_rate)) as audio:
            self._job = Transcription(engine, self._task.model, audio, request, self._until_stopped(on_heard), start=self._task.start)
            with closing(iter(self._job)) as segments:
                for segment in segments:
                    if after and segment.end <= after:
                        continue
                    with self._working():
                        if self._checkpoint is not None:
                            self._checkpoint.add(segment)
                        self.count += 1
                    on_segment(segment)
        self.damage = self._reader.damage
        with self._working():
            self._whole = self._job.heard
            if self._checkpoint is not None:
                self._checkpoint.end(self._whole, self.damage)

    def finish(self) -> list[Path]:
        """Put the files in their places.

        Raises:
            OutputError: when one can't be written; what was heard is kept.
            Stopped: when :meth:`keep` was called.
        """
        with self._working():
            if self._checkpoint is None:
                return []
            files = self._checkpoint.commit()
            self._checkpoint = None
            return files

    def keep(self, *, readable: bool) -> Kept | None:
        """Stop, and keep what was transcribed; ``None`` when there is nothing of it, or all is done.

        Args:
            readable: whether to write what there is into files for the user to read.
        """
        with self._lock:
            self._stopped = True
            checkpoint = self._checkpoint
            if checkpoint is None:
                return None
            kept: list[Path] = []
            if readable:
                with suppress(OutputError):  # the log has it all the same
                    kept = checkpoint.keep(self.heard)
            at = checkpoint.after
            self._checkpoint = None
            checkpoint.release(discard=not self._survives and bool(kept))
            return Kept(at, kept, self._survives, self.duration) if self.count else None

    def blame(self, error: VoiceBridgeError) -> VoiceBridgeError:
        """``error`` as the reason why this recording failed, with what is kept of it."""
        if self._checkpoint is None or not self._survives or not self.count:
            return error
        blamed = type(error)(f"{error} What was transcribed until {clock(self.after)} is kept: go on with --resume.")
        blamed.__cause__ = error  # the reason by itself, which tells a full disk from others
        return blamed

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            if self._checkpoint is not None:
                self._checkpoint.release(discard=not self._survives)
                self._checkpoint = None
        if self._reader is not None:
            self._reader.close()

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def _survives(self) -> bool:
        """Whether what has been heard is of use to another run."""
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


def _belongs(plan: Plan, task: Task) -> dict[str, object]:
    """What decides over the text of a transcript; the names are those that a user is told when one differs."""
    known: dict[str, object] = {"recording": "standard input"}
    if plan.recording != STDIN:
        status = plan.recording.stat()
        known = {"recording": str(plan.recording.absolute()), "size": status.st_size, "modified": status.st_mtime_ns}
    request = asdict(task.request)
    del request["after"]
    return {
        **known,
        "model": task.model,
        **request,
        "word times": task.words,
        "start": task.start,
        "end": task.end,
        "track": task.track,
        "files": sorted(target.name for _, target in plan.files),
        **{f"-O {name}": value for name, value in task.options.items()},
    }
