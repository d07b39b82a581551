"""Rules that distinguish spoken text from hallucinations; pure functions.

Whisper invents text on silence and noise, and sometimes repeats itself endlessly. Voice activity detection filters first; these rules check
what was decoded nevertheless. The thresholds and the measure of compression are those of OpenAI's reference implementation
(https://github.com/openai/whisper, ``transcribe.py``).
"""

from __future__ import annotations

from voicebridge.recognition.loops import compression_ratio, repeats

from voicebridge_whisper.bounds import is_natural_pace
from voicebridge_whisper.options import WhisperOptions

PHANTOMS = frozenset({"thank you", "thanks", "thank you for watching", "thanks for watching", "you", "bye", "bye bye", "so", "the end"})
"""The most frequent hallucinations on noise; all of them may also be spoken."""
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
"""Lines from the subtitles that Whisper was trained on, which nobody speaks."""
_ENOUGH_TEXT = 60
"""Characters below which compression is meaningless."""


def is_doubtful(text: str, tokens: int, seconds: float, avg_logprob: float, options: WhisperOptions, language: str = "en") -> bool:
    """Whether the piece should be decoded again, with more randomness.

    Args:
        text: the decoded text.
        tokens: its number of tokens.
        seconds: duration of the speech in the piece.
        avg_logprob: mean log probability per token.
        options: the thresholds.
        language: the spoken language, which determines the plausible pace.
    """
    return avg_logprob < options.log_prob_threshold or is_astray(text, tokens, seconds, options, language)


def is_astray(text: str, tokens: int, seconds: float, options: WhisperOptions, language: str = "en") -> bool:
    """Whether the text repeats itself at an implausible pace."""
    if is_natural_pace(language, tokens, seconds):
        return False
    return repeats(text) or (len(text) > _ENOUGH_TEXT and compression_ratio(text) > options.compression_ratio_threshold)


def is_made_up(text: str, avg_logprob: float, no_speech_prob: float, options: WhisperOptions) -> bool:
    """Whether the text is a hallucination.

    That is the case if the model's no-speech probability is high and its confidence low, or if the text is a known hallucination on
    silence. People really do say "thank you", so such phrases are only dropped if the model is in doubt.
    """
    silent, unsure = no_speech_prob > options.no_speech_threshold, avg_logprob < options.log_prob_threshold
    said = "".join(character for character in text.lower() if character.isalnum() or character == " ").strip()
    return (silent and unsure) or said in CREDITS or (said in PHANTOMS and (silent or unsure))
