"""From the name of a voice to the model that speaks it: one of a model's own voices, or a sample of the user's."""

from __future__ import annotations

from voicebridge.errors import NotSupportedError, UnknownNameError, UsageError, nearest
from voicebridge.model import Model
from voicebridge.registry import Registry
from voicebridge.specs import TtsSpec
from voicebridge.voices.store import StoredVoice, VoiceStore, check_voice_name


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
    named = registry.tts(model) if model is not None else None
    if voice is None:
        voice = _configured(registry, store, named)
    if voice is None:
        return named or registry.tts(), None, None
    if named is not None and _has(named, voice):
        return named, voice, None
    if voice in store.names():
        return _cloner(registry, named, voice), None, store.get(voice)
    owner = owner_of(registry, voice)
    if named is None and owner is not None:
        return registry.tts(voice=voice), voice, None
    raise _unknown(registry, store, named, voice)


def owner_of(registry: Registry, voice: str) -> Model[TtsSpec] | None:
    """The model that a voice belongs to; ``None`` when no model has one of that name."""
    return next((model for model in registry.tts_models() if _has(model, voice)), None)


def check_free(registry: Registry, store: VoiceStore, name: str) -> None:
    """Refuse a name for a new voice that won't do or is taken.

    Raises:
        UsageError: with the rule, or whose name it is.
    """
    check_voice_name(name)
    if owner := owner_of(registry, name):
        raise UsageError(f"{name!r} is a voice of {owner.full_name} already. Choose another name.")
    store.check_free(name)


def _has(model: Model[TtsSpec], voice: str) -> bool:
    return any(each.name == voice for each in model.spec.voices)


def _configured(registry: Registry, store: VoiceStore, named: Model[TtsSpec] | None) -> str | None:
    voice = registry.config.settings.tts.voice
    if voice is None or named is None or _has(named, voice) or (named.spec.cloning and voice in store.names()):
        return voice
    return None


def _cloner(registry: Registry, named: Model[TtsSpec] | None, voice: str) -> Model[TtsSpec]:
    if named is not None and named.spec.cloning:
        return named
    able = [model for model in registry.tts_models() if model.spec.cloning]
    configured = registry.config.settings.tts.model
    preferred = [registry.tts(configured)] if configured else []
    best = next((model for model in [*preferred, *able] if model.spec.cloning and model.is_local()), next(iter(able), None))
    if named is None and best is not None:
        return best
    who = named.full_name if named else "No active model"
    verb = "can't" if named else "can"
    if best:
        advice = f"Use one that can: -m {best.full_name}"
    else:
        from voicebridge.installing import remedy

        advice = f"Install one that can: {remedy('voicebridge-vibevoice')}"
    raise NotSupportedError(f"{who} {verb} speak in the voice of a sample, which {voice!r} is. {advice}")


def _unknown(registry: Registry, store: VoiceStore, named: Model[TtsSpec] | None, voice: str) -> UnknownNameError:
    listing = "List them with: voicebridge voices"
    if named is None:
        known = [*store.names(), *(each.name for model in registry.tts_models() for each in model.spec.voices)]
        return UnknownNameError(f"No voice is named {voice!r}.{nearest(voice, known)} {listing}")
    if owner := owner_of(registry, voice):
        return UnknownNameError(f"{named.full_name} has no voice named {voice!r}; {owner.full_name} does: -m {owner.full_name}")
    known = [*(each.name for each in named.spec.voices), *store.names()]
    return UnknownNameError(f"{named.full_name} has no voice named {voice!r}.{nearest(voice, known)} {listing}")
