"""The models of the Whisper plugin: every published size, and any other Whisper model in CTranslate2's format.

The default model follows from the order of :data:`voicebridge_whisper.catalog.MODELS`.
"""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import SttSpec, hookimpl

from voicebridge_whisper.catalog import MODELS

VOICEBRIDGE_API = 1

_OPEN = "large-v3"  # supports all languages and translation of any Whisper model, so that nothing is rejected before the model is known
_OPEN_NAMES = "a folder that holds a Whisper model in CTranslate2's format, or the hub id of one (owner/name)"


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    """One descriptor per published model; one of them also accepts folders and hub ids."""
    for model in MODELS:
        yield SttSpec(
            name=model.name,
            aliases=model.aliases,
            description=model.description,
            languages=model.languages,
            translate=model.translates,
            words=True,
            prompt=True,
            hotwords=True,
            streaming=True,
            resume=True,
            light=model.is_light,
            megabytes=model.megabytes,
            fast=model.fast,
            accurate=model.accurate,
            parallel=8,
            factory="voicebridge_whisper.engine:WhisperEngine",
            options="voicebridge_whisper.options:WhisperOptions",
            weights="voicebridge_whisper.weights.store:WhisperWeights",
            open_names=_OPEN_NAMES if model.name == _OPEN else None,
        )
