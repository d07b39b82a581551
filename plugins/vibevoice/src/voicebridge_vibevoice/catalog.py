"""The published VibeVoice checkpoints that transformers can load: what each is called and where it comes from.

Standard library only, since ``voicebridge --help`` imports this.
"""

from __future__ import annotations

from dataclasses import dataclass

SPEECH, LISTENING = "vibevoice", "vibevoice_asr"
"""What ``model_type`` in config.json says of a model that speaks, and of one that listens."""

SAMPLE_RATE = 24_000
"""Hertz: what every VibeVoice model gives, takes as a voice sample, or hears."""


@dataclass(frozen=True, kw_only=True)
class PublishedModel:
    """One checkpoint in transformers' layout, safetensors in bfloat16."""

    name: str
    repo: str
    """Its id on the Hugging Face hub."""
    kind: str
    """:data:`SPEECH` or :data:`LISTENING`."""
    gigabytes: float
    """On disk."""
    hint: str
    """When to choose it."""
    languages: frozenset[str] | None = None
    """ISO 639-1 codes; ``None`` when others may be tried."""

    @property
    def description(self) -> str:
        """One line for a list of models."""
        return f"{self.hint}; {self.gigabytes:g} GB."


MODELS = (
    PublishedModel(
        name="1.5b",
        repo="vibevoice/VibeVoice-1.5B-hf",
        kind=SPEECH,
        gigabytes=5.4,
        hint="Long, lively speech and dialogues of up to four speakers, in your own voice too; wants a GPU of 8 GB",
        languages=frozenset({"en", "zh"}),
    ),
    PublishedModel(
        name="7b",
        repo="vibevoice/VibeVoice-7B-hf",
        kind=SPEECH,
        gigabytes=18.7,
        hint="As 1.5b, steadier and more natural, English and Chinese best; wants a GPU of 24 GB",
    ),
    PublishedModel(
        name="asr",
        repo="microsoft/VibeVoice-ASR-HF",
        kind=LISTENING,
        gigabytes=17.4,
        hint="Writes down who spoke when, up to an hour at a time, in over 50 languages; wants a GPU of 24 GB",
    ),
)
"""Every published model; those of a kind with the one to prefer first."""


def find(name: str) -> PublishedModel | None:
    """The published model of that name or hub id; ``None`` when there is none."""
    return next((model for model in MODELS if name in (model.name, model.repo)), None)
