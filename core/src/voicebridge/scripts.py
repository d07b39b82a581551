"""Detect the scripts of letters, and know the scripts of languages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

from voicebridge.patterns import pattern

_LETTER = (
    "[\u0370-\u03ff\u0400-\u1cff\u1f00-\u1fff\u2c80-\u2dff\u3005-\u3007\u3041-\ua4ff\ua500-\ua71f\ua800-\uab2f\uab70-\ud7ff\uf900-\ufaff"
    "\ufb1d-\ufdff\ufe70-\ufefc\uff66-\uffdc\U00010000-\U0001d3ff\U00020000-\U0003ffff]"
)
"""Letters of any script but Latin."""
_FIRST = "\u0370"
"""The first such letter: text before it needs no pattern, which takes long to compile."""
_FOREIGN = pattern(_LETTER)
_RUN = pattern(rf"{_LETTER}[\u0300-\u036f]*(?:[ \u200c\u200d'’-]?{_LETTER}[\u0300-\u036f]*)*")

_WRITTEN_IN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "sr", "kk", "ky", "mn", "tg", "tt"), ("CYRILLIC",)),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug", "sd"), ("ARABIC",)),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), ("DEVANAGARI",)),
    **dict.fromkeys(("he", "yi"), ("HEBREW",)),
    "el": ("GREEK",), "zh": ("CJK", "BOPOMOFO"), "yue": ("CJK",), "ja": ("CJK", "HIRAGANA", "KATAKANA"), "ko": ("HANGUL", "CJK"),
    "th": ("THAI",), "lo": ("LAO",), "km": ("KHMER",), "my": ("MYANMAR",), "ka": ("GEORGIAN",), "hy": ("ARMENIAN",), "am": ("ETHIOPIC",),
    "bn": ("BENGALI",), "as": ("BENGALI",), "gu": ("GUJARATI",), "pa": ("GURMUKHI", "ARABIC"), "ta": ("TAMIL",), "te": ("TELUGU",),
    "kn": ("KANNADA",), "ml": ("MALAYALAM",), "si": ("SINHALA",),
}  # fmt: skip
_NAMES = {"CJK": "Chinese characters", "HIRAGANA": "Japanese characters", "KATAKANA": "Japanese characters", "HANGUL": "Korean letters"}
_USUAL = {"CYRILLIC": "ru", "ARABIC": "ar", "DEVANAGARI": "hi", "HEBREW": "he", "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja",
          "HANGUL": "ko", "BENGALI": "bn"}  # fmt: skip


def script_of(text: str) -> str | None:
    """The script of the first non-Latin letter, by its Unicode name: ``CYRILLIC``."""
    for letter in text:
        if letter.isalpha() and (name := unicodedata.name(letter, "").partition(" ")[0].partition("-")[0]) != "LATIN":
            return name or None
    return None


def foreign_runs(text: str, say: Callable[[str], str]) -> str:
    """Replace each run of words in a non-Latin script; single Greek letters are mathematical symbols and are kept."""

    def replaced(match: re.Match[str]) -> str:
        run = match[0]
        is_sign = len(run) == 1 and (script_of(run) in ("GREEK", None))
        return run if is_sign else say(run)

    return text if text.isascii() else _RUN.sub(replaced, text)


def unreadable(text: str, languages: frozenset[str]) -> str | None:
    """The main script of a text, if none of the languages is written in it; Latin letters count as readable by all."""
    counts: Counter[str] = Counter()
    known = {script for language in languages for script in _WRITTEN_IN.get(language, ())}
    letters = 0
    for letter in unicodedata.normalize("NFKC", text):
        if letter.isalpha():
            letters += 1
            if letter >= _FIRST and _FOREIGN.match(letter) and (script := script_of(letter)) is not None and script not in known:
                counts[script] += 1
    if letters == 0 or sum(counts.values()) * 2 <= letters:
        return None
    return counts.most_common(1)[0][0]


def script_name(script: str) -> str:
    """The name of a script in messages."""
    return _NAMES.get(script, f"{script.title()} letters")


def languages_in(script: str) -> tuple[str, ...]:
    """Languages written in a script, starting with the one with the most readers."""
    usual = _USUAL.get(script)
    others = (language for language, scripts in _WRITTEN_IN.items() if script in scripts and language != usual)
    return (*([usual] if usual else []), *others)
