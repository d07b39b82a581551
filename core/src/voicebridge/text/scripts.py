"""Which script letters are of, and which scripts the languages are written in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

_LETTER = (
    "[\u0370-\u03ff\u0400-\u1cff\u1f00-\u1fff\u2c80-\u2dff\u3005-\u3007\u3041-\ua4ff\ua500-\ua71f\ua800-\uab2f\uab70-\ud7ff\uf900-\ufaff"
    "\ufb1d-\ufdff\ufe70-\ufefc\uff66-\uffdc\U00010000-\U0001d3ff\U00020000-\U0003ffff]"
)
"""Of any script but Latin."""
_FOREIGN = re.compile(_LETTER)
_RUN = re.compile(rf"{_LETTER}[\u0300-\u036f]*(?:[ \u200c\u200d'’-]?{_LETTER}[\u0300-\u036f]*)*")

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
    """The script of the first letter that is not Latin, by its name in Unicode: ``CYRILLIC``."""
    for letter in text:
        if letter.isalpha() and (name := unicodedata.name(letter, "").partition(" ")[0].partition("-")[0]) != "LATIN":
            return name or None
    return None


def foreign_runs(text: str, say: Callable[[str], str]) -> str:
    """The text with each run of words in another script than Latin replaced; a single Greek letter is a mathematical sign and stays."""

    def replaced(match: re.Match[str]) -> str:
        run = match[0]
        is_sign = len(run) == 1 and (script_of(run) in ("GREEK", None))
        return run if is_sign else say(run)

    return _RUN.sub(replaced, text)


def unreadable(text: str, languages: frozenset[str]) -> str | None:
    """The script that most of a text is in, where none of the languages is written in it; Latin letters are taken for readable by all."""
    counts: Counter[str] = Counter()
    known = {script for language in languages for script in _WRITTEN_IN.get(language, ())}
    letters = 0
    for letter in unicodedata.normalize("NFKC", text):
        if letter.isalpha():
            letters += 1
            if _FOREIGN.match(letter) and (script := script_of(letter)) is not None and script not in known:
                counts[script] += 1
    if letters == 0 or sum(counts.values()) * 2 <= letters:
        return None
    return counts.most_common(1)[0][0]


def script_name(script: str) -> str:
    """What a script is called in messages."""
    return _NAMES.get(script, f"{script.title()} letters")


def languages_in(script: str) -> tuple[str, ...]:
    """Languages that are written in a script, the one with most readers first."""
    usual = _USUAL.get(script)
    others = (language for language, scripts in _WRITTEN_IN.items() if script in scripts and language != usual)
    return (*([usual] if usual else []), *others)
