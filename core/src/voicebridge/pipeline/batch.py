"""Many recordings through one model: each fails or succeeds by itself, and the model is loaded when the first one needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TextIO

from voicebridge.audio.decode import AudioReader
from voicebridge.audio.find import STDIN
from voicebridge.errors import OutputError, VoiceBridgeError
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.ports import SpeechToText
from voicebridge.sinks.files import OutputFile
from voicebridge.sinks.formats import Heard, TranscriptWriter, open_writer
from voicebridge.sinks.naming import STDOUT, Plan, check_target
from voicebridge.speech import SttRequest


class Listener(Protocol):
    """Hears how a batch is getting on."""

    def began(self, recording: Path, duration: float | None) -> None:
        """A recording of ``duration`` seconds, where that is known, is being transcribed."""
        ...

    def heard(self, seconds: float) -> None:
        """The recording has been heard up to here."""
        ...

    def finished(self, recording: Path, heard: Heard, segments: int, files: Sequence[Path]) -> None:
        """A recording is done and its files are in their places."""
        ...

    def failed(self, error: VoiceBridgeError) -> None:
        """A recording could not be done; the message names it."""
        ...

    def kept(self, partial: Path) -> None:
        """The user interrupted, and what was transcribed so far is here."""
        ...


class Batch:
    """Recordings, one after another, through one model."""

    def __init__(
        self,
        load: Callable[[], SpeechToText],
        model: str,
        sample_rate: int,
        request: SttRequest,
        listener: Listener,
        *,
        overwrite: bool,
        stdin: Callable[[], AudioReader],
        stdout: TextIO,
    ) -> None:
        """Prepare; nothing is loaded or opened yet.

        Args:
            load: loads the model; called at most once, when the first recording turns out to be readable.
            model: its full name.
            sample_rate: what it takes, in Hz.
            request: what is asked of it.
            listener: hears of everything.
            overwrite: whether files that exist may be replaced.
            stdin: opens standard input.
            stdout: where the text of plans for standard output goes.
        """
        self._load = load
        self._engine: SpeechToText | None = None
        self._model = model
        self._sample_rate = sample_rate
        self._request = request
        self._listener = listener
        self._overwrite = overwrite
        self._stdin = stdin
        self._stdout = stdout

    def run(self, plans: Sequence[Plan]) -> int:
        """Do them all and return how many failed.

        Raises:
            ModelError: when the model can't be loaded, which would fail every one of them.
        """
        failures, printed = 0, False
        try:
            for plan in plans:
                to_stdout = any(target == STDOUT for _, target in plan.targets)
                try:
                    reader = self._open(plan)
                except VoiceBridgeError as error:
                    self._listener.failed(error)
                    failures += 1
                    continue
                with reader:
                    if self._engine is None:
                        self._engine = self._load()
                    if to_stdout and printed:
                        self._stdout.write("\n")
                    printed = printed or to_stdout
                    failures += not self._transcribe(plan, reader, self._engine)
        finally:
            if self._engine is not None:
                self._engine.close()
        return failures

    def _open(self, plan: Plan) -> AudioReader:
        for _, target in plan.targets:
            check_target(target, overwrite=self._overwrite)
        return self._stdin() if plan.recording == STDIN else AudioReader(plan.recording)

    def _transcribe(self, plan: Plan, reader: AudioReader, engine: SpeechToText) -> bool:
        self._listener.began(plan.recording, reader.duration)
        audio = reader.chunks(self._sample_rate)
        job = Transcription(engine, self._model, audio, self._request, self._listener.heard)
        try:
            with ExitStack() as stack:
                stack.callback(audio.close)
                files = [OutputFile(target) for _, target in plan.targets if target != STDOUT]
                for file in files:
                    stack.callback(file.discard)
                writers = self._writers(plan, files)
                try:
                    segments = job.write_to(writers)
                except KeyboardInterrupt:
                    self._keep(files, writers, job.heard)
                    raise
                written = [file.commit() for file in files]
        except VoiceBridgeError as error:
            self._listener.failed(error)
            return False
        except BrokenPipeError:
            raise
        except OSError as error:
            self._listener.failed(
                OutputError(f"The transcript of {reader.name} can't be written: {error.strerror}. Make room and try again.")
            )
            return False
        self._listener.finished(plan.recording, job.heard, segments, written)
        return True

    def _writers(self, plan: Plan, files: Sequence[OutputFile]) -> list[TranscriptWriter]:
        opened = iter(files)
        words = self._request.words
        return [open_writer(name, self._stdout if target == STDOUT else next(opened).file, words=words) for name, target in plan.targets]

    def _keep(self, files: Sequence[OutputFile], writers: Sequence[TranscriptWriter], heard: Heard) -> None:
        if heard.duration == 0:
            return
        for writer in writers:
            writer.finish(heard)
        for file in files:
            self._listener.kept(file.keep_partial())
