"""Line breaks in runs of Thai, Lao, Khmer or Burmese, which have no spaces between words, if word boundaries are unknown.

Thai words are found by BudouX (docs/adr/0037-words-without-spaces.md). The others are broken where a syllable certainly starts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budoux import Parser

COMPLEX = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]")
"""A character of Thai, Lao, Burmese or Khmer, whose line breaks don't follow from character properties."""
_THAI = re.compile("[\u0e00-\u0e7f]+")
_LAO = re.compile("[\u0e80-\u0eff]")
_KHMER_CONSONANT = re.compile("[\u1780-\u17a2]")
_KHMER_VOWEL = re.compile("[\u17b6-\u17c5]")
_LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")
"""Vowels that are written before the consonant that they follow in speech."""
_FOLLOWING = frozenset("ะาำๅๆฯະາຳຽໆຯ")
"""Characters that never start a syllable, although they are not marks; includes repetition and abbreviation signs."""
_STACKERS = frozenset("\u1039\u17d2")
_ASAT = re.compile("\u1037?\u103a")
"""Makes the preceding consonant the end of a syllable."""
_MARKS = frozenset(["Mn", "Mc", "Me", "Cf"])


def may_part(text: str, at: int) -> bool:
    """Whether a break before the character ``at`` splits no unit: a letter with its marks, a vowel with its consonant."""
    before, after = text[at - 1], text[at]
    return (
        unicodedata.category(after) not in _MARKS
        and after not in _FOLLOWING
        and before not in _LEADING_VOWELS
        and before not in _STACKERS
        and text[at + 1 : at + 2] not in _STACKERS
        and not _ASAT.match(text, at + 1)
    )


def breaks(run: str) -> frozenset[int]:
    """The positions in ``run``, which contains no space, where it can be broken."""
    found = {at for at in range(1, len(run)) if not _THAI.match(run[at]) and may_part(run, at) and _begins_syllable(run, at)}
    for thai in _THAI.finditer(run):
        found.update(thai.start() + at for at in _thai_words(thai[0]) if may_part(run, thai.start() + at))
    return frozenset(found)


def _begins_syllable(run: str, at: int) -> bool:
    """Whether a syllable certainly starts here."""
    after, following = run[at], run[at + 1 : at + 2]
    if _LAO.match(after):
        return after in _LEADING_VOWELS
    if _KHMER_CONSONANT.match(after):
        return _KHMER_VOWEL.match(following) is not None  # others may end the previous syllable
    return COMPLEX.match(after) is not None and after.isalnum()


def _thai_words(thai: str) -> Iterator[int]:
    """The word starts in ``thai``, except its first."""
    at = 0
    for word in _thai_parser().parse(thai):
        if at and len(word) > 1:  # a single consonant ends the previous word
            yield at
        at += len(word)


@lru_cache(1)
def _thai_parser() -> Parser:
    from budoux import load_default_thai_parser  # imported on demand: few recordings are in Thai

    return load_default_thai_parser()
