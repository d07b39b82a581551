"""The engines of a long-running process, each in its own worker process, shared by all users of the same model and options."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

import psutil

from voicebridge.engines import failover
from voicebridge.engines.descriptors import spec_to
from voicebridge.engines.messages import PeerGoneError
from voicebridge.engines.remote import RemoteStt, RemoteTts
from voicebridge.engines.supervisor import Limits, Slot
from voicebridge.options import EngineOptions
from voicebridge.runtime.model import Model
from voicebridge.specs import SttSpec, TtsSpec
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class PooledModel:
    """The status of a model in the pool."""

    model: str
    """Full name, ``plugin/model``."""
    kind: str
    """``stt`` or ``tts``."""
    pid: int
    """Id of its process; 0 if it has none, because it could not be loaded or was killed."""
    memory: int
    """Memory of its process in bytes."""
    idle: float
    """Seconds since its last job."""
    busy: int
    """The number of active jobs."""
    problem: str
    """The last error, empty if there is none."""


class Pool:
    """Worker processes, by model and options. They end with this process in any case."""

    def __init__(self, idle_unload: float | None, tell: Callable[[str], None], limits: Limits | None = None) -> None:
        """Nothing is loaded yet.

        Args:
            idle_unload: seconds after which an unused model is unloaded; 0 immediately after its job, ``None`` never.
            tell: called with a one-sentence message when something fails.
            limits: the time-outs.
        """
        self.idle_unload = idle_unload
        self.limits = limits or Limits()
        self._tell = tell
        self._slots: dict[str, Slot] = {}
        self._changed = Condition()
        self._closed = False
        self._thread = Thread(target=self._watch, name="engines", daemon=True)
        self._thread.start()

    def stt(self, model: Model[SttSpec], options: EngineOptions | None) -> PooledStt:
        """The engine of a model, which starts loading unless it is loaded; returns immediately."""
        return PooledStt(self._slot("stt", model, options), resumes=model.spec.is_resumable)

    def tts(self, model: Model[TtsSpec], options: EngineOptions | None) -> PooledTts:
        """The engine of a model, which starts loading unless it is loaded; returns immediately."""
        return PooledTts(self._slot("tts", model, options))

    def load(self, model: Model[Any], options: EngineOptions | None) -> PooledStt | PooledTts:
        """The engine of a model of either kind, as :meth:`stt` and :meth:`tts`."""
        return self.stt(model, options) if isinstance(model.spec, SttSpec) else self.tts(model, options)

    def loaded(self) -> list[PooledModel]:
        """The models that have a process or an error."""
        with self._changed:
            slots = list(self._slots.values())
        found = []
        for slot in slots:
            pid, busy, problem = slot.pid, slot.busy, slot.problem
            if pid or problem:
                found.append(PooledModel(slot.model, slot.kind, pid, memory(pid), slot.idle, busy, problem))
        return found

    def close(self) -> None:
        """End all processes and their jobs. Calling it twice is allowed."""
        with self._changed:
            self._closed = True
            slots = list(self._slots.values())
            self._changed.notify_all()
        for slot in slots:
            slot.close()
        self._thread.join()
        for slot in slots:
            slot.wait()

    def _slot(self, kind: str, model: Model[Any], options: EngineOptions | None) -> Slot:
        load = _load_message(kind, model, options)
        key = json.dumps(load)
        with self._changed:
            slot = self._slots.get(key)
            if slot is None:
                slot = self._slots[key] = Slot(load, self._tell, self.limits, self._wake)
                if self._closed:
                    slot.close()
        slot.warm()
        return slot

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _watch(self) -> None:
        tick = self.limits.tick
        while True:
            with self._changed:
                if self._closed:
                    return
                began = time.monotonic()
                self._changed.wait(tick if any(slot.pid for slot in self._slots.values()) else None)
                slots = list(self._slots.values())
            if time.monotonic() - began < 2 * tick:  # otherwise this process itself was suspended, and has not read their messages yet
                for slot in slots:
                    slot.look_after(self.idle_unload)


class PooledStt:
    """A speech-to-text model of the pool; a :class:`voicebridge.ports.SpeechToText`."""

    def __init__(self, slot: Slot, *, resumes: bool) -> None:
        self._slot, self._resumes = slot, resumes

    def warm(self) -> None:
        """Start loading the model if it was unloaded; returns immediately."""
        self._slot.warm()

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Generator[Segment, None, None]:
        """Yield segments; see :meth:`voicebridge.ports.SpeechToText.transcribe`.

        A process that dies or hangs is replaced, once per recording, and the new one resumes where it stopped.

        Raises:
            ModelError: if that doesn't help, with the reason.
            VoiceBridgeError: errors of the engine.
        """
        engines = (RemoteStt(self._slot.connect) for _ in range(_ATTEMPTS))
        try:
            yield from failover.transcribe(engines, audio, request, resumes=self._resumes)
        except PeerGoneError as gone:
            raise self._slot.failed(gone) from gone

    def close(self) -> None:
        """Release it; the pool keeps the model for the next user."""


class PooledTts:
    """A text-to-speech model of the pool; a :class:`voicebridge.ports.TextToSpeech`."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    def warm(self) -> None:
        """Start loading the model if it was unloaded; returns immediately."""
        self._slot.warm()

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Generator[AudioChunk, None, None]:
        """Yield audio; see :meth:`voicebridge.ports.TextToSpeech.synthesize`.

        A process that dies or hangs is replaced, once per reading, and the new one resumes where it stopped.

        Raises:
            ModelError: if that doesn't help, with the reason.
            VoiceBridgeError: errors of the engine.
        """
        engines = (RemoteTts(self._slot.connect) for _ in range(_ATTEMPTS))
        try:
            yield from failover.synthesize(engines, text, request)
        except PeerGoneError as gone:
            raise self._slot.failed(gone) from gone

    def close(self) -> None:
        """Release it; the pool keeps the model for the next user."""


def _load_message(kind: str, model: Model[Any], options: EngineOptions | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "model": model.full_name,
        "name": model.name,
        "spec": spec_to(model.spec),
        "options": options.model_dump(mode="json") if options is not None else None,
        "distribution": model.plugin.distribution,
    }


def memory(pid: int) -> int:
    """Memory of a process in bytes; 0 if there is none."""
    if pid:
        with suppress(psutil.Error):
            return int(psutil.Process(pid).memory_info().rss)
    return 0
