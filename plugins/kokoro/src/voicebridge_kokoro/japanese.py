"""The phonemes of Japanese as Kokoro learnt them, from the readings that Open JTalk finds.

kokoro-onnx offers espeak-ng for all languages, which reads kana, but not kanji. The distribution must be ``pyopenjtalk-plus``, which
contains its dictionary: ``pyopenjtalk``, whose module has the same name, downloads one on first use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from itertools import pairwise
from typing import Any

from voicebridge import ModelError
from voicebridge.installing import remedy

_ROWS = {
    "アイウエオ": "a i ɯ e o",
    "カキクケコ": "ka kʲi kɯ ke ko",
    "ガギグゲゴ": "ɡa ɡʲi ɡɯ ɡe ɡo",
    "サシスセソ": "sa ɕi sɨ se so",
    "ザジズゼゾ": "ʣa ʥi zɨ ʣe ʣo",
    "タチツテト": "ta ʨi ʦɨ te to",
    "ダヂヅデド": "da ʥi zɨ de do",
    "ナニヌネノ": "na ɲi nɯ ne no",
    "ハヒフヘホ": "ha çi ɸɯ he ho",
    "バビブベボ": "ba bʲi bɯ be bo",
    "パピプペポ": "pa pʲi pɯ pe po",
    "マミムメモ": "ma mʲi mɯ me mo",
    "ラリルレロ": "ɾa ɾʲi ɾɯ ɾe ɾo",
    "ヤユヨワヲ": "ja jɯ jo βa o",
    "ヴヰヱッー": "vɯ i e ʔ ː",
}
_KANA = {kana: sound for row, sounds in _ROWS.items() for kana, sound in zip(row, sounds.split(), strict=True)}
_SMALL = dict(zip("ァィゥェォャュョヮ", ["a", "i", "ɯ", "e", "o", "a", "ɨ", "o", "a"], strict=True))
_NASALS = {"m": "mpb", "ŋ": "kɡ", "ɲ": "ɲʨʥ", "n": "ntdɾz"}
"""How ン sounds before these consonants; otherwise it is ɴ."""
_MARKS = {"。": ".", "、": ",", "！": "!", "？": "?", "…": "…", "「": "“", "」": "”", "『": "“", "』": "”", "：": ":", "；": ";"}
_ATTACHED = ("助動詞", "接続助詞", "助数詞")
"""Parts of speech that are written together with the word before them: the ends of verbs, and counters after numbers."""


def phonemes(text: str) -> str:
    """The phonemes of a Japanese text, with spaces between words.

    Raises:
        ModelError: if the package that knows the readings is missing.
    """
    return spelled(_readings(text))


def _readings(text: str) -> Sequence[Mapping[str, Any]]:
    try:
        metadata.version("pyopenjtalk-plus")
        import pyopenjtalk
    except (metadata.PackageNotFoundError, ImportError) as error:
        raise ModelError(f"Kokoro needs a package for Japanese: {remedy('voicebridge-kokoro[ja]')}") from error
    words: Sequence[Mapping[str, Any]] = pyopenjtalk.run_frontend(text, use_sudachi_kanji_yomi=False)
    return words


def spelled(words: Sequence[Mapping[str, Any]]) -> str:
    """The phonemes of words in the form of Open JTalk: ``string``, ``pos``, ``pos_group1``, ``pos_group2``, ``pron`` and ``mora_size``."""
    kana = ""
    for word in words:
        if not word["mora_size"]:
            kana += _MARKS.get(word["string"], " ")
        elif {word["pos"], word["pos_group1"], word["pos_group2"]}.isdisjoint(_ATTACHED):
            kana += f" {word['pron']}"
        else:
            kana += word["pron"]
    text = " ".join(kana.replace("“ ", " “").split())
    said = ""
    for sound in reversed(list(_moras(text.replace("’", "")))):  # how ン sounds depends on what follows
        said = (_nasal(said) if sound == "ン" else sound) + said
    return said


def _moras(kana: str) -> Iterator[str]:
    """The phonemes of each letter of katakana together with a small one after it; other letters as they are."""
    for letter, after in pairwise(f"{kana} "):
        if letter == "ン":
            yield letter
        elif after in _SMALL and letter in _KANA:
            yield _glide(letter, after)
        elif letter not in _SMALL:
            yield _KANA.get(letter, letter)


def _glide(letter: str, small: str) -> str:
    consonant, vowel = _KANA[letter][:-1], _SMALL[small]
    if letter == "ウ":
        consonant = "β"
    elif letter == "イ":
        consonant = "j"
    elif letter in "クグ":
        consonant += "ᵝ"
    elif consonant in ("t", "d", "ɸ", "ʦ", "v", "s", "z") and (vowel in "iɨ" or small in "ャョ"):
        consonant += "ʲ"
    return consonant + vowel


def _nasal(following: str) -> str:
    return next((nasal for nasal, before in _NASALS.items() if following[:1] and following[0] in before), "ɴ")
