"""The side of a connection that has the engine: in a worker process, and in the daemon for jobs of other processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any

from voicebridge.engines import messages
from voicebridge.engines.messages import Message, MessagePeer
from voicebridge.errors import (
    InputError,
    UnavailableError,
    UsageError,
    VoiceBridgeError,
    WeightsNotFoundError,
    brief,
    cannot_read,
)
from voicebridge.iterators import closed_after
from voicebridge.speech import AudioChunk

if TYPE_CHECKING:  # not needed in a worker or a client
    from voicebridge.audio.decode import AudioReader
    from voicebridge.engines.source import Engines
    from voicebridge.options import EngineOptions
    from voicebridge.ports import SpeechToText, TextToSpeech
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry
    from voicebridge.specs import ModelSpec

ALIVE = 2.0
"""Seconds between two heartbeats to a client while the engine computes."""
TELL_EVERY = 0.1
"""Seconds between two progress messages of a decoded recording."""

Handler = Callable[[dict[str, Any], MessagePeer], Message | None]
"""Handles a request of another process; see :class:`voicebridge.control.Control`."""


class Cancelled(Exception):  # noqa: N818 - no error, a wish
    """The other side has closed the connection."""


class Job:
    """One job, on the engine's side. A thread reads messages while the engine computes."""

    def __init__(self, peer: MessagePeer) -> None:
        """Start reading from ``peer``."""
        self._peer = peer
        self._asked: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._inputs: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._room = 0
        self._cancelled = False
        self._changed = Condition()
        Thread(target=self._listen, name="engine-job", daemon=True).start()

    def transcribe(self, engine: SpeechToText, recording: AudioReader | None = None, sample_rate: int = 0) -> None:
        """Transcribe the received audio, or a local recording, and send the segments.

        Args:
            engine: a loaded model.
            recording: is decoded here; its progress and, at the end, its damage are sent too.
            sample_rate: of the model, in Hz.

        Raises:
            Cancelled: if the other side has closed the connection.
            VoiceBridgeError: if the engine fails.
        """
        request = messages.stt_request_from(self._request())
        audio = self._audio() if recording is None else self._decoded(recording, sample_rate)
        with self._blamed(), closed_after(engine.transcribe(audio, request)) as segments:
            for segment in segments:
                self._give({"segment": messages.segment_to(segment)})
        if recording is not None and recording.damage:
            self._send({"damage": recording.damage})

    def synthesize(self, engine: TextToSpeech) -> None:
        """Speak the received text, and send the audio.

        Raises:
            Cancelled: if the other side has closed the connection.
            VoiceBridgeError: if the engine fails.
        """
        request = messages.tts_request_from(self._request())
        with self._blamed(), closed_after(engine.synthesize(self._text(), request)) as chunks:
            for chunk in chunks:
                self._give({"audio": messages.chunk_to(chunk)})

    def _request(self) -> dict[str, Any]:
        asked = self._asked.get()
        if asked is None:
            raise Cancelled
        return asked

    def _audio(self) -> Iterator[AudioChunk]:
        return (messages.chunk_from(said["audio"]) for said in self._wanted())

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
            raise cannot_read(recording.name, error) from error
        self._send({"heard": position})

    def _text(self) -> Iterator[str]:
        return (messages.text_from(said) for said in self._wanted())

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
            messages.send(self._peer, message)
        except (UnavailableError, OSError) as error:
            raise Cancelled from error

    def _listen(self) -> None:
        with suppress(UnavailableError, OSError):
            while (said := messages.receive(self._peer)) is not None:
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
        """Raise errors meant for users, unless the other side has closed the connection."""
        try:
            yield
        except Cancelled:
            raise
        except Exception as error:
            if self._cancelled:  # whatever the error of an engine whose input ended
                raise Cancelled from error
            raise


def handlers(engines: Engines, registry_of: Callable[[], Registry]) -> dict[str, Handler]:
    """The daemon's handlers for ``engine.transcribe`` and ``engine.synthesize``.

    Args:
        engines: provides engines.
        registry_of: returns the models of the current configuration.
    """

    def transcribe(asked: dict[str, Any], peer: MessagePeer) -> Message | None:
        registry = registry_of()
        model = registry.stt(_name(asked))
        with ExitStack() as stack:
            recording = stack.enter_context(_opened(asked["recording"])) if "recording" in asked else None
            first = {} if recording is None else {"duration": recording.duration, "channels": recording.channels}
            job, options = stack.enter_context(_begun(asked, peer, model, registry, first))
            job.transcribe(engines.stt(model, options), recording, model.spec.sample_rate)
        return None

    def synthesize(asked: dict[str, Any], peer: MessagePeer) -> Message | None:
        registry = registry_of()
        model = registry.tts(_name(asked))
        with _begun(asked, peer, model, registry) as (job, options):
            job.synthesize(engines.tts(model, options))
        return None

    return {"engine.transcribe": transcribe, "engine.synthesize": synthesize}


def _opened(place: Mapping[str, Any]) -> AudioReader:
    """A recording named by another process, which must be the same file here."""
    from voicebridge.audio.decode import AudioReader  # on demand: not needed in a worker

    try:
        path, name = Path(place["path"]), str(place["name"])
        status = path.stat()
        if [status.st_dev, status.st_ino] != place["file"]:
            raise InputError(f"{name} is a different file for the daemon. Use --no-daemon.")
        channel = {key: place[key] for key in ("channel", "channels") if key in place}
        return AudioReader(path, name, start=float(place["start"]), end=place["end"], track=place["track"], **channel)
    except OSError as error:
        raise InputError(f"{place['path']} can't be opened: {error.strerror}. Check its permissions.") from error
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"A recording is named by path, name, file, start, end and track: {brief(error)} is wrong.") from error


@contextmanager
def _begun(
    asked: Mapping[str, Any], peer: MessagePeer, model: Model[Any], registry: Registry, first: Message | None = None
) -> Iterator[tuple[Job, EngineOptions | None]]:
    options = options_from(model.spec, asked["options"]) if "options" in asked else registry.options(model)
    if not model.is_local():  # missing weights are better downloaded where the user sees it
        raise WeightsNotFoundError(f"The weights of {model.full_name} are not downloaded. Download them: voicebridge models download")
    peer.send({"event": "begun", **(first or {})})
    job, over = Job(peer), Event()

    def live() -> None:
        with suppress(UnavailableError, OSError):
            while not over.wait(ALIVE):
                peer.send({"event": "alive"})

    Thread(target=live, name="engine-alive", daemon=True).start()
    try:
        with suppress(Cancelled):
            yield job, options
    except VoiceBridgeError as error:
        with suppress(UnavailableError):  # the final message has no field for its kind
            messages.send(peer, {"event": "failed", **messages.error_to(error)})
        raise
    finally:
        over.set()


def options_from(spec: ModelSpec, said: Any) -> EngineOptions | None:
    """A model's options from JSON, validated by another process.

    Raises:
        UsageError: if they don't match this model: the other process has another version of the plugin.
    """
    from voicebridge.runtime.model import options_type

    kind = options_type(spec)
    if kind is None:
        return None
    try:
        return kind.model_validate(said or {})
    except ValueError as error:
        raise UsageError(f"{spec.name} has different options here. Restart the daemon: voicebridge daemon restart") from error


def _name(asked: Mapping[str, Any]) -> str:
    name = asked.get("model")
    if not isinstance(name, str):
        raise UsageError('A job names its model: {"model": "whisper/base"}.')
    return name
