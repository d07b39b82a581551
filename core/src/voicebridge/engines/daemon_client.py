"""A model for a process other than the daemon: the daemon runs its jobs, or this process if the daemon can't or stops in the middle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from stat import S_ISREG
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from voicebridge import control
from voicebridge.audio.opened import OnHeard, Sound, Undecoded, metered
from voicebridge.engines import failover, messages
from voicebridge.engines.messages import Message, PeerGoneError
from voicebridge.engines.remote import RemoteStt, RemoteTts, conversation
from voicebridge.errors import ModelError, UnavailableError, UsageError
from voicebridge.iterators import closed_after
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

if TYPE_CHECKING:
    from voicebridge.options import EngineOptions
    from voicebridge.ports import SpeechToText, TextToSpeech
    from voicebridge.runtime.model import Model

log = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds without a heartbeat after which a daemon counts as gone; during a job, it sends one every two seconds."""

_Engine = TypeVar("_Engine")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A model, for requests to the daemon."""

    name: str
    """Its full name, with an absolute path if it is a folder."""
    options: Message | None
    """Its options, as JSON."""
    resumes: bool = False
    """Whether it can resume in the middle of a recording."""


def chosen(model: Model[Any], options: EngineOptions | None) -> Chosen:
    """A model that was resolved here, for requests to the daemon."""
    said = options.model_dump(mode="json") if options is not None else None
    return Chosen(name=full_name(model), options=said, resumes=getattr(model.spec, "is_resumable", False))


class _Client:
    """A model of the daemon, or loaded here."""

    job: ClassVar[str]
    """The name of the request."""

    def __init__(self, model: Chosen, load: Callable[[], Any], tell: Callable[[str], None], *, by_daemon: bool) -> None:
        """Prepare; nothing is loaded or requested yet.

        Args:
            model: the model.
            load: loads it here; called if the daemon can't run a job, or stops in the middle.
            tell: called when it stops in the middle.
            by_daemon: whether the daemon is to run the jobs.
        """
        self._daemon = _Daemon(self.job, model, load, tell, is_there=by_daemon)

    def load(self) -> None:
        """Load the model here, unless the daemon runs the jobs or it is already loaded.

        Raises:
            VoiceBridgeError: if it can't be loaded.
        """
        self._daemon.load()

    def close(self) -> None:
        """Release it; it stays loaded."""

    def free(self) -> None:
        """Free the model if it was loaded here; the daemon keeps its own."""
        self._daemon.free()


class ClientStt(_Client):
    """A speech-to-text model of the daemon, or loaded here; a :class:`voicebridge.ports.SpeechToText`."""

    job = "engine.transcribe"

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments; see :meth:`voicebridge.ports.SpeechToText.transcribe`."""
        if not self._daemon.is_there:
            engine: SpeechToText = self._daemon.here()
            return engine.transcribe(audio, request)
        return self._transcribe(audio, request)

    def _transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Generator[Segment, None, None]:
        engines = self._daemon.engines(RemoteStt(self._daemon.connect, PATIENCE))
        with self._daemon.explained():
            yield from failover.transcribe(engines, audio, request, resumes=self._daemon.model.resumes)

    def open(self, recording: Path, open_here: Callable[[], Sound], **stretch: float | None) -> Sound:
        """Open a recording: in the daemon, which then decodes it, or here if the daemon can't.

        Args:
            recording: the file.
            open_here: opens it in this process.
            stretch: ``start`` and ``end`` (s) and the number of the ``track``; for a single ``channel``, its number and the expected
                number of ``channels``.

        Raises:
            InputError: if it can't be read.
        """
        try:
            return _ServedRecording(self._daemon, recording, open_here, stretch)
        except (PeerGoneError, OSError):  # opening the file here raises the appropriate error
            return open_here()

    @property
    def by_daemon(self) -> bool:
        """Whether the daemon runs the jobs, and has succeeded so far."""
        return self._daemon.is_there


class ClientTts(_Client):
    """A text-to-speech model of the daemon, or loaded here; a :class:`voicebridge.ports.TextToSpeech`."""

    job = "engine.synthesize"

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        """Yield audio; see :meth:`voicebridge.ports.TextToSpeech.synthesize`."""
        if not self._daemon.is_there:
            engine: TextToSpeech = self._daemon.here()
            return engine.synthesize(text, request)
        return failover.synthesize(self._daemon.engines(RemoteTts(self._daemon.connect, PATIENCE)), text, request)


class _ServedRecording(Undecoded):
    """A recording opened by the daemon; a :class:`voicebridge.audio.opened.Sound`."""

    def __init__(self, daemon: _Daemon, recording: Path, open_here: Callable[[], Sound], stretch: Mapping[str, float | None]) -> None:
        status = recording.stat()
        if not S_ISREG(status.st_mode):
            raise PeerGoneError("A stream can be read only by the process that opened it.")
        place = {"path": str(recording.absolute()), "name": str(recording), "file": [status.st_dev, status.st_ino], **stretch}
        self._daemon, self._open_here = daemon, open_here
        self._peer = daemon.connect(recording=place)
        self._here: Sound | None = None
        self._damage: str | None = None
        self._rate = 0

    @property
    def duration(self) -> float | None:
        """Its duration in seconds, if known."""
        return self._peer.begun.get("duration")

    @property
    def channels(self) -> int:
        """Its number of channels."""
        return int(self._peer.begun.get("channels", 0))

    @property
    def damage(self) -> str | None:
        """Its damage."""
        return self._here.damage if self._here is not None else self._damage

    def chunks(self, sample_rate: int) -> _ServedRecording:
        """This recording, whose audio stays in the daemon."""
        self._rate = sample_rate
        return self

    def transcribe(self, request: SttRequest, on_heard: OnHeard) -> Generator[Segment, None, None]:
        """Yield segments; see :class:`voicebridge.audio.opened.Undecoded`."""
        attempts = [partial(self._there, on_heard), partial(self._transcribe_here, on_heard)]
        with self._daemon.explained():
            yield from failover.transcribe_by(attempts, request, resumes=self._daemon.model.resumes)

    def close(self) -> None:
        """Close the connection, and what was opened here."""
        self._peer.close()
        if self._here is not None:
            self._here.close()

    def _there(self, on_heard: OnHeard, request: SttRequest) -> Generator[Segment, None, None]:
        asked = {"request": messages.stt_request_to(request)}
        with closing(conversation(lambda: self._peer, asked, iter(()), PATIENCE)) as given:
            for said in given:
                if "segment" in said:
                    yield messages.segment_from(said["segment"])
                elif "heard" in said:
                    on_heard(float(said["heard"]))
                else:
                    self._damage = str(said["damage"])

    def _transcribe_here(self, on_heard: OnHeard, request: SttRequest) -> Generator[Segment, None, None]:
        from voicebridge.audio.condition import conditioned

        engine = self._daemon.here()
        self._here = self._open_here()
        with (
            closing(self._here.chunks(self._rate)) as chunks,
            closed_after(engine.transcribe(metered(conditioned(chunks), on_heard), request)) as segments,
        ):
            yield from segments


class _Daemon:
    """Requests to the daemon, and the model itself as a fallback."""

    def __init__(self, do: str, model: Chosen, load: Callable[[], Any], tell: Callable[[str], None], *, is_there: bool) -> None:
        self.model = model
        self.is_there = is_there
        """Whether the daemon is used; never again after it failed to run a job."""
        self._do, self._load, self._tell = do, load, tell
        self._began = False
        self._engine: Any = None
        self._lock = Lock()

    def connect(self, **more: Any) -> _Conversation:
        """Start a job.

        Raises:
            PeerGoneError: if the daemon is gone, or doesn't know the model.
        """
        if not self.is_there:
            raise PeerGoneError("It was gone already.")
        conversation = _Conversation(self._do, {"model": self.model.name, "options": self.model.options, **more})
        self._began = True
        return conversation

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Convert :class:`PeerGoneError` into a user-readable error.

        Raises:
            ModelError: instead.
        """
        try:
            yield
        except PeerGoneError as gone:
            raise ModelError(
                f"The daemon stopped during the job, and {self.model.name} cannot continue in the middle. "
                "Run the command again, or use --no-daemon."
            ) from gone

    def engines(self, remote: _Engine) -> Iterator[_Engine]:
        """The daemon's engine, followed by one that is loaded here."""
        if self.is_there:
            yield remote
        yield self.here()

    def load(self) -> None:
        """Load the engine here, unless the daemon is used."""
        if not self.is_there:
            self.here()

    def free(self) -> None:
        """Free the model, if it was loaded."""
        if self._engine is not None:
            self._engine.close()

    def here(self) -> Any:
        """The engine, loaded in this process."""
        with self._lock:
            if self.is_there:
                self.is_there = False
                if self._began:
                    self._tell(f"The daemon stopped. Loading {self.model.name} here to continue.")
            if self._engine is None:
                self._engine = self._load()
            return self._engine


class _Conversation:
    """An established connection to the daemon; a :class:`voicebridge.engines.messages.MessagePeer`."""

    def __init__(self, do: str, arguments: Message) -> None:
        with ExitStack() as stack:
            try:
                self._peer = stack.enter_context(control.converse(do, **arguments))
                said = self._peer.receive(PATIENCE)
            except (UnavailableError, UsageError) as error:
                raise PeerGoneError(str(error)) from error
            if said is None or said.get("event") != "begun":
                log.info("The daemon can't do this job: %s", said.get("error") if said else "it has ended.")
                raise PeerGoneError("The daemon can't do it.")
            self.begun = said
            """The daemon's first message."""
            self._stack = stack.pop_all()

    def send(self, message: Message) -> None:
        """Send one message."""
        self._peer.send(message)

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next message."""
        return self._peer.receive(seconds)

    def close(self) -> None:
        """Close the connection."""
        self._stack.close()


def full_name(model: Model[Any]) -> str:
    """A model's name in a form that is valid in another working directory."""
    is_place = model.name != model.spec.name and Path(model.name).exists()
    return f"{model.plugin.name}/{Path(model.name).absolute()}" if is_place else model.full_name
