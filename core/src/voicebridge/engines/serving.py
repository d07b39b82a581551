"""The side of a conversation that has the engine: in a worker process, and in the daemon for jobs of other processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any, Protocol

from voicebridge.engines import wire
from voicebridge.engines.wire import Message, Peer
from voicebridge.errors import InputError, PluginError, Unavailable, UsageError, VoiceBridgeError, WeightsNotFoundError, brief
from voicebridge.iterators import closed_after
from voicebridge.speech import AudioChunk

if TYPE_CHECKING:  # a worker, and who asks a daemon, need none of these
    from voicebridge.audio.decode import AudioReader
    from voicebridge.model import Model
    from voicebridge.options import EngineOptions
    from voicebridge.ports import SpeechToText, TextToSpeech
    from voicebridge.registry import Registry
    from voicebridge.specs import ModelSpec, SttSpec, TtsSpec

ALIVE = 2.0
"""Seconds between two signs of life to who waits for an engine that computes."""
TELL_EVERY = 0.1
"""Seconds between two messages about how far a recording has been decoded."""

Handler = Callable[[dict[str, Any], Peer], Message | None]
"""Answers a request of another process; see :class:`voicebridge.control.Control`."""


class Engines(Protocol):
    """Where engines come from: a pool of processes, another process, or loaded here. Closing one only lets go of it."""

    def stt(self, model: Model[SttSpec], options: EngineOptions | None) -> SpeechToText:
        """The engine of a speech-to-text model."""
        ...

    def tts(self, model: Model[TtsSpec], options: EngineOptions | None) -> TextToSpeech:
        """The engine of a text-to-speech model."""
        ...


class Cancelled(Exception):  # noqa: N818 - no error, a wish
    """The other side has ended the conversation."""


class Job:
    """One job as the other side asks for it. A thread hears what that says while the engine computes."""

    def __init__(self, peer: Peer, name: str) -> None:
        """Begin to listen to ``peer``; ``name`` is the model's full name, for messages."""
        self._peer, self._name = peer, name
        self._asked: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._inputs: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._room = 0
        self._cancelled = False
        self._changed = Condition()
        Thread(target=self._listen, name="engine-job", daemon=True).start()

    def transcribe(self, engine: SpeechToText, recording: AudioReader | None = None, sample_rate: int = 0) -> None:
        """Transcribe what comes, or a recording that is here, and give the segments.

        Args:
            engine: a loaded model.
            recording: is decoded here; the other side is told how far that has come, and in the end what could not be read.
            sample_rate: what the model takes, in Hz.

        Raises:
            Cancelled: when the other side has had enough.
            VoiceBridgeError: when the engine fails.
        """
        request = wire.stt_request_from(self._request())
        audio = self._audio() if recording is None else self._decoded(recording, sample_rate)
        with self._blamed(), closed_after(engine.transcribe(audio, request)) as segments:
            for segment in segments:
                self._give({"segment": wire.segment_to(segment)})
        if recording is not None and recording.damage:
            self._send({"damage": recording.damage})

    def synthesize(self, engine: TextToSpeech) -> None:
        """Speak what comes, and give the sound.

        Raises:
            Cancelled: when the other side has had enough.
            VoiceBridgeError: when the engine fails.
        """
        request = wire.tts_request_from(self._request())
        with self._blamed(), closed_after(engine.synthesize(self._text(), request)) as chunks:
            for chunk in chunks:
                self._give({"audio": wire.chunk_to(chunk)})

    def _request(self) -> dict[str, Any]:
        asked = self._asked.get()
        if asked is None:
            raise Cancelled
        return asked

    def _audio(self) -> Iterator[AudioChunk]:
        return (wire.chunk_from(said["audio"]) for said in self._wanted())

    def _decoded(self, recording: AudioReader, sample_rate: int) -> Iterator[AudioChunk]:
        from voicebridge.audio.condition import conditioned

        told = position = 0.0
        try:
            with closing(recording.chunks(sample_rate)) as chunks:
                for chunk in conditioned(chunks):
                    yield chunk
                    position = chunk.start + chunk.duration
                    if time.monotonic() - told > TELL_EVERY:
                        told = time.monotonic()
                        self._send({"heard": position})
        except OSError as error:
            raise InputError(f"{recording.name} can't be read: {error.strerror or brief(error)}. Try again.") from error
        self._send({"heard": position})

    def _text(self) -> Iterator[str]:
        return (wire.text_from(said) for said in self._wanted())

    def _wanted(self) -> Iterator[dict[str, Any]]:
        while True:
            self._send({"want": 1})
            said = self._inputs.get()
            if said is None:
                raise Cancelled
            if said.get("end"):
                return
            yield said

    def _give(self, message: Message) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._room > 0 or self._cancelled)
            self._room -= 1
        self._send(message)

    def _send(self, message: Message) -> None:
        if self._cancelled:
            raise Cancelled
        try:
            wire.send(self._peer, message)
        except (Unavailable, OSError) as error:
            raise Cancelled from error

    def _listen(self) -> None:
        with suppress(Unavailable, OSError):
            while (said := wire.receive(self._peer)) is not None:
                with self._changed:
                    self._room += int(said.pop("more", 0))
                    self._changed.notify_all()
                if "request" in said:
                    self._asked.put(dict(said["request"]))
                elif said:
                    self._inputs.put(said)
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()
        self._asked.put(None)
        self._inputs.put(None)

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """Let errors out that a user is to read, unless the other side no longer listens."""
        try:
            yield
        except Cancelled:
            raise
        except Exception as error:
            if self._cancelled:  # whatever became of it, in an engine whose input ended
                raise Cancelled from error
            if isinstance(error, VoiceBridgeError):
                raise
            what = f"{type(error).__name__}: {error}".rstrip(": ")
            raise PluginError(f"{self._name} failed in a way that it should not: {what}. Tell the makers of its plugin.") from error


def handlers(pool: Engines, registry_of: Callable[[], Registry]) -> dict[str, Handler]:
    """What the daemon answers to those who want its engines: ``engine.transcribe`` and ``engine.synthesize``.

    Args:
        pool: gives the engines.
        registry_of: gives the models, as they are configured now.
    """

    def transcribe(asked: dict[str, Any], peer: Peer) -> Message | None:
        registry = registry_of()
        model = registry.stt(_name(asked))
        with ExitStack() as stack:
            recording = stack.enter_context(_opened(asked["recording"])) if "recording" in asked else None
            first = {} if recording is None else {"duration": recording.duration}
            job, options = stack.enter_context(_begun(asked, peer, model, registry, first))
            job.transcribe(pool.stt(model, options), recording, model.spec.sample_rate)
        return None

    def synthesize(asked: dict[str, Any], peer: Peer) -> Message | None:
        registry = registry_of()
        model = registry.tts(_name(asked))
        with _begun(asked, peer, model, registry) as (job, options):
            job.synthesize(pool.tts(model, options))
        return None

    return {"engine.transcribe": transcribe, "engine.synthesize": synthesize}


def _opened(place: Mapping[str, Any]) -> AudioReader:
    """A recording that another process names, which has to be the file that it sees."""
    from voicebridge.audio.decode import AudioReader  # only now: a worker needs none of it

    try:
        path, name = Path(place["path"]), str(place["name"])
        status = path.stat()
        if [status.st_dev, status.st_ino] != place["file"]:
            raise InputError(f"{name} is another file for the daemon. Use --no-daemon.")
        return AudioReader(path, name, start=float(place["start"]), end=place["end"], track=place["track"])
    except OSError as error:
        raise InputError(f"{place['path']} can't be opened: {error.strerror}. Check its permissions.") from error
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"A recording is named by path, name, file, start, end and track: {brief(error)} is wrong.") from error


@contextmanager
def _begun(
    asked: Mapping[str, Any], peer: Peer, model: Model[Any], registry: Registry, first: Message | None = None
) -> Iterator[tuple[Job, EngineOptions | None]]:
    options = options_from(model.spec, asked["options"]) if "options" in asked else registry.options(model)
    if not model.is_local():  # what has to be fetched is better fetched where the user watches
        raise WeightsNotFoundError(f"The weights of {model.full_name} are not on this machine. Fetch them: voicebridge models download")
    peer.send({"event": "begun", **(first or {})})
    job, over = Job(peer, model.full_name), Event()

    def live() -> None:
        with suppress(Unavailable, OSError):
            while not over.wait(ALIVE):
                peer.send({"event": "alive"})

    Thread(target=live, name="engine-alive", daemon=True).start()
    try:
        with suppress(Cancelled):
            yield job, options
    except VoiceBridgeError as error:
        with suppress(Unavailable):  # the last line of an answer doesn't say of what kind it is
            wire.send(peer, {"event": "failed", **wire.error_to(error)})
        raise
    finally:
        over.set()


def options_from(spec: ModelSpec, said: Any) -> EngineOptions | None:
    """A model's options, which another process has checked, from JSON.

    Raises:
        UsageError: when they are not this model's: the other process has another version of the plugin.
    """
    from voicebridge.model import options_type

    kind = options_type(spec)
    if kind is None:
        return None
    try:
        return kind.model_validate(said or {})
    except ValueError as error:
        raise UsageError(f"{spec.name} has other options here. Restart what runs in the background: voicebridge daemon restart") from error


def _name(asked: Mapping[str, Any]) -> str:
    name = asked.get("model")
    if not isinstance(name, str):
        raise UsageError('A job names its model: {"model": "whisper/base"}.')
    return name
