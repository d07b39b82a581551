"""What can be set of Whisper: how it is loaded, how it decodes, how it cuts and what it leaves out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from voicebridge import EngineOptions

Temperature = Annotated[float, Field(ge=0, le=1)]


class WhisperOptions(EngineOptions):
    """Options of every Whisper model; language, prompt, hotwords, translation and word times belong to the request instead."""

    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where the model runs. `auto` takes a GPU when a trial run on it works, and the CPU otherwise."
    )
    compute_type: Literal["auto", "int8", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32"] = Field(
        "auto", description="Precision of the arithmetic. `auto` is int8 on a CPU and float16 on a GPU."
    )
    workers: int = Field(0, ge=0, le=64, description="How many batches are decoded at the same time; 0 is one for each core, up to 4.")
    threads: int = Field(0, ge=0, le=256, description="CPU threads per worker; 0 shares the cores out among the workers.")

    beam_size: int = Field(5, ge=1, le=100, description="How many hypotheses are kept while decoding; 1 is fastest.")
    patience: float = Field(1.0, gt=0, le=10, description="How long the beam search goes on looking for something better.")
    length_penalty: float = Field(1.0, ge=0, le=10, description="Above 1 favours longer hypotheses, below 1 shorter ones.")
    repetition_penalty: float = Field(1.0, gt=0, le=10, description="Above 1 makes it less likely that what was said is said again.")
    no_repeat_ngram_size: int = Field(0, ge=0, le=20, description="Forbids repeating any run of this many tokens; 0 allows it.")
    temperature: tuple[Temperature, ...] = Field(
        (0.0,),
        min_length=1,
        description="Randomness of decoding: the first is used, others are tried in turn where the text looks wrong. With 0 alone the same "
        "recording always gives the same text.",
    )
    suppress_tokens: tuple[int, ...] = Field(
        (-1,), description="Tokens that are never written; -1 stands for Whisper's own list of symbols that nobody speaks."
    )
    batch_size: int = Field(4, ge=1, le=64, description="How many stretches of speech are decoded together; more takes more memory.")
    short_window: bool = Field(
        True, description="Compute only as much of Whisper's 30 s window as was spoken in; false always computes all of it."
    )
    multilingual: bool = Field(False, description="Find out the language anew for every stretch of speech instead of once.")

    vad: bool = Field(True, description="Transcribe only where somebody speaks (Silero voice activity detection).")
    vad_threshold: float = Field(0.5, gt=0, lt=1, description="Speech begins where its probability rises above this.")
    vad_min_silence: float = Field(0.16, ge=0.03, le=10, description="A pause at least this long (s) is a place to cut.")
    vad_min_speech: float = Field(0.0, ge=0, le=10, description="Speech shorter than this (s) is ignored.")
    vad_pad: float = Field(0.4, ge=0, le=2, description="How much (s) before and after speech is transcribed with it.")

    no_speech_threshold: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Text is dropped where the model thinks with this probability that nobody spoke, and is unsure of the text.",
    )
    log_prob_threshold: float = Field(-1.0, le=0, description="Text whose mean log probability is below this is decoded again.")
    compression_ratio_threshold: float = Field(
        2.4, gt=1, description="Text that compresses better than this repeats itself, and is decoded again."
    )
