"""What can be set of Piper: which speaker, how lively, how loud."""

from __future__ import annotations

from pydantic import Field
from voicebridge import EngineOptions


class PiperOptions(EngineOptions):
    """Options of every Piper voice; speed, seed and language belong to the request instead."""

    speaker: int | None = Field(None, ge=0, description="Number of the speaker, from 0, in a voice that has several.")
    repeatable: bool = Field(
        False, description="Leave out all that is random, so that a text always sounds the same; a seed does that as well."
    )
    noise_scale: float | None = Field(None, ge=0, le=2, description="How much the sound varies; without it as the voice's makers chose.")
    noise_w: float | None = Field(None, ge=0, le=2, description="How much the rhythm varies; without it as the voice's makers chose.")
    normalize: bool = Field(True, description="Bring every sentence to full loudness.")
    volume: float = Field(1.0, gt=0, le=10, description="Loudness; what would be louder than full is cut off.")
    phonemes: bool = Field(False, description="Read `[[ … ]]` in the text as phonemes, in espeak-ng's notation, instead of as text.")
    threads: int = Field(0, ge=0, le=256, description="CPU threads; 0 is one for each core.")
