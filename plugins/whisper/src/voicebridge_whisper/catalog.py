"""The published Whisper models that faster-whisper can load: their names, sources and capabilities.

Standard library only, because ``voicebridge --help`` imports this.
"""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = frozenset(
    [
        "af",
        "am",
        "ar",
        "as",
        "az",
        "ba",
        "be",
        "bg",
        "bn",
        "bo",
        "br",
        "bs",
        "ca",
        "cs",
        "cy",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "eu",
        "fa",
        "fi",
        "fo",
        "fr",
        "gl",
        "gu",
        "ha",
        "haw",
        "he",
        "hi",
        "hr",
        "ht",
        "hu",
        "hy",
        "id",
        "is",
        "it",
        "ja",
        "jw",
        "ka",
        "kk",
        "km",
        "kn",
        "ko",
        "la",
        "lb",
        "ln",
        "lo",
        "lt",
        "lv",
        "mg",
        "mi",
        "mk",
        "ml",
        "mn",
        "mr",
        "ms",
        "mt",
        "my",
        "ne",
        "nl",
        "nn",
        "no",
        "oc",
        "pa",
        "pl",
        "ps",
        "pt",
        "ro",
        "ru",
        "sa",
        "sd",
        "si",
        "sk",
        "sl",
        "sn",
        "so",
        "sq",
        "sr",
        "su",
        "sv",
        "sw",
        "ta",
        "te",
        "tg",
        "th",
        "tk",
        "tl",
        "tr",
        "tt",
        "uk",
        "ur",
        "uz",
        "vi",
        "yi",
        "yo",
        "zh",
    ]
)
"""The codes of the languages that every multilingual Whisper model supports."""

_LARGE_V3_LANGUAGES = LANGUAGES | {"yue"}
_ENGLISH = frozenset({"en"})


@dataclass(frozen=True, kw_only=True)
class PublishedModel:
    """A published model in CTranslate2's format, float16."""

    name: str
    repo: str
    """Its id on the Hugging Face hub."""
    aliases: tuple[str, ...] = ()
    parameters: int
    """Millions."""
    megabytes: int
    """On disk."""
    hint: str
    """When to choose it."""
    languages: frozenset[str] = LANGUAGES
    """Codes that Whisper's tokenizer supports."""
    transcribes_only: bool = False
    """True for a multilingual model that was not trained to translate."""
    sha256: str | None = None
    """Hash of ``model.bin``, if this version pins it."""

    @property
    def english_only(self) -> bool:
        """Whether it was trained on English only."""
        return self.languages == _ENGLISH

    @property
    def translates(self) -> bool:
        """Whether it can translate into English."""
        return not (self.english_only or self.transcribes_only)

    @property
    def is_light(self) -> bool:
        """Whether it is faster than real time on an ordinary CPU."""
        return self.parameters < 300

    @property
    def fast(self) -> int:
        """From 1 to 5, where 5 is the fastest on an ordinary CPU."""
        return _GRADES[self.name.removesuffix(".en")][0]

    @property
    def accurate(self) -> int:
        """From 1 to 5, where 5 has the fewest errors."""
        return _GRADES[self.name.removesuffix(".en")][1]

    @property
    def size(self) -> str:
        """The size on disk, for display."""
        return f"{self.megabytes / 1000:.1f} GB" if self.megabytes >= 1000 else f"{self.megabytes} MB"

    @property
    def description(self) -> str:
        """One line for the list of models."""
        spoken = "English only" if self.english_only else f"{len(self.languages)} languages"
        return f"{self.hint}; {spoken}, {self.parameters} M parameters, {self.size}."


_GRADES = {
    "tiny": (5, 1), "base": (5, 2), "small": (3, 3), "medium": (2, 4), "large-v1": (1, 4), "large-v2": (1, 5), "large-v3": (1, 5),
    "large-v3-turbo": (2, 5), "distil-small": (4, 3), "distil-medium": (3, 4), "distil-large-v2": (2, 4), "distil-large-v3": (2, 5),
    "distil-large-v3.5": (2, 5),
}  # fmt: skip
"""Approximate speed and accuracy of each size: speed from the computation per second of audio, accuracy from published word error rates."""

MODELS = (
    PublishedModel(
        name="base",
        repo="Systran/faster-whisper-base",
        parameters=74,
        megabytes=148,
        hint="Fast on any machine, good for clear speech",
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
    PublishedModel(
        name="small",
        repo="Systran/faster-whisper-small",
        parameters=244,
        megabytes=487,
        hint="About 3 times slower than base, fewer errors",
    ),
    PublishedModel(
        name="tiny",
        repo="Systran/faster-whisper-tiny",
        parameters=39,
        megabytes=78,
        hint="Fastest of all, for short commands and old machines",
    ),
    PublishedModel(
        name="base.en",
        languages=_ENGLISH,
        repo="Systran/faster-whisper-base.en",
        parameters=74,
        megabytes=148,
        hint="As fast as base, better at English",
    ),
    PublishedModel(
        name="small.en",
        languages=_ENGLISH,
        repo="Systran/faster-whisper-small.en",
        parameters=244,
        megabytes=487,
        hint="As fast as small, better at English",
    ),
    PublishedModel(
        name="tiny.en",
        languages=_ENGLISH,
        repo="Systran/faster-whisper-tiny.en",
        parameters=39,
        megabytes=78,
        hint="As fast as tiny, better at English",
        sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    ),
    PublishedModel(
        name="distil-small.en",
        languages=_ENGLISH,
        repo="Systran/faster-distil-whisper-small.en",
        parameters=166,
        megabytes=336,
        hint="Distilled from small.en, faster and nearly as good",
    ),
    PublishedModel(
        name="large-v3-turbo",
        aliases=("turbo",),
        repo="mobiuslabsgmbh/faster-whisper-large-v3-turbo",
        parameters=809,
        megabytes=1620,
        hint="Nearly as good as large-v3 and several times faster, but can't translate; needs a fast computer",
        languages=_LARGE_V3_LANGUAGES,
        transcribes_only=True,
    ),
    PublishedModel(
        name="distil-large-v3.5",
        languages=_ENGLISH,
        repo="distil-whisper/distil-large-v3.5-ct2",
        parameters=756,
        megabytes=1516,
        hint="The best distilled model, faster than turbo; needs a fast computer",
    ),
    PublishedModel(
        name="distil-large-v3",
        languages=_ENGLISH,
        repo="Systran/faster-distil-whisper-large-v3",
        parameters=756,
        megabytes=1516,
        hint="Predecessor of distil-large-v3.5",
    ),
    PublishedModel(
        name="distil-large-v2",
        languages=_ENGLISH,
        repo="Systran/faster-distil-whisper-large-v2",
        parameters=756,
        megabytes=1516,
        hint="Distilled from large-v2",
    ),
    PublishedModel(
        name="distil-medium.en",
        languages=_ENGLISH,
        repo="Systran/faster-distil-whisper-medium.en",
        parameters=394,
        megabytes=792,
        hint="Distilled from medium.en, faster and nearly as good",
    ),
    PublishedModel(
        name="medium", repo="Systran/faster-whisper-medium", parameters=769, megabytes=1531, hint="Better than small; slow without a GPU"
    ),
    PublishedModel(
        name="medium.en",
        languages=_ENGLISH,
        repo="Systran/faster-whisper-medium.en",
        parameters=769,
        megabytes=1531,
        hint="As medium, better at English",
    ),
    PublishedModel(
        name="large-v3",
        aliases=("large",),
        repo="Systran/faster-whisper-large-v3",
        parameters=1550,
        megabytes=3091,
        hint="The most accurate; needs a GPU",
        languages=_LARGE_V3_LANGUAGES,
    ),
    PublishedModel(
        name="large-v2", repo="Systran/faster-whisper-large-v2", parameters=1550, megabytes=3090, hint="Predecessor of large-v3"
    ),
    PublishedModel(name="large-v1", repo="Systran/faster-whisper-large-v1", parameters=1550, megabytes=3090, hint="The first large model"),
)
"""All published models, in order of preference.

The default model is the first one whose weights are available, so the order is for a computer without a GPU: models that are faster than
real time come first, multilingual ones before English-only ones, and those that need a fast computer last. A large model doesn't become the
default when it is downloaded: that requires ``voicebridge config set stt.model large-v3-turbo``.
"""


def find(name: str) -> PublishedModel | None:
    """The published model with a name, alias or hub id, including those of OpenAI; ``None`` if there is none."""
    name = name.removeprefix("openai/whisper-")
    return next((model for model in MODELS if name in (model.name, model.repo, *model.aliases)), None)
