"""The models of the Piper plugin: well-known voices by name, and any other voice in Piper's format.

The default voice follows from the order of :data:`voicebridge_piper.catalog.VOICES`.
"""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import TtsSpec, Voice, hookimpl

from voicebridge_piper.catalog import VOICES

VOICEBRIDGE_API = 1

_OPEN_NAMES = "the official name of any Piper voice (en_US-lessac-high), an .onnx file, or the folder that holds one"


@hookimpl
def voicebridge_tts_models() -> Iterator[TtsSpec]:
    """One descriptor per voice; the first one also accepts files, folders and official names."""
    for voice in VOICES:
        yield TtsSpec(
            name=voice.name,
            aliases=(voice.code.lower(),),
            description=voice.description,
            languages={voice.language},
            sample_rate=voice.sample_rate,
            voices=[Voice(voice.name, voice.language, voice.sound)],
            speed=True,
            seed=True,
            streaming=True,
            light=True,
            megabytes=voice.grade[0],
            fast=voice.grade[1],
            accurate=voice.grade[2],
            factory="voicebridge_piper.engine:PiperEngine",
            options="voicebridge_piper.options:PiperOptions",
            weights="voicebridge_piper.weights.store:PiperWeights",
            open_names=_OPEN_NAMES if voice is VOICES[0] else None,
        )
