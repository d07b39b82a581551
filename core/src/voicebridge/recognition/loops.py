"""Rules for text that a decoder may have made up by repeating itself; pure functions.

Decoders that generate text sometimes repeat a phrase endlessly. People repeat themselves too, so the limits are what is hardly ever said.
"""

from __future__ import annotations

import re
import zlib

MAX_REPEATS = 4
"""Maximum plausible number of consecutive repetitions of a phrase."""
MIN_LOOP = 9
"""Words: people do say shorter runs ("no, no, no, no, no")."""
_LONGEST_PHRASE = 12
"""Words: the longest phrase that is searched for."""
_PHRASE = 3
"""Words: a phrase of this length or longer is rarely said twice in a row."""
_NO_SPACES = re.compile("[\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Scripts without spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, Japanese and Chinese."""
_CHARACTER_LOOP = re.compile(r"(.{1,24}?)\1{4,}")
"""Text repeated more than :data:`MAX_REPEATS` times without a space."""
_MIN_CHARACTERS, _MIN_TIMES = 18, 10
"""Minimum characters of a loop without spaces in scripts that use none, and minimum repetitions in others."""
_TWICE, _THREE_TIMES = re.compile(r"(.{6,}?)\1"), re.compile(r"(.{2,5}?)\1\1")
_NO_PUNCTUATION = str.maketrans("", "", ".,;:!?…。，！？、")  # noqa: RUF001 - these are meant


def compression_ratio(text: str) -> float:
    """How much zlib compresses the text; repetition increases it.

    Each character counts as one byte: in UTF-8, characters of most scripts take two or three similar bytes, so any text would compress
    well.
    """
    numbers = {character: number % 256 for number, character in enumerate(sorted(set(text)))}
    raw = bytes(numbers[character] for character in text)
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def has_words(text: str) -> bool:
    """Whether the text contains more than punctuation, rows of which decoders write for unintelligible speech."""
    return any(character.isalnum() for character in text)


def repeats(text: str) -> bool:
    """Whether a phrase loops: more than :data:`MAX_REPEATS` consecutive repetitions over :data:`MIN_LOOP` words or more."""
    return cut_loops(text) != text


def stutters(text: str) -> bool:
    """Whether a phrase of three words or more is repeated, or a shorter one twice, or the text is only a repeated phrase.

    Too little silence after the speech causes this. People do it too, so it is a reason to decode again, but not to drop anything.
    """
    words = text.lower().translate(_NO_PUNCTUATION).split()
    if _NO_SPACES.search(text):
        said = "".join(words)
        return said[: len(said) // 2] * 2 == said or bool(_TWICE.search(said) or _THREE_TIMES.search(said))
    if words and words[: len(words) // 2] * 2 == words:
        return True
    for length in range(1, len(words) // 2 + 1):
        times = 2 if length >= _PHRASE else 3
        for at in range(len(words) - times * length + 1):
            if words[at : at + (times - 1) * length] == words[at + length : at + times * length]:
                return True
    return False


def cut_loops(text: str) -> str:
    """The text with every looping phrase (see :func:`repeats`) only once."""
    words = text.split()
    kept: list[str] = []
    at = 0
    while at < len(words):
        length, times = _loop_at(words, at)
        kept += words[at : at + length]
        at += length * times
    short = [_CHARACTER_LOOP.sub(_once, word) for word in kept]
    return " ".join(short) if short != words else text


def _once(loop: re.Match[str]) -> str:
    # Long rows of digits and dots are plausible.
    whole, phrase = loop.group(0), loop.group(1)
    long = len(whole) >= _MIN_CHARACTERS if _NO_SPACES.search(phrase) else len(whole) >= _MIN_TIMES * len(phrase)
    return phrase if long and any(character.isalpha() for character in phrase) else whole


def _loop_at(words: list[str], at: int) -> tuple[int, int]:
    # (length of the phrase, number of consecutive occurrences); (1, 1) if nothing loops
    for length in range(1, _LONGEST_PHRASE + 1):
        phrase = words[at : at + length]
        times = 1
        while words[at + times * length : at + (times + 1) * length] == phrase:
            times += 1
        if times > MAX_REPEATS and times * length >= MIN_LOOP:
            return length, times
    return 1, 1
