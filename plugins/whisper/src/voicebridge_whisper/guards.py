"""Rules that tell text that somebody spoke from text that Whisper made up; plain values in, a verdict out.

Whisper invents text on silence and noise, and sometimes repeats itself without end. Voice activity gates first; these rules judge
what was decoded nevertheless. The thresholds and the compression measure are those of OpenAI's reference implementation
(https://github.com/openai/whisper, ``transcribe.py``).
"""

from __future__ import annotations

import re
import zlib

from voicebridge_whisper.bounds import is_natural_pace
from voicebridge_whisper.options import WhisperOptions

MAX_REPEATS = 4
"""A phrase that follows on itself more often than this was not spoken so."""
MIN_LOOP = 9
"""Words: shorter runs ("no, no, no, no, no") people do say."""
_LONGEST_PHRASE = 12
"""Words: the longest phrase that is looked for."""
PHANTOMS = frozenset({"thank you", "thanks", "thank you for watching", "thanks for watching", "you", "bye", "bye bye", "so", "the end"})
"""What Whisper most often makes of noise; all of it may also be said in earnest."""
CREDITS = frozenset(
    {
        "subtitles by the amaraorg community",
        "sottotitoli creati dalla comunità amaraorg",
        "soustitres réalisés par la communauté damaraorg",
        "subtítulos realizados por la comunidad de amaraorg",
        "untertitel der amaraorgcommunity",
        "ご視聴ありがとうございました",
    }
)
"""Lines that stood in the subtitles Whisper learned from, and that nobody speaks."""
_PHRASE = 3
"""Words: what is this long or longer is seldom said twice in a row."""
_NO_SPACES = re.compile("[\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Scripts that put no space between words: Thai, Lao, Tibetan, Burmese, Khmer, Japanese and Chinese."""
_CHARACTER_LOOP = re.compile(r"(.{1,24}?)\1{4,}")
"""What follows on itself more than :data:`MAX_REPEATS` times without a space."""
_MIN_CHARACTERS, _MIN_TIMES = 18, 10
"""A loop within a stretch without spaces has that many characters in scripts that use none, and that many rounds in others."""
_TWICE, _THREE_TIMES = re.compile(r"(.{6,}?)\1"), re.compile(r"(.{2,5}?)\1\1")
_NO_PUNCTUATION = str.maketrans("", "", ".,;:!?…。，！？、")  # noqa: RUF001 - these are meant
_ENOUGH_TEXT = 60
"""Characters under which compression says nothing."""


def compression_ratio(text: str) -> float:
    """How much zlib shortens the text; repetition raises it.

    Every character counts as one byte: in UTF-8 those of most scripts take two or three that resemble each other, and any text in
    them would compress well.
    """
    numbers = {character: number % 256 for number, character in enumerate(sorted(set(text)))}
    raw = bytes(numbers[character] for character in text)
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def is_doubtful(text: str, tokens: int, seconds: float, avg_logprob: float, options: WhisperOptions, language: str = "en") -> bool:
    """Whether the piece should be decoded again, with more randomness.

    Args:
        text: what was decoded.
        tokens: how many tokens it took.
        seconds: how much speech the piece holds.
        avg_logprob: mean log probability per token.
        options: the thresholds.
        language: what was spoken; it decides which pace is natural.
    """
    return avg_logprob < options.log_prob_threshold or is_astray(text, tokens, seconds, options, language)


def is_astray(text: str, tokens: int, seconds: float, options: WhisperOptions, language: str = "en") -> bool:
    """Whether the text repeats itself, and at a pace at which nobody would have said it."""
    if is_natural_pace(language, tokens, seconds):
        return False
    return repeats(text) or (len(text) > _ENOUGH_TEXT and compression_ratio(text) > options.compression_ratio_threshold)


def is_made_up(text: str, avg_logprob: float, no_speech_prob: float, options: WhisperOptions) -> bool:
    """Whether the text was taken from thin air.

    That is so where the model itself thinks that nobody spoke and was unsure of the text, or where the text is what Whisper is known
    to make of silence. Real people do say "thank you", so of such phrases only those go that the model doubts in either way.
    """
    silent, unsure = no_speech_prob > options.no_speech_threshold, avg_logprob < options.log_prob_threshold
    said = "".join(character for character in text.lower() if character.isalnum() or character == " ").strip()
    return (silent and unsure) or said in CREDITS or (said in PHANTOMS and (silent or unsure))


def repeats(text: str) -> bool:
    """Whether a phrase loops: follows on itself more than :data:`MAX_REPEATS` times over :data:`MIN_LOOP` words or more."""
    return cut_loops(text) != text


def stutters(text: str) -> bool:
    """Whether a phrase of three words or more follows on itself, or a shorter one twice, or nothing is said but a phrase twice.

    Too little silence in the window does that. People do so too, so this is a reason to look again and not to leave anything out.
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
    """The text with every phrase that loops (see :func:`repeats`) said once."""
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
    # Digits and dots do stand in long rows.
    whole, phrase = loop.group(0), loop.group(1)
    long = len(whole) >= _MIN_CHARACTERS if _NO_SPACES.search(phrase) else len(whole) >= _MIN_TIMES * len(phrase)
    return phrase if long and any(character.isalpha() for character in phrase) else whole


def _loop_at(words: list[str], at: int) -> tuple[int, int]:
    # (length of the phrase, how often it stands here in a row); (1, 1) where nothing loops
    for length in range(1, _LONGEST_PHRASE + 1):
        phrase = words[at : at + length]
        times = 1
        while words[at + times * length : at + (times + 1) * length] == phrase:
            times += 1
        if times > MAX_REPEATS and times * length >= MIN_LOOP:
            return length, times
    return 1, 1
