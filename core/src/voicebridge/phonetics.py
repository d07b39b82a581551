"""Approximate pronunciation of words from their spelling, to compare words by sound."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_SOUNDS = (
    ("tch", "c"), ("sch", "s"), ("ph", "f"), ("gh", ""), ("kn", "n"), ("wr", "r"), ("wh", "w"), ("ck", "k"), ("qu", "kw"),
    ("ch", "c"), ("sh", "s"), ("tio", "so"), ("x", "ks"), ("q", "k"), ("z", "s"), ("v", "f"), ("d", "t"), ("b", "p"), ("g", "k"),
    ("j", "c"), ("w", ""), ("h", ""), ("y", ""),
)  # fmt: skip
_VOWELS = frozenset("aeiou")


def plain_letters(text: str) -> str:
    """The letters and digits of a text, in lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(each for each in decomposed if each.isalnum() or unicodedata.category(each) == "Mc")


@lru_cache(maxsize=65536)
def spelled_by_sound(word: str) -> str:
    """The key of a word in :func:`plain_letters`, with one letter for each group of similar consonants."""
    for spelling, sound in _SOUNDS:
        word = word.replace(spelling, sound)
    for soft in "eiy":
        word = word.replace("c" + soft, "s" + soft)
    return word.replace("c", "k")


@lru_cache(maxsize=65536)
def sound_of(word: str) -> str:
    """The audible consonants, with one letter for those that are easily confused; an initial vowel is included."""
    word = spelled_by_sound(word)
    heads = "a" if word[:1] in _VOWELS else ""
    kept = heads + "".join(each for each in word if each not in _VOWELS)
    return "".join(each for place, each in enumerate(kept) if not place or each != kept[place - 1])
