"""The models of the VibeVoice plugin: text to speech, speech to text, and any other checkpoint in their format."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

from voicebridge import SttSpec, TtsSpec, UnavailableError, hookimpl

from voicebridge_vibevoice.catalog import LISTENING, MODELS, SAMPLE_RATE, SPEECH

VOICEBRIDGE_API = 1

_OPEN_SPEECH = "7b"  # not restricted to two languages, so that nothing is rejected before the model is known
_OPEN_NAMES = "a folder that holds a VibeVoice {} in transformers' layout, or the hub id of one (owner/name)"

PASSAGE = 1200
"""Characters, about 80 seconds of speech: short texts tend to get music, and a passage repeated for one lost word shouldn't be long."""


@hookimpl
def voicebridge_tts_models() -> Iterator[TtsSpec]:
    """One descriptor per published text-to-speech model; one of them also accepts folders and hub ids."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise UnavailableError("PyTorch no longer supports Macs with Intel processors, so VibeVoice can't run here.")
    for model in MODELS:
        if model.kind == SPEECH:
            yield TtsSpec(
                name=model.name,
                description=model.description,
                megabytes=round(model.gigabytes * 1000),
                fast=1,
                accurate=5,
                languages=model.languages,
                sample_rate=SAMPLE_RATE,
                cloning=True,
                seed=True,
                streaming=True,
                speakers=4,
                passage=PASSAGE,
                factory="voicebridge_vibevoice.speaking:VibeVoiceSpeech",
                options="voicebridge_vibevoice.options:SpeechOptions",
                weights="voicebridge_vibevoice.weights.store:SpeechWeights",
                open_names=_OPEN_NAMES.format("model that speaks") if model.name == _OPEN_SPEECH else None,
            )


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    """The speech-to-text model, which also accepts folders and hub ids."""
    for model in MODELS:
        if model.kind == LISTENING:
            yield SttSpec(
                name=model.name,
                description=model.description,
                megabytes=round(model.gigabytes * 1000),
                fast=1,
                accurate=5,
                languages=model.languages,
                sample_rate=SAMPLE_RATE,
                prompt=True,
                hotwords=True,
                diarization=True,
                factory="voicebridge_vibevoice.listening:VibeVoiceListener",
                options="voicebridge_vibevoice.options:ListeningOptions",
                weights="voicebridge_vibevoice.weights.store:ListeningWeights",
                open_names=_OPEN_NAMES.format("model that listens"),
            )
