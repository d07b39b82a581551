"""Whether a piece's sound can be what was written, by its shape alone: how long it is, where it is silent, how it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from voicebridge.audio.levels import FRAME, loudness, runs, speech

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Sound = npt.NDArray[np.float32]

FASTEST, SLOWEST = 9.0, 2.6
"""Syllables a second, pauses not counted, that a voice may speak with at its natural speed."""
LEEWAY = 0.7
"""Seconds more that a piece may last: a single word is spoken slowly, and a last one drawn out."""
LONGEST_PAUSE = 1.5
"""Seconds of silence that may be between two words."""
UNEXPLAINED, UNEXPLAINED_NUMBER, UNEXPLAINED_SENTENCE = 0.5, 1.1, 0.9
"""Seconds of sound that a word, a number in digits, or a stretch whose single words have no times may last longer than its syllables."""
JOINED = 0.15
"""Seconds of quiet that belong to the speech around them."""
CUT = 12.0
"""Decibels below the loudest speech: a sound that is louder than that to its last frame was cut off."""


class Said(NamedTuple):
    """A word that was heard, or several of which only the times of all are known."""

    start: float
    """Seconds."""
    end: float
    """Seconds."""
    syllables: int
    words: int
    has_digits: bool


def oddity(sound: Sound, rate: int, syllables: int, speed: float = 1.0, heard: Sequence[Said] = ()) -> str | None:
    """What about a piece's sound can't be right, as one phrase.

    Args:
        sound: ``float32[n]``, mono.
        rate: of the sound, in Hz.
        syllables: that it should hold.
        speed: that was asked for; 1 is natural.
        heard: what was heard, in order.
    """
    decibels = loudness(sound, rate)
    spoken = runs(speech(decibels), JOINED)
    if not spoken:
        return "nothing is spoken" if syllables else None
    return next(_oddities(decibels, spoken, syllables, speed, heard), None)


def _oddities(
    decibels: npt.NDArray[np.float64], spoken: Sequence[tuple[float, float]], syllables: int, speed: float, heard: Sequence[Said]
) -> Iterator[str]:
    seconds = sum(end - begin for begin, end in spoken)
    if seconds < syllables / FASTEST / speed - JOINED:
        yield f"{seconds:.1f} s of speech are too short for {syllables} syllables"
    if seconds > (syllables / SLOWEST + LEEWAY) / speed:
        yield f"{seconds:.1f} s of speech are too long for {syllables} syllables"
    for (_, end), (begin, _) in pairwise(spoken):
        if begin - end > LONGEST_PAUSE:
            yield f"{begin - end:.1f} s of silence after {end:.1f} s"
    yield from _unexplained(spoken, heard, seconds / max(syllables, 1))
    if len(decibels) * FRAME - spoken[-1][1] < FRAME / 2 and decibels[-1] > decibels.max() - CUT:
        yield "it breaks off at the end"


def _unexplained(spoken: Sequence[tuple[float, float]], heard: Sequence[Said], syllable: float) -> Iterator[str]:
    """Stretches that sound longer than what was heard in them takes: something is said twice there, or is no speech."""
    before = 0.0
    for place, said in enumerate(heard):
        after = heard[place + 1].start if place + 1 < len(heard) else float("inf")
        sounding = sum(max(0.0, min(end, after) - max(begin, before)) for begin, end in spoken)
        extra = sounding - syllable * said.syllables
        allowed = UNEXPLAINED_NUMBER if said.has_digits else UNEXPLAINED if said.words == 1 else UNEXPLAINED_SENTENCE
        if extra > allowed:
            yield f"{extra:.1f} s of sound that is none of the words after {before:.1f} s"
        before = said.end


_VOWELS = frozenset("aeiouyаеёиоуыэюяіїєαεηιουωάέήίόύώ")  # noqa: RUF001 - Latin, Cyrillic and Greek ones


def syllables_of(words: Iterable[str]) -> int:
    """About how many syllables words have, by their groups of vowels; signs that are a syllable each count as such."""
    return sum(_syllables(word) for word in words)


def _syllables(word: str) -> int:
    if not any(letter in _VOWELS for letter in word):
        return max(1, len(word) if len(word) < 5 and word.isascii() else len(word) // 2)
    count = sum(letter in _VOWELS and (place == 0 or word[place - 1] not in _VOWELS) for place, letter in enumerate(word))
    if word.endswith("e") and count > 1 and not word.endswith("le"):
        count -= 1
    return count
