"""Word error rates, counted identically for every side: texts are normalised first, including numbers and contractions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jiwer


@dataclass(frozen=True, slots=True)
class Errors:
    """The number of words of a text, and of those transcribed wrongly."""

    wrong: int = 0
    """Words replaced, omitted or added."""
    said: int = 0

    def __add__(self, other: Errors) -> Errors:
        return Errors(self.wrong + other.wrong, self.said + other.said)

    @property
    def rate(self) -> float:
        """The word error rate in percent; NaN without words."""
        return 100 * self.wrong / self.said if self.said else float("nan")


def errors(said: str, heard: str, language: str = "en") -> Errors:
    """Compare a text with its transcript."""
    reference, hypothesis = normal(said, language), normal(heard, language)
    if not reference:
        return Errors(len(hypothesis.split()), 0)
    found = jiwer.process_words(reference, hypothesis)
    return Errors(found.substitutions + found.deletions + found.insertions, len(reference.split()))


def total(each: Iterable[Errors]) -> Errors:
    """The sum over several texts."""
    return sum(each, Errors())


def normal(text: str, language: str = "en") -> str:
    """Normalise words for comparison: with Whisper's own rules for English, and only case and punctuation for other languages."""
    words: str = _normalizer(language == "en")(text)
    return " ".join(words.split())


@cache
def _normalizer(english: bool) -> Any:
    if english:
        from whisper_normalizer.english import EnglishTextNormalizer

        return EnglishTextNormalizer()
    from whisper_normalizer.basic import BasicTextNormalizer

    return BasicTextNormalizer()
