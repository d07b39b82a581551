"""From the name of a voice to the model that speaks it: one of a model's own voices, or a sample of the user's."""

from __future__ import annotations

from collections.abc import Sequence

from voicebridge.errors import NotSupportedError, UnknownNameError, nearest
from voicebridge.model import Model
from voicebridge.registry import Registry
from voicebridge.specs import TtsSpec
from voicebridge.voices.store import StoredVoice, VoiceStore


def find_voice(
    registry: Registry, store: VoiceStore, model: str | None = None, voice: str | None = None
) -> tuple[Model[TtsSpec], str | None, StoredVoice | None]:
    """The model to speak with, and with it the name of one of its voices, or a sample of the user's, or neither.

    A sample of the user's needs a model that clones: the named one, else one whose weights are here. A model's voice brings its model
    along. What is not named comes from the configuration; a configured voice that a named model lacks is left out.

    Args:
        registry: the models.
        store: the user's samples.
        model: the model that was asked for.
        voice: the voice that was asked for.

    Raises:
        UnknownNameError: when nobody has the voice, or no model is named so, with the nearest that there is.
        NotSupportedError: when the voice is a sample and the model can't speak in the voice of one.
    """
    settings = registry.config.settings.tts
    if voice is None:
        voice = settings.voice
        if model is not None and voice is not None and not _has(registry.tts(model), voice):
            voice = None
    if voice is None:
        return registry.tts(model), None, None
    named = registry.tts(model) if model is not None else None
    if named is not None and _has(named, voice):
        return named, voice, None
    if voice in [each.name for each in store.list()]:
        return _cloner(registry, named, voice), None, store.get(voice)
    if named is None:
        if any(_has(each, voice) for each in registry.tts_models()):
            return registry.tts(voice=voice), voice, None
        raise _unknown(voice, registry.tts_models(), store)
    own = [each.name for each in named.spec.voices]
    raise UnknownNameError(
        f"{named.full_name} has no voice named {voice!r}.{nearest(voice, [*own, *names_of(store)])} List them with: voicebridge voices"
    )


def names_of(store: VoiceStore) -> list[str]:
    """The names of the user's samples."""
    return [each.name for each in store.list()]


def _has(model: Model[TtsSpec], voice: str) -> bool:
    return any(each.name == voice for each in model.spec.voices)


def _cloner(registry: Registry, named: Model[TtsSpec] | None, voice: str) -> Model[TtsSpec]:
    able = [model for model in registry.tts_models() if model.spec.cloning]
    best = next((model for model in able if model.is_local()), next(iter(able), None))
    if named is not None and not named.spec.cloning:
        remedy = f"Use one that can: -m {best.full_name}" if best else "No active model can."
        raise NotSupportedError(f"{named.full_name} can't speak in the voice of a sample, which {voice!r} is. {remedy}")
    if named is None and best is None:
        raise NotSupportedError(f"No active model can speak in the voice of a sample, which {voice!r} is. Install one that can.")
    chosen = named or best
    assert chosen is not None
    return chosen


def _unknown(voice: str, models: Sequence[Model[TtsSpec]], store: VoiceStore) -> UnknownNameError:
    known = [*names_of(store), *(each.name for model in models for each in model.spec.voices)]
    return UnknownNameError(f"No voice is named {voice!r}.{nearest(voice, known)} List them with: voicebridge voices")
