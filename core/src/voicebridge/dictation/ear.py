"""The model that dictation listens with: loaded at the first word that it is needed for, beside the recording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from threading import Lock, Thread

from voicebridge.capabilities import require
from voicebridge.model import Model
from voicebridge.options import EngineOptions, Layer
from voicebridge.pipeline.dictate import Ear
from voicebridge.ports import SpeechToText
from voicebridge.registry import Registry
from voicebridge.specs import SttSpec
from voicebridge.speech import SttRequest

Pool = Callable[[Model[SttSpec], EngineOptions | None], SpeechToText]
"""Gives the engine of a model, and keeps it loaded for as long as it likes: it is asked anew for each recording."""


class Ears:
    """A model as it was resolved, loaded once and kept."""

    def __init__(self, model: Model[SttSpec], options: EngineOptions | None, request: SttRequest, pool: Pool | None = None) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            model: that listens.
            options: of it.
            request: what is asked of it.
            pool: where engines come from; without one the model is loaded here.
        """
        self.model = model
        self._options = options
        self._request = request
        self._pool = pool
        self._engine: Future[SpeechToText] | None = None
        self._lock = Lock()

    @property
    def language(self) -> str | None:
        """ISO 639-1 code of what is spoken, where that is certain beforehand."""
        known = self.model.spec.languages
        return self._request.language or (next(iter(known)) if known is not None and len(known) == 1 else None)

    def open(self) -> Ear:
        """Begin to load the model, unless that has been done; returns at once. One that could not be loaded is tried again."""
        with self._lock:
            engine = self._engine
            if engine is None or (engine.done() and (self._pool or engine.exception() is not None)):
                engine = self._engine = Future()
                Thread(target=self._load, args=(engine,), name="dictation-load", daemon=True).start()
        return Ear(engine, self.model.full_name, self.model.spec.sample_rate, self._request)

    def close(self) -> None:
        """Free the model."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None and engine.done() and engine.exception() is None:
            engine.result().close()

    def _load(self, engine: Future[SpeechToText]) -> None:
        try:
            engine.set_result(self._pool(self.model, self._options) if self._pool else self.model.load(self._options))
        except BaseException as error:  # whoever waits for it is told
            engine.set_exception(error)


def find_ears(
    registry: Registry, *, model: str | None, asked: Mapping[str, object], layers: Iterable[Layer] = (), pool: Pool | None = None
) -> Ears:
    """What listens as the user wants it; nothing is loaded yet.

    Args:
        registry: the models, under the user's configuration.
        model: its name; without it the configured one, or a light one that is here.
        asked: fields of :class:`voicebridge.SttRequest` over those of the configuration.
        layers: engine options over those of the configuration.
        pool: where engines come from; without one the model is loaded here.

    Raises:
        VoiceBridgeError: when a name or an option is wrong, or the model can't do what is asked.
    """
    settings = registry.config.settings
    found = registry.stt(model)
    options = registry.options(found, layers)
    request = settings.stt.request({name: value for name, value in asked.items() if value})
    require(found, request.capabilities, request.language, registry.stt_models())
    if found.spec.hotwords:  # the user's words are a help where they can be told, and corrected afterwards in any case
        request = replace(request, hotwords=tuple(dict.fromkeys((*request.hotwords, *settings.dictation.words))))
    return Ears(found, options, request, pool)
