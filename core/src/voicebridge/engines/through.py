"""The daemon's engines for another process, which does the job itself where the daemon can't, or ends in the middle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from voicebridge import control
from voicebridge.engines import again
from voicebridge.engines.remote import RemoteStt, RemoteTts
from voicebridge.engines.wire import Gone, Message
from voicebridge.errors import ModelError, Unavailable, UsageError
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

if TYPE_CHECKING:
    from voicebridge.model import Model
    from voicebridge.options import EngineOptions
    from voicebridge.ports import SpeechToText, TextToSpeech
    from voicebridge.specs import SttSpec, TtsSpec

log = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds without a sign of life after which a daemon counts as gone; at work it gives one every other second."""

_Engine = TypeVar("_Engine")


def daemon_stt(
    model: Model[SttSpec], options: EngineOptions | None, load: Callable[[], SpeechToText], tell: Callable[[str], None]
) -> DaemonStt | None:
    """A model as the daemon has it, ``None`` when none runs.

    Args:
        model: that is to transcribe.
        options: of it.
        load: loads it here; called when the daemon can't do it, or ends in the middle.
        tell: told when it ends in the middle.
    """
    return DaemonStt(_Daemon("engine.transcribe", model, options, load, tell)) if control.is_listening() else None


def daemon_tts(
    model: Model[TtsSpec], options: EngineOptions | None, load: Callable[[], TextToSpeech], tell: Callable[[str], None]
) -> DaemonTts | None:
    """A model as the daemon has it, as :func:`daemon_stt` gives it."""
    return DaemonTts(_Daemon("engine.synthesize", model, options, load, tell)) if control.is_listening() else None


class DaemonStt:
    """A speech-to-text model of the daemon; a :class:`voicebridge.ports.SpeechToText`."""

    def __init__(self, daemon: _Daemon) -> None:
        self._daemon = daemon

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Generator[Segment, None, None]:
        """Yield segments; see :meth:`voicebridge.ports.SpeechToText.transcribe`."""
        engines = self._daemon.engines(RemoteStt(self._daemon.connect, PATIENCE))
        try:
            yield from again.transcribe(engines, audio, request, resumes=self._daemon.model.spec.resume)
        except Gone as gone:
            raise ModelError(
                f"The daemon ended in the middle, and {self._daemon.model.full_name} can't go on there. Begin again, or use --no-daemon."
            ) from gone

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


class _Daemon:
    """What is asked of the daemon, and the model itself for when that fails."""

    def __init__(
        self, do: str, model: Model[Any], options: EngineOptions | None, load: Callable[[], Any], tell: Callable[[str], None]
    ) -> None:
        self.model = model
        self._do, self._options, self._load, self._tell = do, options, load, tell
        self._is_there = True
        self._began = False
        self._engine: Any = None
        self._lock = Lock()

    @property
    def is_here(self) -> bool:
        """Whether the model was loaded in this process."""
        return self._engine is not None

    def connect(self) -> _Conversation:
        """Begin a job.

        Raises:
            Gone: when the daemon is, or doesn't know the model.
        """
        options = self._options.model_dump(mode="json") if self._options is not None else None
        conversation = _Conversation(self._do, {"model": _name_of(self.model), "options": options})
        self._began = True
        return conversation

    def engines(self, remote: _Engine) -> Iterator[_Engine]:
        """The daemon's engine, and then one that is loaded here."""
        if self._is_there:
            yield remote
        yield self._here()

    def close(self) -> None:
        """Free the model, where it was loaded."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()

    def _here(self) -> Any:
        with self._lock:
            if self._is_there:
                self._is_there = False
                if self._began:
                    self._tell(f"The daemon has ended. {self.model.full_name} is loaded here, and goes on.")
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


def _name_of(model: Model[Any]) -> str:
    """A model's name as it is understood in another folder."""
    is_place = model.name != model.spec.name and Path(model.name).exists()
    return f"{model.plugin.name}/{Path(model.name).absolute()}" if is_place else model.full_name
