"""What the shell offers for the values of options when Tab is pressed. Everything is imported only then, and nothing is ever an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from voicebridge import paths
from voicebridge.cli import state
from voicebridge.errors import VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.model import Model
    from voicebridge.registry import Registry

Complete = Callable[[str], list[str]]


def _of_registry(names: Callable[[Registry], Iterable[str]]) -> Complete:
    def complete(incomplete: str) -> list[str]:
        try:
            found = list(names(state.registry()))
        except VoiceBridgeError:
            return []
        return [name for name in dict.fromkeys(found) if name.startswith(incomplete)]

    return complete


def _model_names(models: Iterable[Any]) -> Iterable[str]:
    return (name for model in models for name in (model.full_name, model.name, *model.spec.aliases))


def _languages(registry: Registry) -> Iterable[str]:
    models: list[Model[Any]] = [*registry.stt_models(), *registry.tts_models()]
    return sorted({language for model in models for language in model.spec.languages or ()})


def _voices(registry: Registry) -> Iterable[str]:
    from voicebridge.voices.store import VoiceStore

    yield from VoiceStore(paths.data_dir() / "voices").names()
    yield from (voice.name for model in registry.tts_models() for voice in model.spec.voices)
    yield from _model_names(model for model in registry.tts_models() if not model.spec.voices)  # where a voice is a model


stt_models = _of_registry(lambda registry: _model_names(registry.stt_models()))
tts_models = _of_registry(lambda registry: _model_names(registry.tts_models()))
languages = _of_registry(_languages)
voices = _of_registry(_voices)


def profiles(incomplete: str) -> list[str]:
    """The profiles of the configuration file."""
    from voicebridge import configfile

    try:
        table = configfile.read(paths.config_file()).get("profiles", {})
    except VoiceBridgeError:
        return []
    return [name for name in table if name.startswith(incomplete)] if isinstance(table, dict) else []


def transcript_formats(incomplete: str) -> list[str]:
    """What ``stt`` writes."""
    from voicebridge.cli.stt import FORMATS

    return [name for name in FORMATS.split("|") if name.startswith(incomplete)]


def sound_formats(incomplete: str) -> list[str]:
    """What ``tts`` writes."""
    from voicebridge.cli.tts import FORMATS

    return [name for name in FORMATS.split("|") if name.startswith(incomplete)]


def watch_formats(incomplete: str) -> list[str]:
    """What ``watch`` writes."""
    return [*transcript_formats(incomplete), *sound_formats(incomplete)]
