"""From any text to stretches that Piper can speak one after the other: plain decisions, which need no voice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

TEXT_AT_ONCE = 2_000
"""Characters that go to the phonemizer together; a sentence that begins in them may be cut at their end."""
EASY_BREATH = 200
"""Phonemes that are spoken in one go, some 8 s, if the sentence has a pause to part it at: memory grows with them."""
LONGEST_BREATH = 300
"""Phonemes that are spoken in one go at most, some 12 s and 250 MB. Few sentences have as many."""

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


def breaths(phonemes: Sequence[str], easy: int = EASY_BREATH, longest: int = LONGEST_BREATH) -> Iterator[Sequence[str]]:
    """Yield a sentence's phonemes in runs of at most ``longest`` that hold something to be spoken.

    A sentence of more than ``easy`` phonemes is parted after a comma or its like; where there is none for ``longest``, after a word.
    """
    at = 0
    while at < len(phonemes):
        end = at + _breath(phonemes[at : at + 2 * longest], easy, longest)
        run = phonemes[at:end]
        if any(letter.isalnum() for phoneme in run for letter in phoneme):
            yield run
        at = end


def _breath(rest: Sequence[str], easy: int, longest: int) -> int:
    if len(rest) <= easy:
        return len(rest)
    spaces = [index + 1 for index, phoneme in enumerate(rest[:longest]) if phoneme == " " and index >= easy // 2]
    pauses = [end for end in spaces if rest[end - 2] in _PAUSES and len(rest) - end >= easy // 4]  # a word alone would sound odd
    if pauses:
        return max((end for end in pauses if end <= easy), default=pauses[0])
    return len(rest) if len(rest) <= longest else (spaces or [longest])[-1]
