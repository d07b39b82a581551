"""Codes of languages, as documents write them."""

from __future__ import annotations

import re

_THREE_LETTERS = {
    "ara": "ar", "chi": "zh", "ces": "cs", "cze": "cs", "dan": "da", "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "fin": "fi",
    "fra": "fr", "fre": "fr", "ger": "de", "gre": "el", "hun": "hu", "ita": "it", "jpn": "ja", "kor": "ko", "nld": "nl", "nor": "no",
    "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "spa": "es", "swe": "sv", "tur": "tr", "ukr": "uk", "zho": "zh",
}  # fmt: skip


def language_code(text: str | None) -> str | None:
    """The ISO 639-1 code in what a document says of its language, such as ``en-US`` or ``eng``; ``None`` where there is none."""
    match = re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", text or "")
    if match is None:
        return None
    code = match[1].lower()
    return code if len(code) == 2 else _THREE_LETTERS.get(code)
