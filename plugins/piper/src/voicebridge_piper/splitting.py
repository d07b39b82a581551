"""From any text to stretches that Piper can speak one after the other: plain decisions, which need no voice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

TEXT_AT_ONCE = 2_000
"""Characters that go to the phonemizer together; a sentence that begins in them may be cut at their end."""
PHONEMES_AT_ONCE = 400
"""Phonemes that are spoken in one go, some 25 s: memory grows with them. Few sentences have as many."""

_SENTENCE_END = re.compile("[.!?…]['\")\\]»\u201d\u2019]*\\s|[\u3002\uff01\uff1f][\u300d\u300f\u201d\uff09]*")
_SPACE = re.compile(r"\s")
_PAUSES = frozenset(",;:\u2013\u2014")


def cleaned(text: str, *, phonemes: bool = False) -> str:
    """The text without what a C library would stumble over.

    Args:
        text: anything, even half a surrogate pair.
        phonemes: leave ``[[ … ]]`` as it is, for Piper to read as phonemes.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    return text if phonemes else text.replace("[[", "[ [")


def stretches(text: str, limit: int = TEXT_AT_ONCE) -> Iterator[str]:
    """Yield the text in stretches of at most ``limit`` characters that hold something to be spoken.

    They end at the end of a sentence where one is near, else at a space, else anywhere.
    """
    at = 0
    while at < len(text):
        end = len(text) if len(text) - at <= limit else at + _cut(text[at : at + limit])
        if any(map(str.isalnum, stretch := text[at:end])):
            yield stretch
        at = end


def _cut(window: str) -> int:
    for pattern in (_SENTENCE_END, _SPACE):
        ends = [match.end() for match in pattern.finditer(window)]
        if ends and ends[-1] > len(window) // 4:
            return ends[-1]
    return len(window)


def breaths(phonemes: Sequence[str], limit: int = PHONEMES_AT_ONCE) -> Iterator[Sequence[str]]:
    """Yield a sentence's phonemes in runs of at most ``limit`` that hold something to be spoken.

    A run ends after a comma or its like where one is near, else after a word, else anywhere.
    """
    at = 0
    while at < len(phonemes):
        end = len(phonemes) if len(phonemes) - at <= limit else at + _pause(phonemes[at : at + limit])
        run = phonemes[at:end]
        if any(letter.isalnum() for phoneme in run for letter in phoneme):
            yield run
        at = end


def _pause(window: Sequence[str]) -> int:
    spaces = [index + 1 for index, phoneme in enumerate(window) if phoneme == " " and index >= len(window) // 2]
    pauses = [end for end in spaces if window[end - 2] in _PAUSES]
    return (pauses or spaces or [len(window)])[-1]
