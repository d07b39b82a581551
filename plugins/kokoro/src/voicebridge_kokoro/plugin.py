"""The models of the Kokoro plugin: one network in three precisions, with 54 voices, and the user's own files."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import TtsSpec, Voice, hookimpl

from voicebridge_kokoro.catalog import DEFAULT, MODELS, SAMPLE_RATE, accent_of, describe

VOICEBRIDGE_API = 1

_OPEN_NAMES = "the folder that holds a Kokoro .onnx file and its voices file, or that .onnx file"
_OPEN_VOICES = "a blend of voices, such as af_sky+af_bella or af_sky:0.7+af_bella:0.3"


@hookimpl
def voicebridge_tts_models() -> Iterator[TtsSpec]:
    """One descriptor per model; the first one also accepts folders and files.

    None of them is ``light``: on two cores, half a second of computation per second of speech leaves nothing for slower machines, so that
    a lighter model stays the default beside it.
    """
    for model in MODELS:
        yield TtsSpec(
            name=model.name,
            description=model.description,
            languages=model.languages,
            sample_rate=SAMPLE_RATE,
            voices=[Voice(name, accent.language, describe(name)) for name in model.voices if (accent := accent_of(name))],
            default_voice=DEFAULT if DEFAULT in model.voices else model.voices[0],
            open_voices=_OPEN_VOICES,
            speed=True,
            speed_range=(0.5, 2.0),
            streaming=True,
            speakers=len(model.voices),
            megabytes=model.megabytes,
            fast=model.grade[0],
            accurate=model.grade[1],
            factory="voicebridge_kokoro.engine:KokoroEngine",
            options="voicebridge_kokoro.options:KokoroOptions",
            weights="voicebridge_kokoro.weights.store:KokoroWeights",
            open_names=_OPEN_NAMES if model is MODELS[0] else None,
        )
