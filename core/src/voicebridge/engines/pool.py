"""The engines of a process that runs for long, each in a worker process of its own, shared by all who use the same model and options."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

import psutil

from voicebridge.engines import again
from voicebridge.engines.remote import RemoteStt, RemoteTts
from voicebridge.engines.slot import Limits, Slot
from voicebridge.engines.wire import Gone
from voicebridge.model import Model
from voicebridge.options import EngineOptions
from voicebridge.specs import ModelSpec, SttSpec, TtsSpec
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model as it stands in the pool."""

    model: str
    """Full name, ``plugin/model``."""
    kind: str
    """``stt`` or ``tts``."""
    pid: int
    """Of its process; 0 when it has none, since it could not be loaded or was killed."""
    memory: int
    """Bytes that its process has in memory."""
    idle: float
    """Seconds since its last job."""
    busy: int
    """How many jobs are under way."""
    problem: str
    """What went wrong last, empty when nothing did."""


class Pool:
    """Worker processes, by model and options. They end with this process, however that ends."""

    def __init__(self, idle_unload: float | None, tell: Callable[[str], None], limits: Limits | None = None) -> None:
        """Nothing is loaded yet.

        Args:
            idle_unload: seconds after which a model that nobody uses is unloaded; 0 once its job is done, ``None`` never.
            tell: told, in one sentence, what goes wrong.
            limits: how long what may take.
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
        """The engine of a model, which begins to load unless it is loaded; returns at once."""
        return PooledStt(self._slot("stt", model, options), resumes=model.spec.resume)

    def tts(self, model: Model[TtsSpec], options: EngineOptions | None) -> PooledTts:
        """The engine of a model, which begins to load unless it is loaded; returns at once."""
        return PooledTts(self._slot("tts", model, options))

    def loaded(self) -> list[Loaded]:
        """The models that have a process, and those that something is wrong with."""
        with self._changed:
            slots = list(self._slots.values())
        found = []
        for slot in slots:
            pid, busy, problem = slot.pid, slot.busy, slot.problem
            if pid or problem:
                found.append(Loaded(slot.model, slot.kind, pid, memory(pid), slot.idle, busy, problem))
        return found

    def close(self) -> None:
        """End all processes, and what they are doing. Twice does no harm."""
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
            if time.monotonic() - began < 2 * tick:  # else it was this process that was stopped, and has not heard the others yet
                for slot in slots:
                    slot.look_after(self.idle_unload)


class PooledStt:
    """A speech-to-text model of the pool; a :class:`voicebridge.ports.SpeechToText`."""

    def __init__(self, slot: Slot, *, resumes: bool) -> None:
        self._slot, self._resumes = slot, resumes

    def warm(self) -> None:
        """Begin to load the model if it was unloaded; returns at once."""
        self._slot.warm()

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Generator[Segment, None, None]:
        """Yield segments; see :meth:`voicebridge.ports.SpeechToText.transcribe`.

        A process that dies or hangs is replaced, once for each recording, and goes on where the first one stopped.

        Raises:
            ModelError: when that won't help, with the reason.
            VoiceBridgeError: what the engine raises.
        """
        engines = (RemoteStt(self._slot.connect) for _ in range(_ATTEMPTS))
        try:
            yield from again.transcribe(engines, audio, request, resumes=self._resumes)
        except Gone as gone:
            raise self._slot.failed(gone) from gone

    def close(self) -> None:
        """Let go of it; the pool keeps the model for the next one."""


class PooledTts:
    """A text-to-speech model of the pool; a :class:`voicebridge.ports.TextToSpeech`."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    def warm(self) -> None:
        """Begin to load the model if it was unloaded; returns at once."""
        self._slot.warm()

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Generator[AudioChunk, None, None]:
        """Yield sound; see :meth:`voicebridge.ports.TextToSpeech.synthesize`.

        A process that dies or hangs is replaced, once for each reading, and goes on where the first one stopped.

        Raises:
            ModelError: when that won't help, with the reason.
            VoiceBridgeError: what the engine raises.
        """
        engines = (RemoteTts(self._slot.connect) for _ in range(_ATTEMPTS))
        try:
            yield from again.synthesize(engines, text, request)
        except Gone as gone:
            raise self._slot.failed(gone) from gone

    def close(self) -> None:
        """Let go of it; the pool keeps the model for the next one."""


def _load_message(kind: str, model: Model[Any], options: EngineOptions | None) -> dict[str, Any]:
    spec: ModelSpec = model.spec
    return {
        "kind": kind,
        "model": model.full_name,
        "name": model.name,
        "factory": spec.factory,
        "options type": spec.options if options is not None else None,
        "options": options.model_dump(mode="json") if options is not None else None,
        "distribution": model.plugin.distribution,
    }


def memory(pid: int) -> int:
    """Bytes that a process has in memory; 0 of none."""
    if pid:
        with suppress(psutil.Error):
            return int(psutil.Process(pid).memory_info().rss)
    return 0
