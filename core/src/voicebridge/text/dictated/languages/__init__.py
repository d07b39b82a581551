"""What dictation knows of each language: its spoken commands, its fillers, and the small words that say how sentences go on.

A language is data in a module of its own, found by its code; one that has none here is written down as the model heard it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from voicebridge.text.dictated.languages.language import Language

LANGUAGES = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese", "nl": "dutch", "pl": "polish",
}  # fmt: skip
"""ISO 639-1 codes, and the modules."""


@cache
def language_of(code: str | None) -> Language:
    """The language of an ISO 639-1 code, English where there is no code, and one without words where it is not known."""
    name = LANGUAGES.get(code or "en")
    if name is None:
        return Language()
    found = import_module(f"{__name__}.{name}").LANGUAGE
    assert isinstance(found, Language)  # noqa: S101 - for the type checker
    return found
