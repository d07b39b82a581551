"""Models that no plugin lists: folders, files and hub ids that a user names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from voicebridge.errors import VoiceBridgeError
from voicebridge.runtime.model import Model
from voicebridge.specs import ModelSpec, TtsSpec
from voicebridge.weights.places import is_hub_id

_Spec = TypeVar("_Spec", bound=ModelSpec)


def open_models(name: str, models: Sequence[Model[_Spec]]) -> list[Model[_Spec]]:
    """The models that a name that is not listed may mean, best first.

    A folder or file belongs to the plugin that finds a model in it; a hub id that is not on this machine only to the plugin named in it.
    """
    plugin, _, rest = name.partition("/")
    if any(model.plugin.name == plugin for model in models):
        models, name = [model for model in models if model.plugin.name == plugin], rest
    elif is_hub_id(name):  # never downloaded unless the user says by which plugin
        return [model for model in _unlisted_models(name, models) if model.spec.weights is not None and model.is_local()]
    elif "/" not in name and "\\" not in name:
        return []  # neither a folder nor a hub id; a plain word is probably a typo
    candidates = _unlisted_models(name, models)
    is_place = "/" in name or "\\" in name
    if is_place and len(candidates) == 1:
        return candidates
    if (here := [model for model in candidates if model.is_local()]) or not is_place:
        return here or [model for model in candidates if _is_published(model)]
    # The kind of a model that is not downloaded is unknown: the plugin's first open spec stands for both.
    return list({model.full_name: model for model in reversed(candidates)}.values())[::-1]


def _unlisted_models(name: str, models: Iterable[Model[_Spec]]) -> list[Model[_Spec]]:
    return [replace(model, name=name, spec=_unlisted(model.spec)) for model in models if model.spec.open_names]


def _unlisted(spec: _Spec) -> _Spec:
    """The spec of a model that is not listed: the plugin's capabilities, with unknown languages."""
    spec = replace(spec, languages=None, aliases=(), description="An unlisted model; details are known only after loading.")
    return replace(spec, voices=(), default_voice="") if isinstance(spec, TtsSpec) else spec


def _is_published(model: Model[Any]) -> bool:
    """Whether the plugin would look up a plain word on a hub; most are typos."""
    try:
        return any(place.kind == "hub" for place in model.places())
    except VoiceBridgeError:
        return False


def places_without(models: Iterable[Model[Any]]) -> str:
    """The errors of the plugins that could not find weights for a name; empty if one could."""
    said = []
    for model in models:
        places = model.places()
        if not places or any(place.found for place in places):
            return ""
        said.append(f"{model.plugin.name}: {places[0].note or 'not here'}")
    return f"{'; '.join(said)}."
