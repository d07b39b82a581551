"""Check whether a passage's audio is plausible for its text from its duration, its silences and its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from voicebridge.audio.loudness import FRAME, loudness, runs, speech

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Sound = npt.NDArray[np.float32]

FASTEST, SLOWEST = 9.0, 2.6
"""Syllables per second, excluding pauses, that a voice may speak at its natural speed."""
LEEWAY = 0.7
"""Seconds by which a passage may be longer: a single word is spoken slowly, and the last one drawn out."""
LONGEST_PAUSE = 1.5
"""Maximum seconds of silence between two words."""
UNEXPLAINED, UNEXPLAINED_NUMBER, UNEXPLAINED_SENTENCE = 0.5, 1.3, 0.9
"""Maximum seconds of sound beyond the duration of the syllables: of a word, of one in or next to a number in digits, and of a span without
word timestamps."""
JOINED = 0.15
"""Seconds of silence that count as part of the speech around them."""
CUT = 20.0
"""Decibels below the loudest speech: audio that is louder than that up to its last frame was cut off."""


ENOUGH = 9
"""Minimum syllables of a passage from which the pace of a voice is measured."""


class Pace:
    """The pace of a voice so far; thread-safe."""

    def __init__(self) -> None:
        """Start without measurements."""
        self._lock = Lock()
        self._known: deque[float] = deque(maxlen=50)

    @property
    def usual(self) -> float | None:
        """Syllables per second, excluding pauses; ``None`` until three passages have been measured."""
        with self._lock:
            return median(self._known) if len(self._known) >= 3 else None

    def learn(self, sound: Sound, rate: int, syllables: int) -> None:
        """Add a passage that was spoken correctly."""
        if syllables >= ENOUGH and (seconds := _length(_spoken(sound, rate))):
            with self._lock:
                self._known.append(syllables / seconds)


class HeardWord(NamedTuple):
    """A transcribed word, or several words with common start and end times."""

    start: float
    """Seconds."""
    end: float
    """Seconds."""
    syllables: int
    words: int
    has_digits: bool


def oddity(
    sound: Sound, rate: int, syllables: int, heard: Sequence[HeardWord] = (), *, speed: float = 1.0, usual: float | None = None
) -> str | None:
    """What is implausible about a passage's audio, as one phrase; ``None`` if nothing is.

    Args:
        sound: ``float32[n]``, mono.
        rate: of the audio, in Hz.
        syllables: the expected number.
        heard: the transcribed words, in order.
        speed: the requested speed; 1 is natural.
        usual: the voice's usual syllables per second, if known.
    """
    decibels = loudness(sound, rate)
    spoken = runs(speech(decibels), JOINED)
    if not spoken:
        return "there is no speech" if syllables else None
    return next(_oddities(decibels, spoken, syllables, heard, _bounds(syllables, speed, usual)), None)


def _bounds(syllables: int, speed: float, usual: float | None) -> tuple[float, float]:
    """The minimum and maximum seconds for a number of syllables."""
    if usual is None or syllables < ENOUGH:
        return syllables / FASTEST / speed - JOINED, (syllables / SLOWEST + LEEWAY) / speed
    slack = 0.18 + 2.2 / syllables  # the longer a passage, the closer its pace is to the voice's mean
    return syllables / usual * (1 - slack), syllables / usual / (1 - slack)


def _spoken(sound: Sound, rate: int) -> list[tuple[float, float]]:
    return runs(speech(loudness(sound, rate)), JOINED)


def _length(spoken: Sequence[tuple[float, float]]) -> float:
    return sum(end - begin for begin, end in spoken)


def _oddities(
    decibels: npt.NDArray[np.float64],
    spoken: Sequence[tuple[float, float]],
    syllables: int,
    heard: Sequence[HeardWord],
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
        yield "it ends abruptly"


def _unexplained(spoken: Sequence[tuple[float, float]], heard: Sequence[HeardWord], syllable: float) -> Iterator[str]:
    """Yield spans with more sound than their transcribed words need: repeated speech, or sound that is not speech."""
    before = 0.0
    for place, said in enumerate(heard):
        after = said.end if place + 1 < len(heard) else float("inf")  # sound between two words counts with the second
        sounding = sum(max(0.0, min(end, after) - max(begin, before)) for begin, end in spoken)
        extra = sounding - syllable * said.syllables
        near_number = any(each.has_digits for each in heard[max(0, place - 1) : place + 2])
        allowed = UNEXPLAINED_NUMBER if near_number else UNEXPLAINED if said.words == 1 else UNEXPLAINED_SENTENCE
        if extra > allowed:
            yield f"{extra:.1f} s of audio that matches no words after {before:.1f} s"
        before = said.end


_VOWELS = frozenset("aeiouyаеёиоуыэюяіїєαεηιουωάέήίόύώ")  # noqa: RUF001 - Latin, Cyrillic and Greek ones


def syllables_of(words: Iterable[str]) -> int:
    """Estimate the number of syllables from vowel groups; a character that is a syllable by itself counts as one."""
    return sum(_syllables(word) for word in words)


def _syllables(word: str) -> int:
    if not any(letter in _VOWELS for letter in word):
        return max(1, len(word) if len(word) < 5 and word.isascii() else len(word) // 2)
    count = sum(letter in _VOWELS and (place == 0 or word[place - 1] not in _VOWELS) for place, letter in enumerate(word))
    if word.endswith("e") and count > 1 and not word.endswith("le"):
        count -= 1
    return count
