"""From a name that a user types to a model or service that runs.

A model answers to its full name ``plugin/model``, and to its short name and aliases while only one model does. An open spec also
serves names that nobody listed, such as a folder or a hub id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from voicebridge.config import Config
from voicebridge.configfile import join_key
from voicebridge.errors import (
    AmbiguousNameError,
    ConfigError,
    Unavailable,
    UnknownNameError,
    VoiceBridgeError,
    brief,
    nearest,
)
from voicebridge.model import Model, options_type
from voicebridge.options import EngineOptions, Layer
from voicebridge.plugins import PluginHost, PluginRecord
from voicebridge.ports import SpeechToText
from voicebridge.specs import ModelSpec, ServiceSpec, SttSpec, TtsSpec, load_ref

_Spec = TypeVar("_Spec", bound=ModelSpec)
_EngineSpec = TypeVar("_EngineSpec", SttSpec, TtsSpec)

_DOES = {SttSpec: "listens and doesn't speak", TtsSpec: "speaks and doesn't listen"}


class Service(NamedTuple):
    """A service that can be used here."""

    record: PluginRecord
    spec: ServiceSpec
    made: Any
    """What its factory gave, ready for use."""

    @property
    def full_name(self) -> str:
        """Such as ``os_linux/x11``."""
        return f"{self.record.name}/{self.spec.name}"


class Registry:
    """The models and services of all active plugins."""

    def __init__(self, host: PluginHost, config: Config) -> None:
        self.host = host
        self.config = config

    def stt_models(self) -> list[Model[SttSpec]]:
        """Every listed speech-to-text model."""
        return self._models(SttSpec)

    def tts_models(self) -> list[Model[TtsSpec]]:
        """Every listed text-to-speech model."""
        return self._models(TtsSpec)

    def stt(self, name: str | None = None) -> Model[SttSpec]:
        """The speech-to-text model of that name; without one the configured model, or a light one whose weights are here.

        Raises:
            UnknownNameError: when nothing answers to the name, with the nearest that does.
            AmbiguousNameError: when several models do.
        """
        name = name or self.config.settings.stt.model
        models = self.stt_models()
        return self._resolve(name, models) if name else self._default(_lightest_first(models), "speech-to-text")

    def tts(self, name: str | None = None, voice: str | None = None) -> Model[TtsSpec]:
        """The text-to-speech model of that name; without one the one that has the voice, the configured one, or a light one that is here.

        Raises:
            UnknownNameError: when nothing answers to the name, with the nearest that does.
            AmbiguousNameError: when several models do.
        """
        models = self.tts_models()
        if name is None and voice is not None:
            name = next((model.full_name for model in _lightest_first(models) if voice in [each.name for each in model.spec.voices]), None)
        name = name or self.config.settings.tts.model
        return self._resolve(name, models) if name else self._default(_lightest_first(models), "text-to-speech")

    def any_model(self, name: str) -> Model[Any]:
        """The model of that name, of either kind."""
        return self._resolve(name, self._all_models())

    def load_stt(self, model: Model[SttSpec], overrides: Iterable[Layer] = ()) -> SpeechToText:
        """Load a model with the options that the configuration and ``overrides`` give it.

        Raises:
            VoiceBridgeError: when an option is wrong or the model can't be loaded.
        """
        engine: SpeechToText = model.load(self.options(model, overrides))
        return engine

    def options(self, model: Model[Any], overrides: Iterable[Layer] = ()) -> EngineOptions | None:
        """A model's options from every layer; ``overrides`` are above the configuration.

        Raises:
            OptionError: when one is unknown or ill-typed.
        """
        return model.options([*self.option_layers(model), *overrides])

    def option_layers(self, model: Model[Any]) -> list[Layer]:
        """What the configuration sets of a model's options, lowest first, without what is meant for its plugin's other models.

        Raises:
            ConfigError: when the configuration has a table for a model of this plugin that doesn't exist.
        """
        self._check_model_tables(model.plugin.name)
        listed = model.name == model.spec.name
        layers = self.config.engine_layers(model.plugin.name, *(model.spec.aliases if listed else ()), model.name)
        return [_without_siblings(model, layer) if layer.shared else layer for layer in layers]

    def service(self, kind: str) -> tuple[PluginRecord, ServiceSpec]:
        """The usable service of a kind with the highest priority.

        Raises:
            Unavailable: when none can be used, with every reason.
        """
        usable, reasons = self.usable_services(kind)
        if not usable:
            raise Unavailable(f"No {kind} can be used here. " + (" ".join(reasons) or "No active plugin offers one."))
        return usable[0]

    def load_service(self, kind: str) -> Any:
        """The best usable service of a kind, ready for use.

        Raises:
            Unavailable: when none can be used, with every reason.
        """
        return self.find_service(kind).made

    def find_service(self, kind: str) -> Service:
        """The best usable service of a kind, ready for use, and whose it is.

        Raises:
            Unavailable: when none can be used, with every reason.
        """
        record, spec = self.service(kind)
        return Service(record, spec, make_service(record, spec))

    def usable_services(self, kind: str) -> tuple[list[tuple[PluginRecord, ServiceSpec]], list[str]]:
        """The services of a kind that can be used here, the best first, and of each other one the reason why it can't."""
        usable, reasons = [], []
        for record, spec in self.services(kind):
            try:
                usable.append((probe(spec), record, spec))
            except VoiceBridgeError as error:
                reasons.append(f"{record.name}/{spec.name}: {error}")
        return [(record, spec) for _, record, spec in sorted(usable, key=lambda each: -each[0])], reasons

    def services(self, kind: str | None = None) -> list[tuple[PluginRecord, ServiceSpec]]:
        """Every service that an active plugin offers, of one kind or of all."""
        return [(record, spec) for record in self.host.active for spec in record.of(ServiceSpec) if kind in (None, spec.kind)]

    def _all_models(self) -> list[Model[Any]]:
        return [*self.stt_models(), *self.tts_models()]

    def _models(self, kind: type[_Spec]) -> list[Model[_Spec]]:
        return [Model(record, spec, spec.name) for record in self.host.active for spec in record.specs if isinstance(spec, kind)]

    def _resolve(self, name: str, models: Sequence[Model[_Spec]]) -> Model[_Spec]:
        answering = [model for model in models if name in _names(model)]
        if not answering:
            plugin = name.partition("/")[0]
            if inactive := self._inactive(plugin):
                raise UnknownNameError(f"The model {name!r} belongs to the plugin {plugin}, which is not active: {inactive.reason}")
            if other := next((each for each in self._all_models() if name in _names(each)), None):
                raise UnknownNameError(f"{other.full_name} {_DOES[type(other.spec)]}. List models with: voicebridge models")
            answering = _open_models(name, models)
        if not answering:
            raise UnknownNameError(self._unknown(name, models))
        if len(answering) > 1:
            if nowhere := _nowhere(answering):
                raise UnknownNameError(f"No model can be loaded from {name!r}. {nowhere}")
            candidates = ", ".join(sorted(model.full_name for model in answering))
            raise AmbiguousNameError(f"{name!r} could be any of {candidates}. Write one of these in full.")
        return answering[0]

    def _check_model_tables(self, plugin: str) -> None:
        for parts, value in self.config.open_values().items():
            if parts[0] == "models" and parts[1].startswith(f"{plugin}/"):
                try:
                    self.any_model(parts[1])
                except UnknownNameError as error:
                    raise ConfigError(f"{value.origin}: [{join_key(parts[:2])}]: {error}") from error

    def _inactive(self, plugin: str) -> PluginRecord | None:
        claiming = [record for record in self.host.records if record.name == plugin]
        return None if any(record.active for record in claiming) else next(iter(claiming), None)

    def _unknown(self, name: str, models: Iterable[Model[_Spec]]) -> str:
        known = [each for model in models for each in _names(model)]
        if not known:
            return f"No model is named {name!r}. {self._no_models('model')}"
        return f"No model is named {name!r}.{nearest(name, known)} List them with: voicebridge models"

    def _no_models(self, what: str) -> str:
        idle = [f"{record.name}: {record.reason}" for record in self.host.records if not record.active and not record.own]
        package = "voicebridge-piper" if what.startswith("text-to-speech") else "voicebridge-whisper"
        if idle:
            return f"No active plugin offers a {what}. Not active are {'; '.join(idle)}"
        from voicebridge.installing import remedy

        return f"No active plugin offers a {what}. Install one: {remedy(package)}"

    def _default(self, models: Sequence[Model[_Spec]], what: str) -> Model[_Spec]:
        if not models:
            raise UnknownNameError(self._no_models(f"{what} model"))
        # A plugin lists its models with the one to prefer first.
        return next((model for model in models if model.is_local()), models[0])


def probe(spec: ServiceSpec) -> int:
    """A service's priority on this machine.

    Raises:
        Unavailable: when it can't be used here, with the reason.
        PluginError: when its probe can't be imported.
    """
    check: Callable[[], int] = load_ref(spec.probe)
    try:
        return int(check())
    except VoiceBridgeError:
        raise
    except Exception as error:
        raise Unavailable(f"its probe failed: {brief(error)}.") from error


def make_service(record: PluginRecord, spec: ServiceSpec) -> Any:
    """A plugin's service, ready for use.

    Raises:
        Unavailable: when it can't be made, with the reason.
    """
    try:
        return load_ref(spec.factory)()
    except VoiceBridgeError as error:
        raise Unavailable(str(error)) from error
    except Exception as error:
        raise Unavailable(f"{record.name}/{spec.name} failed: {brief(error)}. Report it to the makers of {record.distribution}.") from error


def _lightest_first(models: Iterable[Model[_EngineSpec]]) -> list[Model[_EngineSpec]]:
    return sorted(models, key=lambda model: not model.spec.light)


def _names(model: Model[Any]) -> tuple[str, ...]:
    aliases = model.spec.aliases
    return (model.full_name, model.name, *aliases, *(f"{model.plugin.name}/{alias}" for alias in aliases))


def _open_models(name: str, models: Sequence[Model[_Spec]]) -> list[Model[_Spec]]:
    plugin, _, rest = name.partition("/")
    if any(model.plugin.name == plugin for model in models):
        models, name = [model for model in models if model.plugin.name == plugin], rest
    elif "/" not in name and "\\" not in name:
        return []  # neither a folder nor a hub id; a bare word is far more likely a slip of the pen
    candidates = [replace(model, name=name, spec=_unlisted(model.spec)) for model in models if model.spec.open_names]
    is_place = "/" in name or "\\" in name
    if is_place and len(candidates) == 1:
        return candidates
    if (here := [model for model in candidates if model.is_local()]) or not is_place:
        return here or [model for model in candidates if _is_published(model)]
    # Of what nobody has yet, nobody knows whether it listens or speaks: a plugin's first stands for both.
    return list({model.full_name: model for model in reversed(candidates)}.values())[::-1]


def _unlisted(spec: _Spec) -> _Spec:
    """What an open spec says of a model that nobody listed: what its plugin can do, and nothing of what it speaks."""
    spec = replace(spec, languages=None, aliases=(), description="Not one of those that are listed; loading it tells what it is.")
    return replace(spec, voices=()) if isinstance(spec, TtsSpec) else spec


def _is_published(model: Model[Any]) -> bool:
    """Whether a bare word is a name that the plugin would ask a hub for; most are slips of the pen."""
    try:
        return any(place.kind == "hub" for place in model.places())
    except VoiceBridgeError:
        return False


def _nowhere(models: Iterable[Model[Any]]) -> str:
    """What each plugin says of a name whose weights none of them could get hold of; empty when one could."""
    said = []
    for model in models:
        places = model.places()
        if not places or any(place.found for place in places):
            return ""
        said.append(f"{model.plugin.name}: {places[0].note or 'not here'}")
    return f"{'; '.join(said)}."


def _without_siblings(model: Model[Any], layer: Layer) -> Layer:
    kind = model.options_type()
    own = kind.model_fields if kind else {}
    if foreign := layer.values.keys() - own.keys():
        siblings = [options_type(spec) for spec in model.plugin.specs if isinstance(spec, ModelSpec)]
        foreign = {name for name in foreign if any(name in sibling.model_fields for sibling in siblings if sibling)}
    return replace(layer, values={name: value for name, value in layer.values.items() if name not in foreign})
