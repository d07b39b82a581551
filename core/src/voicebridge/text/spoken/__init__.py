"""Text as it is spoken: numbers, dates, amounts, addresses, abbreviations and signs in words.

What each language needs is data and rules in a module of its own (:mod:`~voicebridge.text.spoken.english`,
:mod:`~voicebridge.text.spoken.german`); for other languages numbers alone are spelled out, where the Unicode consortium's rules know
them, and the rest is left to the engine. Plain prose comes out as it went in.
"""

from __future__ import annotations

from voicebridge.text.spoken.speech import speakable

__all__ = ["speakable"]
