"""Shell completion of option values. Everything is imported on demand, and errors are ignored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import typer

from voicebridge import paths
from voicebridge.cli.shared.state import state_of
from voicebridge.errors import VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry

Complete = Callable[[typer.Context, str], list[str]]


def _of_registry(names: Callable[[Registry], Iterable[str]]) -> Complete:
    def complete(context: typer.Context, incomplete: str) -> list[str]:
        try:
            found = list(names(state_of(context).registry()))
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
    from voicebridge.tts.voices.store import VoiceStore

    yield from VoiceStore(paths.data_dir() / "voices").names()
    yield from (voice.name for model in registry.tts_models() for voice in model.spec.voices)
    yield from _model_names(model for model in registry.tts_models() if not model.spec.voices)  # in plugins where each voice is a model


def settings(context: typer.Context, incomplete: str) -> list[str]:
    """The settings of plugins, as ``NAME.key=``."""
    from voicebridge.cli.shared.option_keys import setting_names

    try:
        names = setting_names(state_of(context).plugin_host())
    except VoiceBridgeError:
        return []
    return [f"{name}=" for name in names if name.startswith(incomplete)]


stt_models = _of_registry(lambda registry: _model_names(registry.stt_models()))
tts_models = _of_registry(lambda registry: _model_names(registry.tts_models()))
languages = _of_registry(_languages)
voices = _of_registry(_voices)


def profiles(incomplete: str) -> list[str]:
    """The profiles of the configuration file."""
    from voicebridge.runtime import configfile

    try:
        table = configfile.read(paths.config_file()).get("profiles", {})
    except VoiceBridgeError:
        return []
    return [name for name in table if name.startswith(incomplete)] if isinstance(table, dict) else []


def transcript_formats(context: typer.Context, incomplete: str) -> list[str]:
    """The output formats of ``stt``."""
    from voicebridge.stt.choose import formats_of
    from voicebridge.stt.formats.table import BUILT_IN

    try:
        known = formats_of(state_of(context).registry).known()
    except VoiceBridgeError:
        known = BUILT_IN.known()
    return [name for name in known if name.startswith(incomplete)]


def executors(context: typer.Context, incomplete: str) -> list[str]:
    """The executors of ``stt`` and ``watch``."""
    from voicebridge.extensions import ExecutorSpec
    from voicebridge.jobs import LOCAL
    from voicebridge.runtime.extensions import extensions

    try:
        known = [LOCAL, *(each.full_name for each in extensions(state_of(context).plugin_host(), ExecutorSpec))]
    except VoiceBridgeError:
        known = [LOCAL]
    return [name for name in known if name.startswith(incomplete)]


def sound_formats(incomplete: str) -> list[str]:
    """The output formats of ``tts``."""
    from voicebridge.audio.sound_file import SOUND_FORMATS

    return [name for name in SOUND_FORMATS if name.startswith(incomplete)]


def watch_formats(context: typer.Context, incomplete: str) -> list[str]:
    """The output formats of ``watch``."""
    return [*transcript_formats(context, incomplete), *sound_formats(incomplete)]
