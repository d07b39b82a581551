"""Whether a piece's sound can be what was written, by its shape alone: how long it is, where it is silent, how it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from threading import Lock
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
UNEXPLAINED, UNEXPLAINED_NUMBER, UNEXPLAINED_SENTENCE = 0.5, 1.3, 0.9
"""Seconds of sound that a word, one in or beside a number in digits, or a stretch whose single words have no times may last longer than
its syllables do."""
JOINED = 0.15
"""Seconds of quiet that belong to the speech around them."""
CUT = 20.0
"""Decibels below the loudest speech: a sound that is louder than that to its last frame was cut off."""


ENOUGH = 9
"""Syllables from which a piece tells how fast a voice speaks."""


class Pace:
    """How fast a voice has spoken so far; may be used by several threads at once."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._lock = Lock()
        self._known: deque[float] = deque(maxlen=50)

    @property
    def usual(self) -> float | None:
        """Syllables a second, pauses not counted; ``None`` until three pieces are known."""
        with self._lock:
            return median(self._known) if len(self._known) >= 3 else None

    def learn(self, sound: Sound, rate: int, syllables: int) -> None:
        """Take in a piece that was spoken right."""
        if syllables >= ENOUGH and (seconds := _length(_spoken(sound, rate))):
            with self._lock:
                self._known.append(syllables / seconds)


class Said(NamedTuple):
    """A word that was heard, or several of which only the times of all are known."""

    start: float
    """Seconds."""
    end: float
    """Seconds."""
    syllables: int
    words: int
    has_digits: bool


def oddity(
    sound: Sound, rate: int, syllables: int, heard: Sequence[Said] = (), *, speed: float = 1.0, usual: float | None = None
) -> str | None:
    """What about a piece's sound can't be right, as one phrase.

    Args:
        sound: ``float32[n]``, mono.
        rate: of the sound, in Hz.
        syllables: that it should hold.
        heard: what was heard, in order.
        speed: that was asked for; 1 is natural.
        usual: syllables a second that the voice speaks elsewhere, where that is known.
    """
    decibels = loudness(sound, rate)
    spoken = runs(speech(decibels), JOINED)
    if not spoken:
        return "nothing is spoken" if syllables else None
    return next(_oddities(decibels, spoken, syllables, heard, _bounds(syllables, speed, usual)), None)


def _bounds(syllables: int, speed: float, usual: float | None) -> tuple[float, float]:
    """Seconds that so many syllables take at least and at the most."""
    if usual is None or syllables < ENOUGH:
        return syllables / FASTEST / speed - JOINED, (syllables / SLOWEST + LEEWAY) / speed
    slack = 0.18 + 2.2 / syllables  # the longer a piece, the nearer it comes to the voice's mean
    return syllables / usual * (1 - slack), syllables / usual / (1 - slack)


def _spoken(sound: Sound, rate: int) -> list[tuple[float, float]]:
    return runs(speech(loudness(sound, rate)), JOINED)


def _length(spoken: Sequence[tuple[float, float]]) -> float:
    return sum(end - begin for begin, end in spoken)


def _oddities(
    decibels: npt.NDArray[np.float64],
    spoken: Sequence[tuple[float, float]],
    syllables: int,
    heard: Sequence[Said],
    bounds: tuple[float, float],
) -> Iterator[str]:
    seconds = _length(spoken)
    if not bounds[0] <= seconds <= bounds[1]:
        yield f"{seconds:.1f} s of speech are too {'short' if seconds < bounds[0] else 'long'} for {syllables} syllables"
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
        after = said.end if place + 1 < len(heard) else float("inf")  # what sounds between two words counts with the second
        sounding = sum(max(0.0, min(end, after) - max(begin, before)) for begin, end in spoken)
        extra = sounding - syllable * said.syllables
        near_number = any(each.has_digits for each in heard[max(0, place - 1) : place + 2])
        allowed = UNEXPLAINED_NUMBER if near_number else UNEXPLAINED if said.words == 1 else UNEXPLAINED_SENTENCE
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
