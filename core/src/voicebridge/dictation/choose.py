"""The model for dictation, loaded on first use, and the session's services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from threading import Lock, Thread
from typing import Any

from voicebridge.dictation.services import DesktopServices
from voicebridge.dictation.session import Recognizer
from voicebridge.engines.source import Engines
from voicebridge.errors import ConfigError, nearest
from voicebridge.filters.filtering import TextFilters
from voicebridge.options import EngineOptions, Layer
from voicebridge.ports import SpeechToText, TextInserter
from voicebridge.runtime.filters import text_filters
from voicebridge.runtime.model import Model
from voicebridge.runtime.registry import Registry
from voicebridge.specs import SERVICE_KINDS, SttSpec
from voicebridge.speech import SttRequest
from voicebridge.stt.choose import find, request_for


class LazyModel:
    """A resolved model; its engine is requested for each recording, because its owner may have unloaded it."""

    def __init__(self, model: Model[SttSpec], options: EngineOptions | None, request: SttRequest, engines: Engines) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            model: the speech-to-text model.
            options: its options.
            request: the request for it.
            engines: provides its engine.
        """
        self.model = model
        self._options = options
        self._request = request
        self._engines = engines
        self._engine: Future[SpeechToText] | None = None
        self._lock = Lock()

    def text_language(self, found: str | None) -> str | None:
        """ISO 639-1 code of the dictated text, if known; ``found`` is the spoken language that the engine has found, if any."""
        known = self.model.spec.languages
        only = next(iter(known)) if known is not None and len(known) == 1 else None
        return self._request.text_language(self._request.language or only or found)

    def open(self) -> Recognizer:
        """Start loading the model, unless it is loaded; returns immediately."""
        with self._lock:
            engine = self._engine
            if engine is None or engine.done():
                engine = self._engine = Future()
                Thread(target=self._load, args=(engine,), name="dictation-load", daemon=True).start()
        spec = self.model.spec
        return Recognizer(engine, self.model.full_name, spec.sample_rate, self._request, spec.is_live)

    def close(self) -> None:
        """Release the engine."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None and engine.done() and engine.exception() is None:
            engine.result().close()

    def _load(self, engine: Future[SpeechToText]) -> None:
        try:
            engine.set_result(self._engines.stt(self.model, self._options))
        except BaseException as error:  # the error is raised where the engine is used
            engine.set_exception(error)


def choose(
    registry: Registry, *, model: str | None, asked: Mapping[str, object], layers: Iterable[Layer] = (), engines: Engines
) -> LazyModel:
    """The model that the user has chosen; nothing is loaded yet.

    Args:
        registry: the models of the user's configuration.
        model: its name; by default, the configured one, or a lightweight local one.
        asked: fields of :class:`voicebridge.SttRequest` that override the configuration.
        layers: engine options that override the configuration.
        engines: provides its engine.

    Raises:
        VoiceBridgeError: if a name or an option is wrong, or the model doesn't support the request.
    """
    given = {name: value for name, value in asked.items() if value}
    language = given.get("language")
    found, options = find(registry, model, layers, str(language) if language else None)
    request = request_for(registry, found, given)
    return LazyModel(found, options, request, engines)


def find_filters(registry: Registry, *, filters: bool = True) -> TextFilters:
    """The filters of dictated text; ``filters`` is whether there are any.

    Raises:
        ConfigError: if the configuration names an unknown one.
    """
    return text_filters(registry, "dictation") if filters else TextFilters("dictation")


def find_services(registry: Registry) -> DesktopServices:
    """The services of this session, each looked up on first use.

    Raises:
        ConfigError: if the configuration contains an unknown inserter or service.
    """
    for kind in SERVICE_KINDS:
        registry.chosen_service(kind)
    settings = registry.config.settings
    chosen = settings.insertion
    for key, names in {"order": chosen.order, "applications": tuple(chosen.applications.values())}.items():
        if wrong := wrong_way(names, registry):
            raise ConfigError(f"insertion.{key}: {wrong}")
    return DesktopServices(_Registered(registry), chosen, settings.dictation.newlines)


def wrong_way(names: Iterable[str], registry: Registry) -> str | None:
    """The error for unknown inserter names, with the closest known one; None if all are known."""
    known = [spec.name for _, spec in registry.services("inserter")]
    unknown = next((name for name in names if name not in known), None)
    if unknown is None:
        return None
    there = f"There are {', '.join(known)}." if known else "No active plugin provides one."
    return f"there is no insertion method named {unknown!r}.{nearest(unknown, known)} {there}"


class _Registered:
    """Finds the services of the active plugins."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def load(self, kind: str) -> Any:
        return self._registry.load_service(kind)

    def inserters(self) -> list[tuple[str, Callable[[], TextInserter]]]:
        usable, _ = self._registry.usable_services("inserter")
        return [(spec.name, partial(self._registry.make_service, record, spec)) for record, spec in usable]
