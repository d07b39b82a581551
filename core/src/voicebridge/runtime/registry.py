"""Resolve names typed by users to models.

A model is found by its full name ``plugin/model``, and by its short name and aliases if they are unique. An open spec also accepts names
that are not listed, such as a folder or a hub id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from voicebridge.errors import AmbiguousNameError, ConfigError, UnknownNameError, either, nearest
from voicebridge.extensions import TextFilterSpec
from voicebridge.options import EngineOptions, Layer
from voicebridge.runtime.configfile import join_key
from voicebridge.runtime.defaults import default_model, why
from voicebridge.runtime.extensions import extensions
from voicebridge.runtime.model import Model
from voicebridge.runtime.open_names import open_models, places_without
from voicebridge.runtime.plugin_filter import PluginFilter
from voicebridge.runtime.plugin_settings import without_others
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.runtime.services import Services
from voicebridge.specs import ModelSpec, SttSpec, TtsSpec
from voicebridge.weights.places import is_hub_id

_Spec = TypeVar("_Spec", bound=ModelSpec)
_EngineSpec = TypeVar("_EngineSpec", SttSpec, TtsSpec)

_KINDS = {"stt": "speech-to-text", "tts": "text-to-speech"}
_DOES = {SttSpec: "is a speech-to-text model", TtsSpec: "is a text-to-speech model"}


class Registry(Services):
    """The models and services of all active plugins."""

    def stt_models(self) -> list[Model[SttSpec]]:
        """All listed speech-to-text models."""
        return self._models(SttSpec)

    def tts_models(self) -> list[Model[TtsSpec]]:
        """All listed text-to-speech models."""
        return self._models(TtsSpec)

    def stt(self, name: str | None = None, language: str | None = None) -> Model[SttSpec]:
        """The speech-to-text model with that name; by default, the configured one, or a local one for the language.

        Args:
            name: of the model.
            language: ISO 639-1 code of what is spoken; by default, the configured language, or the locale's.

        Raises:
            UnknownNameError: if there is none, with the closest name.
            AmbiguousNameError: if there are several.
        """
        settings = self.config.settings.stt
        name = name or settings.model
        models = self.stt_models()
        return self._resolve(name, models) if name else self._default("stt", models, language or settings.language)

    def tts(self, name: str | None = None, voice: str | None = None, language: str | None = None) -> Model[TtsSpec]:
        """The text-to-speech model with that name; by default, the one with the voice, the configured one, or a local one for the language.

        Args:
            name: of the model.
            voice: of a model.
            language: ISO 639-1 code of the text; by default, the configured language, or the locale's.

        Raises:
            UnknownNameError: if there is none, with the closest name.
            AmbiguousNameError: if there are several.
        """
        models = self.tts_models()
        if name is None and voice is not None:
            having = _lightest_first(model for model in models if voice in [each.name for each in model.spec.voices])
            best = next((model for model in having if model.is_local()), next(iter(having), None))
            name = best.full_name if best else None
        settings = self.config.settings.tts
        name = name or settings.model
        return self._resolve(name, models) if name else self._default("tts", models, language or settings.language)

    def why_default(self, model: Model[Any]) -> str:
        """Why a model is the default of its kind: ``set in the configuration``, or how it was chosen."""
        settings = self.config.settings
        own = settings.stt if isinstance(model.spec, SttSpec) else settings.tts
        return why(model, configured=bool(own.model), language=own.language)

    def any_model(self, name: str) -> Model[Any]:
        """The model with that name, of either kind."""
        return self._resolve(name, self._all_models())

    def options(self, model: Model[Any], overrides: Iterable[Layer] = ()) -> EngineOptions | None:
        """A model's options from all layers; ``overrides`` take precedence over the configuration.

        Raises:
            OptionError: if one is unknown or has the wrong type.
        """
        return model.options([*self.option_layers(model), *overrides])

    def option_layers(self, model: Model[Any]) -> list[Layer]:
        """The layers of a model's options in the configuration, lowest first, without those for the plugin's other models.

        Raises:
            ConfigError: if the configuration has a table for a model of this plugin that doesn't exist.
        """
        self._check_model_tables(model.plugin.name)
        listed, kind = model.name == model.spec.name, model.options_type()
        layers = self.config.engine_layers(model.plugin.name, *(model.spec.aliases if listed else ()), model.name)
        return [without_others(model.plugin, kind, layer) if layer.shared else layer for layer in layers]

    @cached_property
    def text_filters(self) -> list[PluginFilter]:
        """The text filters of all active plugins, each of which is created once."""
        return [PluginFilter(each) for each in extensions(self.host, TextFilterSpec)]

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
            answering = open_models(name, models)
        if not answering:
            raise UnknownNameError(self._unknown(name, models))
        if len(answering) > 1:
            if why := places_without(answering):
                raise UnknownNameError(f"No model can be loaded from {name!r}. {why}")
            candidates = ", ".join(sorted(model.full_name for model in answering))
            raise AmbiguousNameError(f"{name!r} is ambiguous: {candidates}. Use a full name.")
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

    def _unknown(self, name: str, models: Sequence[Model[_Spec]]) -> str:
        known = [each for model in models for each in _names(model)]
        if not known:
            return f"No model is named {name!r}. {self._no_models('model')}"
        plugin = name.partition("/")[0]
        if is_hub_id(name) and all(record.name != plugin for record in self.host.records):
            takers = [f"{taker}/{name}" for taker in sorted({model.plugin.name for model in models if model.spec.open_names})]
            hub = f" If it is a model of a hub, put the plugin first: {either(takers)}" if takers else ""
            return f"No model is named {name!r}, and no plugin {plugin!r} is installed.{nearest(name, known)}{hub}"
        return f"No model is named {name!r}.{nearest(name, known)} List them with: voicebridge models"

    def _no_models(self, what: str) -> str:
        idle = [f"{record.name}: {record.reason}" for record in self.host.records if not record.active and not record.own]
        package = "voicebridge-piper" if what.startswith("text-to-speech") else "voicebridge-whisper"
        if idle:
            return f"No active plugin has a {what}. Inactive: {'; '.join(idle)}"
        from voicebridge.installing import remedy

        return f"No active plugin has a {what}. Install one: {remedy(package)}"

    def _default(self, kind: str, models: Sequence[Model[_EngineSpec]], language: str | None) -> Model[_EngineSpec]:
        what = f"{_KINDS[kind]} model"
        if not models:
            raise UnknownNameError(self._no_models(what))
        if chosen := default_model(kind, models, language):
            return chosen
        name = models[0].full_name
        raise UnknownNameError(f"No {what} is chosen automatically. Give one: -m {name}, or: voicebridge config set {kind}.model {name}")


def _lightest_first(models: Iterable[Model[_EngineSpec]]) -> list[Model[_EngineSpec]]:
    return sorted(models, key=lambda model: not model.spec.light)


def _names(model: Model[Any]) -> tuple[str, ...]:
    aliases = model.spec.aliases
    return (model.full_name, model.name, *aliases, *(f"{model.plugin.name}/{alias}" for alias in aliases))
