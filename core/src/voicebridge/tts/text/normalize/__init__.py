"""Text normalisation: expand numbers, dates, amounts, addresses, abbreviations and symbols into words.

Data and rules for each language are in its own module (:mod:`~voicebridge.tts.text.normalize.english`,
:mod:`~voicebridge.tts.text.normalize.german`). For other languages only numbers are expanded, if the Unicode consortium's rules cover
the language, and the rest is left to the engine. Plain prose is unchanged.
"""

from __future__ import annotations

from voicebridge.tts.text.normalize.rules import speakable

__all__ = ["speakable"]
