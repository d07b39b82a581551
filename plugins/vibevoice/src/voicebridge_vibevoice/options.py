"""The options of VibeVoice for loading, text to speech and speech to text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from voicebridge import EngineOptions


class LoadingOptions(EngineOptions):
    """Options of every VibeVoice model."""

    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto",
        description="Where the model runs. `auto` uses a GPU (CUDA, then Apple's MPS) if a test on it succeeds, else the CPU.",
    )
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        "auto", description="Precision of the arithmetic. `auto` is bfloat16 if a test succeeds, else float32."
    )
    threads: int = Field(0, ge=0, le=256, description="CPU threads of all VibeVoice models together; 0 lets torch choose.")


class SpeechOptions(LoadingOptions):
    """Options of text-to-speech models; voice, sample and seed of a reading are part of the request."""

    guidance_scale: float = Field(
        1.3, ge=1, le=10, description="How strictly the speech follows text and sample; high values sound strained."
    )
    diffusion_steps: int = Field(10, ge=1, le=200, description="Diffusion steps for each 133 ms of audio; fewer are faster but rougher.")
    seed: int | None = Field(
        None, ge=0, le=2**32 - 1, description="Random seed for reproducible output, like `--seed`; none uses a new seed each time."
    )
    voice_seed: int | None = Field(
        0,
        ge=0,
        le=2**32 - 1,
        description="Seed of the voice for a speaker without a sample: each number is a different voice, the same in all passages. "
        "With none, every passage may have another voice.",
    )
    max_length: float | None = Field(
        None,
        gt=0,
        le=5400,
        description="Maximum length (s) of speech for one passage; none allows three times the expected length.",
    )


class ListeningOptions(LoadingOptions):
    """Options of speech-to-text models; prompt and hotwords are part of the request."""

    seed: int = Field(
        0, ge=0, le=2**32 - 1, description="Seed of the noise that the model adds to the audio; the same number gives the same text."
    )
    stretch: float = Field(
        60.0,
        ge=1,
        le=60,
        description="Minutes of audio processed at once; fewer need less memory. Speaker numbers are consistent only within a stretch.",
    )
    repetition_penalty: float = Field(1.0, ge=1, le=2, description="Values above 1 reduce repetition; helps against loops.")
    events: bool = Field(False, description="Also transcribe non-speech sounds, such as [Music].")
