"""Compare a transcript with the spoken text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from voicebridge.speech import Segment

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese."""
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[\w'])+")


def text_of(segments: Iterable[Segment]) -> str:
    """The final text of an utterance."""
    return " ".join(str(segment.text) for segment in segments if segment.final)


def words_of(text: str) -> list[str]:
    """The words of a text for comparison: lower case, without punctuation; single characters in scripts without spaces between words."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def likeness(heard: str, said: str) -> float:
    """0 to 1: the share of words that two texts have in common, in the same order."""
    return SequenceMatcher(None, words_of(heard), words_of(said), autojunk=False).ratio()
