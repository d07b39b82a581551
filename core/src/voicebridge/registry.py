"""From a name that a user types to a model or service that runs.

A model answers to its full name ``plugin/model``, and to its short name and aliases while only one model does. An open spec also
serves names that nobody listed, such as a folder or a hub id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from voicebridge.config import Config
from voicebridge.errors import AmbiguousNameError, NotSupportedError, PluginError, Unavailable, UnknownNameError, VoiceBridgeError, nearest
from voicebridge.options import EngineOptions, Layer, validate
from voicebridge.plugins import PluginHost, PluginRecord
from voicebridge.ports import SpeechToText, WeightsPlace, WeightsStore
from voicebridge.specs import ModelSpec, ServiceSpec, SttSpec, TtsSpec, load_ref

_Spec = TypeVar("_Spec", bound=ModelSpec)
_AnyModel = TypeVar("_AnyModel", SttSpec, TtsSpec)


@dataclass(frozen=True)
class Model(Generic[_Spec]):
    """A model that was found by its name; nothing of it is loaded yet."""

    plugin: PluginRecord
    spec: _Spec
    name: str
    """Its name within the plugin: the spec's own, or what the user gave to an open spec."""

    @property
    def full_name(self) -> str:
        """``plugin/model``."""
        return f"{self.plugin.name}/{self.name}"

    def options_type(self) -> type[EngineOptions] | None:
        """The class of the engine's options, imported now; ``None`` where it has none."""
        if self.spec.options is None:
            return None
        kind = load_ref(self.spec.options)
        if not (isinstance(kind, type) and issubclass(kind, EngineOptions)):
            raise PluginError(f"{self.full_name}: {self.spec.options} is not a subclass of EngineOptions. Tell its makers.")
        return kind

    def options(self, layers: Iterable[Layer]) -> EngineOptions | None:
        """The engine's options from their layers, lowest first.

        Raises:
            OptionError: when one is unknown or ill-typed.
        """
        layers = list(layers)
        kind = self.options_type()
        if kind is not None:
            return validate(kind, layers)
        if given := next((layer for layer in layers if layer.values), None):
            raise UnknownNameError(f"{given.origin}: {self.full_name} has no options. Leave them out.")
        return None

    def weights(self) -> WeightsStore | None:
        """Where the model's weights are kept; ``None`` when the plugin doesn't say."""
        if self.spec.weights is None:
            return None
        store: WeightsStore = load_ref(self.spec.weights)()
        return store

    def found_at(self) -> WeightsPlace | None:
        """The place that the weights would be loaded from; ``None`` when there is none, or the plugin doesn't say."""
        store = self.weights()
        return None if store is None else next((place for place in store.places(self.name) if place.found), None)

    def is_local(self) -> bool:
        """Whether the model can be loaded without the network."""
        if self.spec.weights is None:
            return True
        place = self.found_at()
        return place is not None and place.local

    def load(self, options: EngineOptions | None) -> Any:
        """The engine, loaded: a :class:`SpeechToText` or :class:`TextToSpeech`.

        Raises:
            VoiceBridgeError: when it can't be loaded.
        """
        return load_ref(self.spec.factory)(self.name, options)


class Registry:
    """The models and services of all active plugins."""

    def __init__(self, host: PluginHost, config: Config) -> None:
        self.host = host
        self.config = config

    def stt_models(self) -> list[Model[SttSpec]]:
        """Every listed speech-to-text model."""
        return list(self._models(SttSpec))

    def tts_models(self) -> list[Model[TtsSpec]]:
        """Every listed text-to-speech model."""
        return list(self._models(TtsSpec))

    def stt(self, name: str | None = None) -> Model[SttSpec]:
        """The speech-to-text model of that name; without one the configured model, or the best whose weights are here.

        Raises:
            UnknownNameError: when nothing answers to the name, with the nearest that does.
            AmbiguousNameError: when several models do.
        """
        name = name or self.config.settings.stt.model
        return self._resolve(name, SttSpec) if name else self._default(self.stt_models())

    def any_model(self, name: str) -> Model[Any]:
        """The model of that name, of either kind."""
        try:
            return self._resolve(name, SttSpec)
        except UnknownNameError:
            if not self.tts_models():
                raise
            return self._resolve(name, TtsSpec)

    def load_stt(self, model: Model[SttSpec], overrides: Iterable[Layer] = ()) -> SpeechToText:
        """Load a model with the options that the configuration and ``overrides`` give it.

        Raises:
            VoiceBridgeError: when an option is wrong or the model can't be loaded.
        """
        engine: SpeechToText = model.load(self.options(model, overrides))
        return engine

    def options(self, model: Model[Any], overrides: Iterable[Layer] = ()) -> EngineOptions | None:
        """A model's options from every layer; ``overrides`` are above the configuration."""
        return model.options([*self.config.engine_layers(model.plugin.name, model.name), *overrides])

    def service(self, kind: str) -> tuple[PluginRecord, ServiceSpec]:
        """The usable service of a kind with the highest priority.

        Raises:
            Unavailable: when none can be used, with every reason.
        """
        usable, reasons = [], []
        for record in self.host.active:
            for spec in record.of(ServiceSpec):
                if spec.kind == kind:
                    try:
                        usable.append((int(load_ref(spec.probe)()), record, spec))
                    except VoiceBridgeError as error:
                        reasons.append(f"{record.name}/{spec.name}: {error}")
        if not usable:
            raise Unavailable(f"No {kind} can be used here. " + (" ".join(reasons) or "No active plugin offers one."))
        _, record, spec = max(usable, key=lambda each: each[0])
        return record, spec

    def _models(self, kind: type[_AnyModel]) -> Iterator[Model[_AnyModel]]:
        for record in self.host.active:
            for spec in record.of(kind):
                yield Model(record, spec, spec.name)

    def _resolve(self, name: str, kind: type[_AnyModel]) -> Model[_AnyModel]:
        models = list(self._models(kind))
        answering = [m for m in models if name in (m.full_name, m.name, *m.spec.aliases)]
        answering += [m for m in models if name in [f"{m.plugin.name}/{alias}" for alias in m.spec.aliases]]
        if not answering:
            answering = _open_models(name, models)
        if not answering:
            raise UnknownNameError(self._unknown(name, models))
        if len(answering) > 1:
            candidates = ", ".join(sorted(model.full_name for model in answering))
            raise AmbiguousNameError(f"{name!r} could be any of {candidates}. Write one of these in full.")
        return answering[0]

    def _unknown(self, name: str, models: Sequence[Model[_AnyModel]]) -> str:
        plugin = name.partition("/")[0]
        for record in self.host.records:
            if record.name == plugin and not record.active:
                return f"The model {name!r} belongs to the plugin {plugin}, which is not active: {record.reason}"
        if not models:
            return f"No model is named {name!r}: no active plugin offers one. Install one: pip install voicebridge-whisper"
        hint = nearest(name, [known for model in models for known in (model.name, model.full_name, *model.spec.aliases)])
        return f"No model is named {name!r}.{hint} List them with: voicebridge models"

    def _default(self, models: Sequence[Model[SttSpec]]) -> Model[SttSpec]:
        if not models:
            raise UnknownNameError("No active plugin offers a speech-to-text model. Install one: pip install voicebridge-whisper")
        # A plugin lists its models with the one to prefer first.
        return next((model for model in models if model.is_local()), models[0])


def _open_models(name: str, models: Sequence[Model[_AnyModel]]) -> list[Model[_AnyModel]]:
    open_models = [each for each in models if each.spec.open_names]
    for model in open_models:
        if name.startswith(f"{model.plugin.name}/"):
            return [Model(model.plugin, model.spec, name.removeprefix(f"{model.plugin.name}/"))]
    if "/" in name or "\\" in name:  # a folder or a hub id; a bare word is far more likely a slip of the pen
        return [Model(each.plugin, each.spec, name) for each in open_models]
    return []


def require(model: Model[SttSpec], wanted: Iterable[str], language: str | None, others: Sequence[Model[SttSpec]]) -> None:
    """Refuse, before it is loaded, a model that can't do what is asked.

    Args:
        model: the chosen model.
        wanted: names of :class:`SttSpec` capabilities, such as ``translate``.
        language: ISO 639-1 code of what is spoken, where it is known.
        others: the models to recommend from.

    Raises:
        NotSupportedError: naming a model that can, where there is one.
    """
    wanted = list(wanted)
    for capability in wanted:
        if not getattr(model.spec, capability):
            raise NotSupportedError(f"{model.full_name} can't do {capability}.{_recommend(others, wanted, language)}")
    if not _speaks(model.spec, language):
        known = {code for other in others for code in other.spec.languages or ()}
        if language not in known and not any(other.spec.languages is None for other in others):
            raise UnknownNameError(
                f"No model knows the language {language!r}.{nearest(str(language), known)} Write it as a code such as en, de or fr."
            )
        raise NotSupportedError(f"{model.full_name} doesn't know the language {language!r}.{_recommend(others, wanted, language)}")


def _speaks(spec: SttSpec, language: str | None) -> bool:
    return language is None or spec.languages is None or language in spec.languages


def _recommend(others: Sequence[Model[SttSpec]], wanted: Sequence[str], language: str | None) -> str:
    able = [m for m in others if all(getattr(m.spec, each) for each in wanted) and _speaks(m.spec, language)]
    local = next((model for model in able if model.is_local()), None)
    best = local or next(iter(able), None)
    return f" Use one that can: -m {best.full_name}" if best else " No active model can."
