"""The published VibeVoice checkpoints that transformers can load: their names and sources.

Standard library only, because ``voicebridge --help`` imports this.
"""

from __future__ import annotations

from dataclasses import dataclass

SPEECH, LISTENING = "vibevoice", "vibevoice_asr"
"""``model_type`` in config.json of text-to-speech and speech-to-text models."""

SAMPLE_RATE = 24_000
"""Hertz: the rate of every VibeVoice model's output, voice samples and input."""


@dataclass(frozen=True, kw_only=True)
class PublishedModel:
    """A checkpoint in transformers' layout, safetensors in bfloat16."""

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
    """ISO 639-1 codes; ``None`` if languages are not restricted."""

    @property
    def description(self) -> str:
        """One line for the list of models."""
        return f"{self.hint}; {self.gigabytes:g} GB."


MODELS = (
    PublishedModel(
        name="1.5b",
        repo="vibevoice/VibeVoice-1.5B-hf",
        kind=SPEECH,
        gigabytes=5.4,
        hint="Long, lively speech and dialogues of up to four speakers, in your own voice too; needs a GPU with 8 GB",
        languages=frozenset({"en", "zh"}),
    ),
    PublishedModel(
        name="7b",
        repo="vibevoice/VibeVoice-7B-hf",
        kind=SPEECH,
        gigabytes=18.7,
        hint="As 1.5b, steadier and more natural, English and Chinese best; needs a GPU with 24 GB",
    ),
    PublishedModel(
        name="asr",
        repo="microsoft/VibeVoice-ASR-HF",
        kind=LISTENING,
        gigabytes=17.4,
        hint="Transcribes who spoke when, up to an hour at a time, in over 50 languages; needs a GPU with 24 GB",
    ),
)
"""All published models; the preferred one of each kind first."""


def find(name: str) -> PublishedModel | None:
    """The published model with a name or hub id; ``None`` if there is none."""
    return next((model for model in MODELS if name in (model.name, model.repo)), None)
