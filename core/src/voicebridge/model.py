"""A model that was found by its name: what its plugin says of it, its options, its weights, and loading it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from voicebridge.errors import ModelError, PluginError, UnknownNameError, VoiceBridgeError, brief
from voicebridge.options import EngineOptions, Layer, validate
from voicebridge.plugins import PluginRecord
from voicebridge.ports import WeightsPlace, WeightsStore
from voicebridge.specs import ModelSpec, load_ref

_Spec = TypeVar("_Spec", bound=ModelSpec)


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
        return options_type(self.spec)

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
        with self.blamed():
            store: WeightsStore = load_ref(self.spec.weights)()
        return store

    def places(self) -> Sequence[WeightsPlace]:
        """Every place that the weights may be, in the order of looking; empty when the plugin doesn't say."""
        store = self.weights()
        if store is None:
            return ()
        with self.blamed():
            return list(store.places(self.name))

    def found_at(self) -> WeightsPlace | None:
        """The place that the weights would be loaded from; ``None`` when there is none, or the plugin doesn't say."""
        return next((place for place in self.places() if place.found), None)

    def is_local(self) -> bool:
        """Whether the model can be loaded without the network, as far as its plugin can tell."""
        if self.spec.weights is None:
            return True
        try:
            place = self.found_at()
        except VoiceBridgeError:
            return False  # one broken plugin must not keep the others' models from being found
        return place is not None and place.local

    def load(self, options: EngineOptions | None) -> Any:
        """The engine, loaded: a :class:`SpeechToText` or :class:`TextToSpeech`.

        Raises:
            VoiceBridgeError: when it can't be loaded.
        """
        with self.blamed(ModelError):
            return load_ref(self.spec.factory)(self.name, options)

    @contextmanager
    def blamed(self, kind: type[VoiceBridgeError] = PluginError) -> Iterator[None]:
        """Turn whatever the plugin's code raises into one line that names the model and whom to tell."""
        try:
            yield
        except VoiceBridgeError:
            raise
        except Exception as error:
            remedy = f"Report it to the makers of {self.plugin.distribution}"
            raise kind(f"{self.full_name} failed: {brief(error)}. {remedy}.") from error


def options_type(spec: ModelSpec) -> type[EngineOptions] | None:
    """The class of a spec's options, imported now; ``None`` where it has none.

    Raises:
        PluginError: when it can't be imported, or is no class of options.
    """
    if spec.options is None:
        return None
    kind = load_ref(spec.options)
    if not (isinstance(kind, type) and issubclass(kind, EngineOptions)):
        raise PluginError(f"{spec.options} is not a subclass of EngineOptions. Report it to the plugin's makers.")
    return kind
