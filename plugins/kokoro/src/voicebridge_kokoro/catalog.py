"""The voices of Kokoro v1.0, and the models that have them.

The first letter of a voice's name is its accent, the second is ``f`` for a woman and ``m`` for a man.

Standard library only, because ``voicebridge --help`` imports this.
"""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE_RATE = 24_000
"""Hertz, of all models."""


@dataclass(frozen=True, slots=True)
class Accent:
    """How the voices of one letter speak."""

    language: str
    """ISO 639-1 code."""
    title: str
    espeak: str | None = None
    """The name in espeak-ng of what it pronounces; ``None`` if it isn't espeak-ng that does."""


ACCENTS = {
    "a": Accent("en", "American English", "en-us"),
    "b": Accent("en", "British English", "en-gb"),
    "e": Accent("es", "Spanish", "es"),
    "f": Accent("fr", "French", "fr-fr"),
    "h": Accent("hi", "Hindi", "hi"),
    "i": Accent("it", "Italian", "it"),
    "j": Accent("ja", "Japanese"),
    "p": Accent("pt", "Brazilian Portuguese", "pt-br"),
    "z": Accent("zh", "Mandarin Chinese"),
}
"""The accents by the first letter of a voice's name."""

LANGUAGES = frozenset(accent.language for accent in ACCENTS.values()) - {"zh"}
"""ISO 639-1 codes of the languages that can be pronounced: nothing here gives the phonemes of Chinese as Kokoro learnt them."""

DEFAULT = "af_heart"

VOICES = tuple(
    """
    af_heart af_alloy af_aoede af_bella af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky
    am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa
    bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable bm_george bm_lewis
    ef_dora em_alex em_santa
    ff_siwis
    hf_alpha hf_beta hm_omega hm_psi
    if_sara im_nicola
    jf_alpha jf_gongitsune jf_nezumi jf_tebukuro jm_kumo
    pf_dora pm_alex pm_santa
    zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia zm_yunyang
    """.split()  # noqa: SIM905 - a list would be a page long
)
"""All voices; the first of a language is its default."""

JAPANESE = tuple(voice for voice in VOICES if voice.startswith("j"))


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A published model: the same network in one of three precisions."""

    name: str
    description: str
    megabytes: int
    grade: tuple[int, int]
    """Speed and sound quality from 1 to 5."""
    voices: tuple[str, ...] = VOICES
    languages: frozenset[str] = LANGUAGES
    """ISO 639-1 codes."""


MODELS = (
    PublishedModel("int8", "54 voices, 8-bit weights: the smallest download.", 121, (3, 4)),
    PublishedModel("fp16", "54 voices, 16-bit weights.", 206, (3, 5)),
    PublishedModel("fp32", "54 voices, the original weights.", 354, (3, 5)),
    PublishedModel("ja", "Five Japanese voices, also as packages; 8-bit weights.", 95, (3, 4), JAPANESE, frozenset({"ja"})),
)
"""The listed models. With Japanese voices alone, a model is for Japanese: otherwise it would become the default for other languages."""


def accent_of(voice: str) -> Accent | None:
    """The accent of a voice; ``None`` if its name doesn't tell."""
    return ACCENTS.get(voice[0]) if voice[1:3] in ("f_", "m_") else None


def accent_in(language: str | None, voice: str) -> Accent:
    """How a voice pronounces a text.

    Args:
        language: ISO 639-1 code of the text; ``None`` for the voice's own.
        voice: its name, or that of the first voice of a blend.
    """
    own = accent_of(voice) or ACCENTS["a"]
    if language in (None, own.language):
        return own
    return next(accent for accent in ACCENTS.values() if accent.language == language)


def describe(voice: str) -> str:
    """A voice's sound, for the list of voices."""
    accent = accent_of(voice)
    return f"{accent.title if accent else 'Unknown'}, {'a woman' if voice[1] == 'f' else 'a man'}"
