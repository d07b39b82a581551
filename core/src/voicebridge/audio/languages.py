"""Languages by three letters, as MP4 and ID3 want them, where everything else of ours knows them by two."""

from __future__ import annotations

from voicebridge.languages import THREE_LETTERS


def three_letters(language: str) -> str:
    """The three letters of a language that is given by its two, ``und`` where they are not known; three are taken as they are."""
    code = language.lower().partition("-")[0].partition("_")[0]
    return THREE_LETTERS.get(code, code if len(code) == 3 and code.isascii() and code.isalpha() else "und")
