"""The options of Piper: speaker, variation and volume."""

from __future__ import annotations

from pydantic import Field
from voicebridge import EngineOptions


class PiperOptions(EngineOptions):
    """Options of every Piper voice; speed, seed and language are part of the request."""

    speaker: int | None = Field(None, ge=0, description="Speaker number, from 0, in a voice with several speakers.")
    repeatable: bool = Field(False, description="Turn off randomness, so a text always sounds the same; a seed does this too.")
    noise_scale: float | None = Field(None, ge=0, le=2, description="How much the sound varies. Default: set by the voice.")
    noise_w: float | None = Field(None, ge=0, le=2, description="How much the rhythm varies. Default: set by the voice.")
    normalize: bool = Field(True, description="Normalise every sentence to full loudness.")
    volume: float = Field(1.0, gt=0, le=10, description="Volume; above full scale the sound is clipped.")
    phonemes: bool = Field(False, description="Read `[[ … ]]` in the text as phonemes, in espeak-ng's notation, instead of as text.")
    threads: int = Field(0, ge=0, le=256, description="CPU threads; 0 is one for each core.")
