"""Limits for the number of tokens in a piece of speech, and for its duration, so that the tokens fit into the decoder.

A decoder that loops writes until it is stopped, so the number of tokens is limited. Too low a limit would truncate the text, so it depends
on the language: Whisper's vocabulary was made for English and spells many scripts byte by byte.
"""

from __future__ import annotations

from math import inf

ROOM = 448
"""Positions in the decoder, for prompt and text together."""
_AT_LEAST = 16
"""Minimum limit in tokens: a single word may be spelled out."""
_TOKENS_PER_SECOND = 12.0
"""For languages that are not listed below. English has 4 in prose, and 12 if digits are read as fast as possible."""
_RATES = {
    "my": 34, "ml": 31, "gu": 31, "ka": 29, "pa": 28, "bn": 23, "si": 21, "te": 20, "kn": 19, "am": 19, "mr": 16, "hi": 15, "hy": 15,
    "ne": 14, "ta": 13, "el": 9, "uk": 9, "fa": 8, "kk": 8, "ur": 8,
    "km": 34, "lo": 34, "bo": 34, "as": 23, "sa": 16,
}  # fmt: skip
"""Tokens per second of prose, read at 160 words per minute by espeak-ng and encoded by the tokenizer of multilingual Whisper.

The last line is not measured, because espeak-ng doesn't support these languages: their values are those of Burmese, Bengali and
Marathi, whose scripts are related and are spelled out in the same way.
"""
_FASTER = 1.5
"""Factor by which speech may exceed the measured rate; faster speech is decoded again with all the decoder's positions."""
_NATURAL_PACE = (1.5, 6.0)
"""Tokens per second of natural speech in English: intentional repetitions have this pace, those of a looping decoder rarely do."""
_NATURAL_SHARE = 1.2
"""The same for natural speech; a text that fills the decoder exceeds it even in a piece of the maximum duration."""
_SPARE = 0.75
"""Share of the positions that prose should fill, because some prose takes more tokens."""


def most_tokens(language: str, seconds: float) -> int:
    """The maximum plausible number of tokens for this much speech."""
    return _AT_LEAST + round(max(_TOKENS_PER_SECOND, _FASTER * _RATES.get(language, 0)) * seconds)


def spelled_out(language: str) -> int | None:
    """The approximate tokens per second of speech, about a phrase of a few words, for a language that takes many; otherwise ``None``."""
    return _RATES.get(language)


def longest_piece(language: str) -> float:
    """The maximum duration of speech (s) whose text fits into the decoder; infinite for languages without a measured rate."""
    return _SPARE * ROOM / _RATES[language] if language in _RATES else inf


def is_natural_pace(language: str, tokens: int, seconds: float) -> bool:
    """Whether this many tokens in this time is a natural pace of speech."""
    slowest, fastest = _NATURAL_PACE
    return slowest <= tokens / max(seconds, 0.1) <= max(fastest, _NATURAL_SHARE * _RATES.get(language, 0))
