"""The keys of the configuration: what they are called, what they hold, what they do.

This is the source of docs/configuration.md. Three tables are open and belong to others: ``[plugins.NAME]`` and ``[models."NAME/MODEL"]``
hold an engine's options, ``[profiles.NAME]`` holds any of this again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from voicebridge.speech import SttRequest, TtsRequest


class SttSettings(BaseModel):
    """``[stt]``: how speech becomes text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(
        None, description="The model to transcribe with, as `voicebridge models` lists it. Without it the best one whose weights are here."
    )
    language: str | None = Field(None, description="What is spoken, as an ISO 639-1 code such as `en`. Without it the model finds out.")
    translate: bool = Field(False, description="Write down an English translation instead of what was said.")
    words: bool = Field(False, description="Time every word, for the formats that can hold it.")
    prompt: str | None = Field(None, description="Text that sets style and spelling, as though it came before the recording.")
    hotwords: tuple[str, ...] = Field((), description="Names and terms that are likely to be spoken.")

    def request(self, asked: Mapping[str, Any]) -> SttRequest:
        """What one transcription asks of an engine: what is configured, and ``asked`` over it."""
        return SttRequest(**{**self.model_dump(exclude={"model"}), **asked})


class TtsSettings(BaseModel):
    """``[tts]``: how text becomes speech."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(
        None, description="The model to speak with, as `voicebridge models` lists it. Without it a light one whose weights are here."
    )
    voice: str | None = Field(None, description="The voice to speak with, as `voicebridge voices` lists it.")
    language: str | None = Field(None, description="What the text is written in, as an ISO 639-1 code. Without it the voice's language.")
    speed: float = Field(1.0, ge=0.25, le=4.0, description="1 is the voice's natural pace, 2 twice as fast.")
    seed: int | None = Field(None, ge=0, description="Makes readings repeatable, where the model can.")
    pause: float = Field(0.25, ge=0.0, le=10.0, description="Seconds of silence between two sentences.")
    paragraph_pause: float = Field(0.6, ge=0.0, le=10.0, description="Seconds of silence between two paragraphs.")
    device: str | None = Field(None, description="The loudspeaker to play on. Without it the system's choice.")
    pronunciations: dict[str, str] = Field({}, description="Words, and what is spoken in their stead: `SQL = 'sequel'`.")

    def request(self, asked: Mapping[str, Any]) -> TtsRequest:
        """What one reading asks of an engine: what is configured, and ``asked`` over it."""
        return TtsRequest(**{**self.model_dump(include={"voice", "language", "speed", "seed"}), **asked})


class Settings(BaseModel):
    """The whole configuration, without the open tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offline: bool = Field(False, description="Never use the network; models must be on this machine already.")
    profile: str | None = Field(None, description="The profile to use when `--profile` names none.")
    stt: SttSettings = Field(default=SttSettings(), description="How speech becomes text.")
    tts: TtsSettings = Field(default=TtsSettings(), description="How text becomes speech.")


def known_keys() -> dict[str, FieldInfo]:
    """Every key by its dotted name, in the order of the classes."""
    return _flatten(Settings, "")


def _flatten(model: type[BaseModel], prefix: str) -> dict[str, FieldInfo]:
    keys: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys.update(_flatten(field.annotation, f"{prefix}{name}."))
        else:
            keys[prefix + name] = field
    return keys
