"""The descriptor of a model as JSON, for the process that loads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from voicebridge.specs import SttSpec, TtsSpec
from voicebridge.speech import Voice


def spec_to(spec: SttSpec | TtsSpec) -> dict[str, Any]:
    """A descriptor as JSON; the same for equal descriptors."""
    said = {field.name: getattr(spec, field.name) for field in fields(spec)}
    if spec.languages is not None:
        said["languages"] = sorted(spec.languages)
    if isinstance(spec, TtsSpec):
        said["voices"] = [asdict(voice) for voice in spec.voices]
    return said


def spec_from(said: Mapping[str, Any]) -> SttSpec | TtsSpec:
    """A descriptor from JSON."""
    return TtsSpec(**{**said, "voices": [Voice(**voice) for voice in said["voices"]]}) if "voices" in said else SttSpec(**said)
