"""A segment in the JSON that users read: transcripts and the events of ``--json-lines``.

Seconds are rounded to milliseconds and what is not known is left out, so nothing reads it back. Two other shapes exist for that: the log of
a transcript in progress (:mod:`voicebridge.stt.segment_log`), which earlier runs have written, and the messages between processes
(:mod:`voicebridge.engines.messages`).
"""

from __future__ import annotations

from typing import Any

from voicebridge.speech import Segment, Word
from voicebridge.stt.formats.text import storable

_ABOUT = ("speaker", "language")
_SCORES = ("avg_logprob", "no_speech_prob")


def segment_fields(segment: Segment, *, scores: bool) -> dict[str, Any]:
    """A segment with its words; ``scores`` adds how sure the engine is."""
    fields: dict[str, Any] = {"start": rounded(segment.start), "end": rounded(segment.end), "text": storable(segment.text)}
    for name in (*_ABOUT, *_SCORES) if scores else _ABOUT:
        value = getattr(segment, name)
        if value is not None:
            fields[name] = round(value, 4) if isinstance(value, float) else value
    if segment.words:
        fields["words"] = [word_fields(word, scores=scores) for word in segment.words]
    return fields


def word_fields(word: Word, *, scores: bool) -> dict[str, Any]:
    """A word; ``scores`` adds its probability."""
    fields: dict[str, Any] = {"word": storable(word.text), "start": rounded(word.start), "end": rounded(word.end)}
    if scores and word.probability is not None:
        fields["probability"] = round(word.probability, 4)
    return fields


def rounded(value: float) -> float:
    """Seconds to the millisecond, also of an engine's own kind of number."""
    return round(float(value), 3)
