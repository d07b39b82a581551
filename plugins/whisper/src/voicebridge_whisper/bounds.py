"""How many tokens a piece of speech may take before its text is no longer believed, and how long a piece may be so that they fit.

A decoder that has gone astray writes until it is stopped, so it is stopped early. Where the bound is too low the end of what was said
is lost, so it depends on the language: Whisper's vocabulary was made for English and spells out many scripts byte by byte.
"""

from __future__ import annotations

from math import inf

ROOM = 448
"""Positions of the decoder, for the prompt and the text together."""
_AT_LEAST = 16
"""Tokens of the shortest piece: who says one word may have it spelled out."""
_TOKENS_PER_SECOND = 12.0
"""For languages that are not below. English takes 4 in prose, and 12 where somebody reads digits out as fast as can be."""
_RATES = {
    "my": 34, "ml": 31, "gu": 31, "ka": 29, "pa": 28, "bn": 23, "si": 21, "te": 20, "kn": 19, "am": 19, "mr": 16, "hi": 15, "hy": 15,
    "ne": 14, "ta": 13, "el": 9, "uk": 9, "fa": 8, "kk": 8, "ur": 8,
    "km": 34, "lo": 34, "bo": 34, "as": 23, "sa": 16,
}  # fmt: skip
"""Tokens per second of prose, read at 160 words per minute by espeak-ng and encoded by the tokenizer of multilingual Whisper.

The last line is not measured, as espeak-ng speaks none of these: they are taken to be like Burmese, Bengali and Marathi, whose
scripts are related and are spelled out likewise.
"""
_FASTER = 1.5
"""How many times faster than that somebody may speak; who speaks still faster is decoded again with all the room."""
_NATURAL_PACE = (1.5, 6.0)
"""Tokens per second of speech in English: who repeats a sentence on purpose speaks like this, a decoder gone astray seldom does."""
_NATURAL_SHARE = 1.2
"""How many times the measured rate is natural; what fills the decoder's room takes more in every piece that it was cut for."""
_SPARE = 0.75
"""Share of the room that prose is meant to fill, as some of it takes more tokens than other."""


def most_tokens(language: str, seconds: float) -> int:
    """How many tokens so much speech can take at most."""
    return _AT_LEAST + round(max(_TOKENS_PER_SECOND, _FASTER * _RATES.get(language, 0)) * seconds)


def spelled_out(language: str) -> int | None:
    """For a language that is written in many tokens: about how many are a second of speech, which is a phrase of a few words."""
    return _RATES.get(language)


def longest_piece(language: str) -> float:
    """How much speech (s) gives a text that fits into the decoder's room; infinite where that is no concern."""
    return _SPARE * ROOM / _RATES[language] if language in _RATES else inf


def is_natural_pace(language: str, tokens: int, seconds: float) -> bool:
    """Whether people speak so many tokens in so much time."""
    slowest, fastest = _NATURAL_PACE
    return slowest <= tokens / max(seconds, 0.1) <= max(fastest, _NATURAL_SHARE * _RATES.get(language, 0))
