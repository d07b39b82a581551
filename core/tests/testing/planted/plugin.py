"""Declares a recogniser and a voice, each with a fault to choose."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import SttSpec, TtsSpec, Voice, hookimpl

OPTIONS = "planted.options:Options"


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    yield SttSpec(
        name="ear", factory="planted.ear:Ear", options=OPTIONS, description="Counts loud stretches.",
        streaming=True, words=True, partials=True,
    )  # fmt: skip


@hookimpl
def voicebridge_tts_models() -> Iterator[TtsSpec]:
    yield TtsSpec(
        name="mouth", factory="planted.mouth:Mouth", options=OPTIONS, description="Beeps once for each syllable.",
        speed=True, streaming=True, voices=[Voice("flute", "en"), Voice("organ", "en")],
    )  # fmt: skip
