"""The options of Whisper for loading, decoding, segmentation and filtering."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from voicebridge import EngineOptions

Temperature = Annotated[float, Field(ge=0, le=1)]


class WhisperOptions(EngineOptions):
    """Options of every Whisper model; language, prompt, hotwords, translation and word timestamps are part of the request."""

    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where the model runs. `auto` uses a GPU if a test on it succeeds, else the CPU."
    )
    compute_type: Literal["auto", "int8", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32"] = Field(
        "auto", description="Precision of the arithmetic. `auto` is int8 on a CPU and float16 on a GPU."
    )
    workers: int = Field(0, ge=0, le=64, description="Batches decoded in parallel; 0 is one per core, up to 4.")
    threads: int = Field(0, ge=0, le=256, description="CPU threads per worker; 0 divides the cores among the workers.")

    beam_size: int = Field(5, ge=1, le=100, description="Hypotheses kept while decoding; 1 is fastest.")
    patience: float = Field(1.0, gt=0, le=10, description="Beam search patience: higher values search longer.")
    length_penalty: float = Field(1.0, ge=0, le=10, description="Above 1 favours longer hypotheses, below 1 shorter ones.")
    repetition_penalty: float = Field(1.0, gt=0, le=10, description="Values above 1 reduce repetition.")
    no_repeat_ngram_size: int = Field(0, ge=0, le=20, description="Forbids repeating any sequence of this many tokens; 0 allows it.")
    temperature: tuple[Temperature, ...] = Field(
        (0.0,),
        min_length=1,
        description="Sampling temperatures: the first is used, the others are tried in turn if the text looks wrong. With only 0 the same "
        "recording always gives the same text.",
    )
    suppress_tokens: tuple[int, ...] = Field(
        (-1,), description="Tokens that are never written; -1 stands for Whisper's list of non-speech symbols."
    )
    batch_size: int = Field(4, ge=1, le=64, description="Segments decoded together; more need more memory.")
    short_window: bool = Field(
        True, description="Compute only the part of Whisper's 30 s window that has speech; false computes all of it."
    )
    multilingual: bool = Field(False, description="Detect the language for every segment instead of once.")

    vad: bool = Field(True, description="Transcribe only speech (Silero voice activity detection).")
    vad_threshold: float = Field(0.5, gt=0, lt=1, description="Speech starts where its probability is above this.")
    vad_min_silence: float = Field(0.16, ge=0.03, le=10, description="Minimum pause (s) between two segments.")
    vad_min_speech: float = Field(0.0, ge=0, le=10, description="Minimum length (s) of speech.")
    vad_pad: float = Field(0.4, ge=0, le=2, description="Padding (s) before and after speech.")

    no_speech_threshold: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Text is dropped if the model's no-speech probability is above this and it is unsure of the text.",
    )
    log_prob_threshold: float = Field(-1.0, le=0, description="Text with a mean log probability below this is decoded again.")
    compression_ratio_threshold: float = Field(
        2.4, gt=1, description="Text with a compression ratio above this is repetitive, and is decoded again."
    )
