"""Split any text into parts that Piper can speak one after another; pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

TEXT_AT_ONCE = 2_000
"""Maximum number of characters per call of the phonemizer; a sentence may be cut at this limit."""
EASY_BREATH = 200
"""Phonemes per run, about 8 s, if the sentence has a pause at which to split it: memory usage grows with them."""
LONGEST_BREATH = 300
"""Maximum number of phonemes per run, about 12 s and 250 MB. Few sentences have more."""

_PAUSES = frozenset(",;:\u2013\u2014")


def cleaned(text: str, *, phonemes: bool = False) -> str:
    """Remove text that causes errors in a C library.

    Args:
        text: any text, even with lone surrogates.
        phonemes: keep ``[[ … ]]``, which Piper reads as phonemes.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    return text if phonemes else text.replace("[[", "[ [")


def breaths(phonemes: Sequence[str], easy: int = EASY_BREATH, longest: int = LONGEST_BREATH) -> Iterator[Sequence[str]]:
    """Yield a sentence's phonemes in runs of at most ``longest``, leaving out those without anything to speak.

    A sentence of more than ``easy`` phonemes is split after a comma or similar; if there is none within ``longest``, after a word.
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
    pauses = [end for end in spaces if rest[end - 2] in _PAUSES and len(rest) - end >= easy // 4]  # a single word would sound odd
    if pauses:
        return max((end for end in pauses if end <= easy), default=pauses[0])
    return len(rest) if len(rest) <= longest else (spaces or [longest])[-1]
