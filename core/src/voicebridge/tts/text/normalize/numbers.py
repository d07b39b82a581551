"""Spell out numbers with the Unicode consortium's rules for each language."""

from __future__ import annotations

from functools import lru_cache

_LARGEST = 10**15
"""Numbers from this value up are read digit by digit."""


class Numbers:
    """The numbers of one language."""

    def __init__(self, language: str) -> None:
        """Load the rules of a language.

        Raises:
            ValueError: if there are none.
        """
        from unicode_rbnf import FormatPurpose, RbnfEngine

        self._engine = RbnfEngine.for_language(language)
        self._cardinal, self._ordinal = FormatPurpose.CARDINAL, FormatPurpose.ORDINAL

    def cardinal(self, number: int) -> str:
        """Spell out a cardinal: ``twenty-one``; digit by digit if it is too large."""
        return self._words(number, ordinal=False) if number < _LARGEST else self.digits(str(number))

    def ordinal(self, number: int) -> str:
        """Spell out an ordinal: ``twenty-first``."""
        return self._words(number, ordinal=True) if number < _LARGEST else self.digits(str(number))

    def digits(self, text: str) -> str:
        """Spell out the digits in a text one by one: ``two one``."""
        return " ".join(self.cardinal(int(letter)) for letter in text if letter.isdecimal())

    @lru_cache(maxsize=4096)  # noqa: B019 - there is one of these for each language, for good
    def _words(self, number: int, *, ordinal: bool) -> str:
        text = self._engine.format_number(number, self._ordinal if ordinal else self._cardinal).text
        return text.replace("\u00ad", "")
