"""The options of Kokoro: volume and threads."""

from __future__ import annotations

from pydantic import Field
from voicebridge import EngineOptions


class KokoroOptions(EngineOptions):
    """Options of every Kokoro model; voice, speed and language are part of the request."""

    volume: float = Field(1.0, gt=0, le=10, description="Volume; above full scale the sound is clipped.")
    threads: int = Field(0, ge=0, le=256, description="CPU threads; 0 is one for each core.")
