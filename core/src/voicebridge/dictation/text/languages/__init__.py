"""Dictation data for each language: spoken commands, fillers, and the function words that show how sentences continue.

Each language is data in its own module, found by its code; other languages are written as transcribed.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from voicebridge.dictation.text.languages.language import Language

LANGUAGES = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese", "nl": "dutch", "pl": "polish",
}  # fmt: skip
"""ISO 639-1 codes and their modules."""


@cache
def language_of(code: str | None) -> Language:
    """The language of an ISO 639-1 code, English if there is no code, and an empty one if it is unknown."""
    name = LANGUAGES.get(code or "en")
    if name is None:
        return Language()
    found = import_module(f"{__name__}.{name}").LANGUAGE
    assert isinstance(found, Language)  # noqa: S101 - for the type checker
    return found
