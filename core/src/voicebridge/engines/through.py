"""The daemon's engines for another process, which does the job itself where the daemon can't, or ends in the middle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from stat import S_ISREG
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from voicebridge import control
from voicebridge.audio.opened import OnHeard, Sound, Undecoded, metered
from voicebridge.engines import again, wire
from voicebridge.engines.remote import RemoteStt, RemoteTts, conversation
from voicebridge.engines.wire import Gone, Message
from voicebridge.errors import ModelError, Unavailable, UsageError
from voicebridge.iterators import closed_after
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

if TYPE_CHECKING:
    from voicebridge.model import Model
    from voicebridge.options import EngineOptions
    from voicebridge.ports import SpeechToText, TextToSpeech

log = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds without a sign of life after which a daemon counts as gone; at work it gives one every other second."""

_Engine = TypeVar("_Engine")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A model as the daemon is asked for it."""

    name: str
    """Its full name, with an absolute path where it is a folder."""
    options: Message | None
    """Its options, as JSON."""
    resumes: bool = False
    """Whether it can continue in the middle of a recording."""


def chosen(model: Model[Any], options: EngineOptions | None) -> Chosen:
    """A model that was found here, as the daemon is asked for it."""
    said = options.model_dump(mode="json") if options is not None else None
    return Chosen(name=full_name(model), options=said, resumes=getattr(model.spec, "resume", False))


def daemon_stt(model: Chosen, load: Callable[[], SpeechToText], tell: Callable[[str], None]) -> DaemonStt | None:
    """A model as the daemon has it, ``None`` when none runs.

    Args:
        model: that is to transcribe.
        load: loads it here; called when the daemon can't do it, or ends in the middle.
        tell: told when it ends in the middle.
    """
    return DaemonStt(_Daemon("engine.transcribe", model, load, tell)) if control.is_listening() else None


def daemon_tts(model: Chosen, load: Callable[[], TextToSpeech], tell: Callable[[str], None]) -> DaemonTts | None:
    """A model as the daemon has it, as :func:`daemon_stt` gives it."""
    return DaemonTts(_Daemon("engine.synthesize", model, load, tell)) if control.is_listening() else None


class DaemonStt:
    """A speech-to-text model of the daemon; a :class:`voicebridge.ports.SpeechToText`."""

    def __init__(self, daemon: _Daemon) -> None:
        self._daemon = daemon

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Generator[Segment, None, None]:
        """Yield segments; see :meth:`voicebridge.ports.SpeechToText.transcribe`."""
        engines = self._daemon.engines(RemoteStt(self._daemon.connect, PATIENCE))
        with self._daemon.explained():
            yield from again.transcribe(engines, audio, request, resumes=self._daemon.model.resumes)

    def open(self, recording: Path, open_here: Callable[[], Sound], **stretch: float | None) -> Sound:
        """Open a recording: by the daemon, which then decodes it, or here where the daemon can't.

        Args:
            recording: the file.
            open_here: opens it in this process.
            stretch: ``start`` and ``end`` (s) and the number of the ``track``.

        Raises:
            InputError: when it can't be read.
        """
        try:
            return _Recording(self._daemon, recording, open_here, stretch)
        except (Gone, OSError):  # what is wrong with the file is found out, and explained, by opening it here
            return open_here()

    @property
    def is_here(self) -> bool:
        """Whether the model was loaded in this process after all."""
        return self._daemon.is_here

    def close(self) -> None:
        """Free the model where it was loaded here; the daemon keeps its own."""
        self._daemon.close()


class DaemonTts:
    """A text-to-speech model of the daemon; a :class:`voicebridge.ports.TextToSpeech`."""

    def __init__(self, daemon: _Daemon) -> None:
        self._daemon = daemon

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Generator[AudioChunk, None, None]:
        """Yield sound; see :meth:`voicebridge.ports.TextToSpeech.synthesize`."""
        return again.synthesize(self._daemon.engines(RemoteTts(self._daemon.connect, PATIENCE)), text, request)

    @property
    def is_here(self) -> bool:
        """Whether the model was loaded in this process after all."""
        return self._daemon.is_here

    def close(self) -> None:
        """Free the model where it was loaded here; the daemon keeps its own."""
        self._daemon.close()


class _Recording(Undecoded):
    """A recording that the daemon has opened; a :class:`voicebridge.audio.opened.Sound`."""

    def __init__(self, daemon: _Daemon, recording: Path, open_here: Callable[[], Sound], stretch: Mapping[str, float | None]) -> None:
        status = recording.stat()
        if not S_ISREG(status.st_mode):
            raise Gone("A stream is read by the process that has it.")
        place = {"path": str(recording.absolute()), "name": str(recording), "file": [status.st_dev, status.st_ino], **stretch}
        self._daemon, self._open_here = daemon, open_here
        self._peer = daemon.connect(recording=place)
        self._here: Sound | None = None
        self._damage: str | None = None
        self._rate = 0

    @property
    def duration(self) -> float | None:
        """Seconds that will be heard, where the recording says."""
        return self._peer.begun.get("duration")

    @property
    def damage(self) -> str | None:
        """What could not be read."""
        return self._here.damage if self._here is not None else self._damage

    def chunks(self, sample_rate: int) -> _Recording:
        """This recording, whose sound stays in the daemon."""
        self._rate = sample_rate
        return self

    def transcribe(self, request: SttRequest, on_heard: OnHeard) -> Generator[Segment, None, None]:
        """Yield segments; see :class:`voicebridge.audio.opened.Undecoded`."""
        attempts = [partial(self._there, on_heard), partial(self._transcribe_here, on_heard)]
        with self._daemon.explained():
            yield from again.transcribe_by(attempts, request, resumes=self._daemon.model.resumes)

    def close(self) -> None:
        """Hang up, and close what was opened here."""
        self._peer.close()
        if self._here is not None:
            self._here.close()

    def _there(self, on_heard: OnHeard, request: SttRequest) -> Generator[Segment, None, None]:
        asked = {"request": wire.stt_request_to(request)}
        with closing(conversation(lambda: self._peer, asked, iter(()), PATIENCE)) as given:
            for said in given:
                if "segment" in said:
                    yield wire.segment_from(said["segment"])
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
    """What is asked of the daemon, and the model itself for when that fails."""

    def __init__(self, do: str, model: Chosen, load: Callable[[], Any], tell: Callable[[str], None]) -> None:
        self.model = model
        self._do, self._load, self._tell = do, load, tell
        self._is_there = True
        self._began = False
        self._engine: Any = None
        self._lock = Lock()

    @property
    def is_here(self) -> bool:
        """Whether the model was loaded in this process."""
        return self._engine is not None

    def connect(self, **more: Any) -> _Conversation:
        """Begin a job.

        Raises:
            Gone: when the daemon is, or doesn't know the model.
        """
        if not self._is_there:
            raise Gone("It was gone already.")
        conversation = _Conversation(self._do, {"model": self.model.name, "options": self.model.options, **more})
        self._began = True
        return conversation

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn :class:`Gone` into what a user can read.

        Raises:
            ModelError: in its stead.
        """
        try:
            yield
        except Gone as gone:
            raise ModelError(
                f"The daemon ended during the job, and {self.model.name} cannot continue in the middle. "
                "Run the command again, or use --no-daemon."
            ) from gone

    def engines(self, remote: _Engine) -> Iterator[_Engine]:
        """The daemon's engine, and then one that is loaded here."""
        if self._is_there:
            yield remote
        yield self.here()

    def close(self) -> None:
        """Free the model, where it was loaded."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()

    def here(self) -> Any:
        """The engine, loaded in this process."""
        with self._lock:
            if self._is_there:
                self._is_there = False
                if self._began:
                    self._tell(f"The daemon has ended. Loading {self.model.name} here to continue.")
            if self._engine is None:
                self._engine = self._load()
            return self._engine


class _Conversation:
    """A conversation with the daemon that has begun well; a :class:`voicebridge.engines.wire.Peer`."""

    def __init__(self, do: str, arguments: Message) -> None:
        with ExitStack() as stack:
            try:
                self._peer = stack.enter_context(control.converse(do, **arguments))
                said = self._peer.receive(PATIENCE)
            except (Unavailable, UsageError) as error:
                raise Gone(str(error)) from error
            if said is None or said.get("event") != "begun":
                log.info("The daemon can't do this job: %s", said.get("error") if said else "it has ended.")
                raise Gone("The daemon can't do it.")
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
        """End the conversation."""
        self._stack.close()


def full_name(model: Model[Any]) -> str:
    """A model's name as it is understood in another folder."""
    is_place = model.name != model.spec.name and Path(model.name).exists()
    return f"{model.plugin.name}/{Path(model.name).absolute()}" if is_place else model.full_name
