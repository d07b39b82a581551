"""Resolve a transcription: the model, its options and the request, in this process or by a daemon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from functools import cached_property, partial
from typing import IO, TYPE_CHECKING, Any

from voicebridge import control
from voicebridge.engines.daemon_client import chosen
from voicebridge.errors import NotSupportedError, UnavailableError, UsageError
from voicebridge.filters.filtering import TextFilters
from voicebridge.speech import SttRequest
from voicebridge.stt.choice import Options, SttChoice, Surroundings, choose_by_daemon, surroundings, to_json
from voicebridge.stt.formats.table import Format, Formats
from voicebridge.stt.speakers import SpeakerFinder

if TYPE_CHECKING:  # not needed if a daemon does the work
    from voicebridge.extensions import FormatSpec
    from voicebridge.options import EngineOptions, Layer
    from voicebridge.runtime.extensions import Extension
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry
    from voicebridge.specs import SttSpec
    from voicebridge.stt.formats.owned import OwnedWriter


def formats_of(load_registry: Callable[[], Registry]) -> Formats:
    """The built-in formats and those of the active plugins, which are loaded only for another name than a built-in one's.

    Args:
        load_registry: returns the active plugins.
    """

    def of_plugins() -> Iterator[tuple[str, Format]]:
        from voicebridge.extensions import FormatSpec
        from voicebridge.runtime.extensions import extensions

        for each in extensions(load_registry().host, FormatSpec):
            spec = each.spec
            yield each.full_name, Format(partial(_writer, each), wants_words=spec.words, binary=spec.binary, speakers=spec.speakers)

    return Formats(of_plugins)


def _writer(extension: Extension[FormatSpec], file: IO[Any], words: bool) -> OwnedWriter:
    from voicebridge.speech import TranscriptWriter
    from voicebridge.stt.formats.owned import OwnedWriter

    owner = extension.owner()
    return OwnedWriter(extension.make(TranscriptWriter, file, words), file, owner.blamed, owner.problem)


class SttChooser:
    """The model named by the user, resolved by the daemon if possible, else here; the result stays the same afterwards."""

    def __init__(
        self,
        name: str | None,
        options: Options,
        load_registry: Callable[[], Registry],
        *,
        ask: Callable[[], Surroundings] | None,
        filters: bool = True,
    ) -> None:
        """Prepare; nothing is resolved yet.

        Args:
            name: of the model; ``None`` is the configured one.
            options: engine options.
            load_registry: returns the models of the configuration; called at most once, if the model has to be resolved here.
            ask: returns the environment for a query to a daemon; ``None`` if there must be none.
            filters: whether filters of text run.
        """
        self._name, self._options, self._load_registry, self._ask, self._has_filters = name, options, load_registry, ask, filters
        self._language: str | None = None

    def choose(self, asked: Mapping[str, Any]) -> SttChoice:
        """The model, and the request for it.

        Args:
            asked: the given fields of :class:`SttRequest`; the others come from the configuration.

        Raises:
            VoiceBridgeError: if a name or an option is wrong, or the model doesn't support the request.
        """
        self._language = asked.get("language")
        choice = choose_by_daemon(self._name, asked, self._options, self._ask()) if self._ask is not None else None
        if choice is None:
            choice = choice_of(self._registry, *self.found(), asked, filters=self._has_filters)
        self._name = choice.model.name
        return choice

    def filters(self, choice: SttChoice) -> TextFilters:
        """The filters of transcripts, which run in this process even if the daemon has the model."""
        if not (self._has_filters and choice.filters):
            return TextFilters("transcript")  # without loading plugins
        return filters_of(self._registry)

    def diarizer(self, choice: SttChoice, speakers: int | None) -> SpeakerFinder | None:
        """What labels the speakers, which runs in this process even if the daemon has the model; ``None`` if the model does it.

        Args:
            choice: the model.
            speakers: how many people speak, if known.

        Raises:
            NotSupportedError: if that number is not supported.
            UnavailableError: if there is no diarizer.
            ConfigError: if the configuration names an unknown one.
        """
        if choice.labels:
            if speakers is not None:
                told = "labels speakers itself, and can't be told how many there are. Leave out the number of speakers."
                raise NotSupportedError(f"{choice.full_name} {told}")
            return None
        self._diarizer.check(speakers)
        return self._diarizer

    def found(self) -> tuple[Model[SttSpec], EngineOptions | None]:
        """The model and its options, resolved in this process.

        Raises:
            VoiceBridgeError: if a name or an option is wrong.
        """
        return self._found

    @cached_property
    def _diarizer(self) -> SpeakerFinder:
        return diarizer_of(self._registry)

    @cached_property
    def _registry(self) -> Registry:
        return self._load_registry()

    @cached_property
    def _found(self) -> tuple[Model[SttSpec], EngineOptions | None]:
        return find(self._registry, self._name, [_layer(self._options)], self._language)


def find(
    registry: Registry, name: str | None, layers: Iterable[Layer], language: str | None
) -> tuple[Model[SttSpec], EngineOptions | None]:
    """A model and its validated options.

    Args:
        registry: the models of the configuration.
        name: of the model; ``None`` is the configured one.
        layers: engine options that override the configuration.
        language: ISO 639-1 code of what is spoken, if requested; matters for the default model.

    Raises:
        VoiceBridgeError: if a name or an option is wrong.
    """
    model = registry.stt(name, language)
    return model, registry.options(model, layers)


def filters_of(registry: Registry) -> TextFilters:
    """The filters of transcripts.

    Raises:
        ConfigError: if the configuration names an unknown one.
    """
    from voicebridge.runtime.filters import text_filters

    return text_filters(registry, "transcript")


def diarizer_of(registry: Registry, name: str | None = None) -> SpeakerFinder:
    """The diarizer of that name, else the configured or the first one; it is loaded on first use.

    Raises:
        UnknownNameError: if there is none of that name.
        UnavailableError: if there is none.
        ConfigError: if the configuration names an unknown one.
    """
    from voicebridge.runtime.diarizers import PluginDiarizer, chosen_diarizer

    return PluginDiarizer(chosen_diarizer(registry, name))


def choice_of(
    registry: Registry, model: Model[SttSpec], options: EngineOptions | None, asked: Mapping[str, Any], *, filters: bool = True
) -> SttChoice:
    """The resolved request for a model.

    Args:
        registry: the models of the configuration.
        model: the model.
        options: its options.
        asked: the given fields of :class:`SttRequest`; the others come from the configuration.
        filters: whether filters of text run.

    Raises:
        NotSupportedError: if the model doesn't support the request.
        ConfigError: if the configuration names an unknown filter.
    """
    from voicebridge.runtime.events import has_listeners

    return SttChoice(
        full_name=model.full_name,
        model=chosen(model, options),
        request=request_for(registry, model, asked),
        sample_rate=model.spec.sample_rate,
        has_words=model.spec.words,
        parallel=model.spec.parallel,
        partials=model.spec.partials,
        labels=model.spec.diarization,
        diarize=registry.config.settings.stt.diarize,
        is_local=model.is_local(),
        listens=has_listeners(registry),
        filters=filters_of(registry).names if filters else (),
        executor=registry.config.settings.stt.executor,
    )


def request_for(registry: Registry, model: Model[SttSpec], asked: Mapping[str, Any]) -> SttRequest:
    """The request for a model: the configuration, overridden by ``asked``, with the user's vocabulary as hotwords if supported.

    Args:
        registry: the models of the configuration.
        model: the model.
        asked: the given fields of :class:`SttRequest`.

    Raises:
        NotSupportedError: if the model doesn't support the request.
    """
    from voicebridge.runtime.capabilities import require

    settings = registry.config.settings
    request = settings.stt.request(asked)
    require(model, request.capabilities, request.language, registry.stt_models())
    if settings.stt.vocabulary and model.spec.hotwords:
        request = replace(request, hotwords=tuple(dict.fromkeys((*request.hotwords, *settings.dictation.vocabulary))))
    return request


def handler(registry_of: Callable[[], Registry]) -> control.Handler:
    """Answers ``engine.choose`` on the control socket, with the models of the current configuration."""

    def answer(asked: dict[str, Any], peer: control.Peer) -> Mapping[str, Any]:
        del peer
        registry = registry_of()
        config = registry.config
        there = replace(surroundings(config.asked_profile, config.environment), stamp=config.stamp)
        if config.stamp is None or asked.get("surroundings") != asdict(there):
            raise UnavailableError("The configuration is not the one that the daemon has read.")
        try:
            request = _given(asked["asked"])
            model, options = find(registry, asked["model"], [_layer(asked["options"])], _language(registry, request, asked))
            if model.name != model.spec.name and ("/" in model.name or "\\" in model.name or model.name.startswith(".")):
                raise UnavailableError("A folder's name may mean another one in the folder of who asks.")
            return to_json(choice_of(registry, model, options, request))
        except (LookupError, TypeError, ValueError) as error:
            raise UsageError(f"A choice names model, asked and options: {error}") from error

    return answer


def _language(registry: Registry, request: Mapping[str, Any], asked: Mapping[str, Any]) -> str | None:
    """The language for the default model: of the request, of the configuration, or of the locale of the process that asks."""
    language = request.get("language") or registry.config.settings.stt.language or asked.get("locale")
    return str(language) if language else None


def _layer(options: Options) -> Layer:
    from voicebridge.options import Layer, parse_assignments

    return Layer("options", options) if isinstance(options, Mapping) else parse_assignments(options)


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {**asked, **({"hotwords": tuple(asked["hotwords"])} if "hotwords" in asked else {})}
