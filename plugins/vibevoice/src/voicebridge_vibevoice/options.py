"""What can be set of VibeVoice: how it is loaded, how it speaks and how it listens."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from voicebridge import EngineOptions


class LoadingOptions(EngineOptions):
    """Options of every VibeVoice model."""

    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto",
        description="Where the model runs. `auto` takes a GPU (CUDA, then Apple's MPS) when a trial on it works, and the CPU otherwise.",
    )
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        "auto", description="Precision of the arithmetic. `auto` is bfloat16 where a trial with it works, and float32 otherwise."
    )
    threads: int = Field(0, ge=0, le=256, description="CPU threads, of all VibeVoice models together; 0 leaves their number to torch.")


class SpeechOptions(LoadingOptions):
    """Options of the models that speak; voice, sample and seed of one reading belong to the request instead."""

    guidance_scale: float = Field(
        1.3, ge=1, le=10, description="How strictly the speech follows text and sample; too much of it sounds strained."
    )
    diffusion_steps: int = Field(10, ge=1, le=200, description="Steps that refine each 133 ms of sound; fewer are faster, and rougher.")
    seed: int | None = Field(
        None, ge=0, le=2**32 - 1, description="Makes every reading repeatable, as `--seed` does for one; none throws new dice each time."
    )
    voice_seed: int | None = Field(
        0,
        ge=0,
        le=2**32 - 1,
        description="Chooses the voice of a speaker without a sample: another number is another voice, and it stays the same from piece to "
        "piece. With none there is no such voice, and each piece is spoken as it comes.",
    )
    max_length: float | None = Field(
        None,
        gt=0,
        le=5400,
        description="Longest speech (s) that is made of one piece of text; none allows three times what it should take.",
    )


class ListeningOptions(LoadingOptions):
    """Options of the models that listen; prompt and hotwords belong to the request instead."""

    seed: int = Field(
        0, ge=0, le=2**32 - 1, description="The model adds noise to what it hears; the same number gives the same text again."
    )
    stretch: float = Field(
        60.0,
        ge=1,
        le=60,
        description="Minutes of a recording that are heard at once; fewer take less memory. Speakers keep their numbers within a stretch.",
    )
    repetition_penalty: float = Field(
        1.0, ge=1, le=2, description="Above 1 makes it less likely that what was written is written again; helps against loops."
    )
    events: bool = Field(False, description="Write down sounds that are no speech too, such as [Music].")
