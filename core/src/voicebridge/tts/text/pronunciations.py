"""The user's own pronunciations of words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def pronouncer(pronunciations: Mapping[str, str]) -> Callable[[str], str]:
    """Create a function that replaces written words by their pronunciations.

    Whole words are replaced, the longest first, and the result is not processed again. A word with an inner capital, or a single capital
    letter, only matches in this spelling ("SQL", "GitHub", "A"); other words also match in capitals.
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
