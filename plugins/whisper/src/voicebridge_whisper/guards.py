"""Rules that tell text that somebody spoke from text that Whisper made up; plain values in, a verdict out.

Whisper invents text on silence and noise, and sometimes repeats itself without end. Voice activity gates first; these rules judge
what was decoded nevertheless. The thresholds and the compression measure are those of OpenAI's reference implementation
(https://github.com/openai/whisper, ``transcribe.py``).
"""

from __future__ import annotations

import zlib

from voicebridge_whisper.options import WhisperOptions

MAX_REPEATS = 4
"""A phrase that follows on itself more often than this was not spoken so."""
MIN_LOOP = 9
"""Words: shorter runs ("no, no, no, no, no") people do say."""
NATURAL_PACE = (1.5, 6.0)
"""Tokens per second of speech: who repeats a sentence on purpose still speaks like this, a decoder gone astray seldom does."""
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
_NO_PUNCTUATION = str.maketrans("", "", ".,;:!?…。，！？、")  # noqa: RUF001 - these are meant
_ENOUGH_TEXT = 60
"""Characters under which compression says nothing."""


def compression_ratio(text: str) -> float:
    """How much zlib shortens the text; repetition raises it."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def is_doubtful(text: str, tokens: int, seconds: float, avg_logprob: float, options: WhisperOptions) -> bool:
    """Whether the piece should be decoded again, with more randomness.

    Args:
        text: what was decoded.
        tokens: how many tokens it took.
        seconds: how much speech the piece holds.
        avg_logprob: mean log probability per token.
        options: the thresholds.
    """
    return avg_logprob < options.log_prob_threshold or is_astray(text, tokens, seconds, options)


def is_astray(text: str, tokens: int, seconds: float, options: WhisperOptions) -> bool:
    """Whether the text repeats itself, and at a pace at which nobody would have said it."""
    slowest, fastest = NATURAL_PACE
    if slowest <= tokens / max(seconds, 0.1) <= fastest:
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
    return " ".join(kept) if len(kept) < len(words) else text


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
