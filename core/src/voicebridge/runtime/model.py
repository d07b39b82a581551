"""A model found by its name: its spec, options and weights, and how to load it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from voicebridge.errors import PluginError, UnknownNameError, VoiceBridgeError
from voicebridge.options import EngineOptions, Layer, validate
from voicebridge.ports import WeightsPlace, WeightsStore
from voicebridge.runtime.owner import Owner
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.spec_fields import Ref, load_ref
from voicebridge.specs import ModelSpec

_Spec = TypeVar("_Spec", bound=ModelSpec)


@dataclass(frozen=True)
class Model(Generic[_Spec]):
    """A model found by its name; it is not loaded."""

    plugin: PluginRecord
    spec: _Spec
    name: str
    """Its name within the plugin: that of the spec, or the user's if the spec is open."""

    @property
    def full_name(self) -> str:
        """``plugin/model``."""
        return f"{self.plugin.name}/{self.name}"

    def options_type(self) -> type[EngineOptions] | None:
        """The class of the engine's options, imported on demand; ``None`` if it has none."""
        return options_type(self.spec)

    def options(self, layers: Iterable[Layer]) -> EngineOptions | None:
        """The engine's options, merged from their layers, lowest first.

        Raises:
            OptionError: if one is unknown or has the wrong type.
        """
        layers = list(layers)
        kind = self.options_type()
        if kind is not None:
            return validate(kind, layers)
        if given := next((layer for layer in layers if layer.values), None):
            raise UnknownNameError(f"{given.origin}: {self.full_name} has no options. Remove them.")
        return None

    def weights(self) -> WeightsStore | None:
        """Where the model's weights are stored; ``None`` if the plugin doesn't say."""
        if self.spec.weights is None:
            return None
        with self.owner().blamed():
            store: WeightsStore = load_ref(self.spec.weights)()
        return store

    def places(self) -> Sequence[WeightsPlace]:
        """All places where the weights may be, in order; empty if the plugin doesn't say."""
        store = self.weights()
        if store is None:
            return ()
        with self.owner().blamed():
            return list(store.places(self.name))

    def found_at(self) -> WeightsPlace | None:
        """The place from which the weights would be loaded; ``None`` if there is none, or the plugin doesn't say."""
        return next((place for place in self.places() if place.found), None)

    def is_local(self) -> bool:
        """Whether the model can be loaded without the network, as far as its plugin can tell."""
        if self.spec.weights is None:
            return True
        try:
            place = self.found_at()
        except VoiceBridgeError:
            return False  # a broken plugin must not hide other plugins' models
        return place is not None and place.local

    def owner(self) -> Owner:
        """The package that the model belongs to, for running its code."""
        return self.plugin.owner(self.full_name)


def options_type(spec: ModelSpec) -> type[EngineOptions] | None:
    """The class of a spec's options, imported on demand; ``None`` if it has none.

    Raises:
        PluginError: if it can't be imported, or is not an options class.
    """
    return None if spec.options is None else options_class(spec.options)


def options_class(ref: Ref) -> type[EngineOptions]:
    """The options class that a reference names.

    Raises:
        PluginError: if it can't be imported, or is not an options class.
    """
    kind = load_ref(ref)
    if not (isinstance(kind, type) and issubclass(kind, EngineOptions)):
        raise PluginError(f"{ref} is not a subclass of EngineOptions. Report it to the plugin's maintainers.")
    return kind
