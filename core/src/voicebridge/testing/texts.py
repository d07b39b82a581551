"""Comparing what an engine wrote with what was said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from voicebridge.speech import Segment


def text_of(segments: Iterable[Segment]) -> str:
    """The final text of an utterance."""
    return " ".join(segment.text for segment in segments if segment.final)


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: lower case, without punctuation."""
    return re.findall(r"[\w']+", text.lower())


def likeness(heard: str, said: str) -> float:
    """0 to 1: how much of two texts' words are the same, in the same order."""
    return SequenceMatcher(None, words_of(heard), words_of(said), autojunk=False).ratio()
