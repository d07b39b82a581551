"""The user's own list of words and what is spoken in their stead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def pronouncer(pronunciations: Mapping[str, str]) -> Callable[[str], str]:
    """What puts the spoken words in the place of the written ones.

    Whole words are replaced, the longest first, and what was put in is not looked at again. A word that is written with a capital after its
    first letter, or is one capital letter, is found in just that spelling ("SQL", "GitHub", "A"); any other is found in capitals too.
    """
    spoken = {word.strip(): text for word, text in pronunciations.items() if word.strip()}
    if not spoken:
        return lambda text: text
    words = sorted(spoken, key=lambda word: (-len(word), word))
    lowered = {word.lower(): text for word, text in spoken.items() if not _is_exact(word)}
    pattern = re.compile("|".join(map(_pattern, words)))

    def replaced(match: re.Match[str]) -> str:
        found = match[0]
        return spoken[found] if found in spoken else lowered.get(found.lower(), found)

    return lambda text: pattern.sub(replaced, text)


def _is_exact(word: str) -> bool:
    return any(letter.isupper() for letter in word[1:]) or (len(word) == 1 and word.isupper())


def _pattern(word: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", word) else ""
    after = r"(?!\w)" if re.search(r"\w$", word) else ""
    letters = re.escape(word) if _is_exact(word) else f"(?i:{re.escape(word)})"
    return f"{before}{letters}{after}"
