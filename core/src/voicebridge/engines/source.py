"""Where engines come from. Code that needs engines receives an :class:`Engines`, whose kind is decided once per process.

The daemon has a :class:`voicebridge.engines.pool.Pool`. Every other process has :class:`ClientEngines`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from voicebridge import control
from voicebridge.engines.daemon_client import Chosen, ClientStt, ClientTts, chosen
from voicebridge.engines.loader import load as load_here

if TYPE_CHECKING:  # not needed if the daemon does the work
    from voicebridge.options import EngineOptions
    from voicebridge.ports import SpeechToText, TextToSpeech
    from voicebridge.runtime.model import Model
    from voicebridge.specs import SttSpec, TtsSpec

log = logging.getLogger(__name__)

Load = Callable[["Model[Any]", "EngineOptions | None"], Any]
"""Loads a model in this process.

Raises:
    VoiceBridgeError: if it can't be loaded.
"""
_Client = TypeVar("_Client", ClientStt, ClientTts)


class Engines(Protocol):
    """Provides engines. Closing an engine only releases it; the creator of the :class:`Engines` frees the models."""

    def stt(self, model: Model[SttSpec], options: EngineOptions | None) -> SpeechToText:
        """The engine of a speech-to-text model.

        Raises:
            VoiceBridgeError: if it has to be loaded now and can't be.
        """
        ...

    def tts(self, model: Model[TtsSpec], options: EngineOptions | None) -> TextToSpeech:
        """The engine of a text-to-speech model.

        Raises:
            VoiceBridgeError: if it has to be loaded now and can't be.
        """
        ...


class ClientEngines:
    """Engines of a process other than the daemon: the daemon's if allowed and available, else loaded here, each once."""

    def __init__(self, *, daemon: bool, tell: Callable[[str], None] = log.warning, load: Load = load_here) -> None:
        """Prepare; nothing is loaded or requested yet.

        Args:
            daemon: whether the daemon's engines may be used, if it runs.
            tell: called with a one-sentence message when the daemon stops in the middle of a job.
            load: loads a model here.
        """
        self._daemon, self._tell, self._load = daemon, tell, load
        self._engines: dict[tuple[type, str, str], Any] = {}
        self._lock = Lock()

    def stt(self, model: Model[SttSpec], options: EngineOptions | None) -> ClientStt:
        """The engine of a speech-to-text model; loads it unless the daemon has it.

        Raises:
            VoiceBridgeError: if it can't be loaded.
        """
        engine = self.chosen_stt(chosen(model, options), lambda: (model, options))
        engine.load()
        return engine

    def tts(self, model: Model[TtsSpec], options: EngineOptions | None) -> ClientTts:
        """The engine of a text-to-speech model; loads it unless the daemon has it.

        Raises:
            VoiceBridgeError: if it can't be loaded.
        """
        engine = self._engine(ClientTts, chosen(model, options), lambda: (model, options))
        engine.load()
        return engine

    def chosen_stt(self, model: Chosen, find: Callable[[], tuple[Model[SttSpec], EngineOptions | None]]) -> ClientStt:
        """The engine of a speech-to-text model that the daemon may have resolved; loads nothing before it is needed here.

        Args:
            model: the model, for requests to the daemon.
            find: resolves the same model in this process.
        """
        return self._engine(ClientStt, model, find)

    def close(self) -> None:
        """Free the models that were loaded here; the daemon keeps its own."""
        with self._lock:
            engines = list(self._engines.values())
            self._engines.clear()
        for engine in engines:
            engine.free()

    def _engine(self, kind: type[_Client], model: Chosen, find: Callable[[], tuple[Model[Any], EngineOptions | None]]) -> _Client:
        key = kind, model.name, str(model.options)
        with self._lock:
            if key not in self._engines:
                by_daemon = self._daemon and control.is_listening()
                self._engines[key] = kind(model, lambda: self._load(*find()), self._tell, by_daemon=by_daemon)
            engine: _Client = self._engines[key]
            return engine
