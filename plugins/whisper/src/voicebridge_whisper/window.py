"""How much of Whisper's 30 s window a piece is given: what was spoken and some silence, in steps, so that pieces can share a batch.

The decoder learned that speech in its window ends in silence. With too little of it short utterances are repeated over and over; the
figures behind these numbers are in docs/adr/0008-short-window.md.
"""

from __future__ import annotations

from bisect import bisect_left

from voicebridge_whisper.decoder import FRAMES_PER_SECOND, FULL_WINDOW

_STEPS = (700, 800, 900, 1000, 1200, 1400, 1600, 1900, FULL_WINDOW)
"""Frames."""
_SHORT = 10.0
"""Seconds of speech up to which more silence is needed."""
_SILENCE_AFTER_SHORT, _SILENCE_AFTER_LONG = 6.0, 3.0
"""Seconds."""


def frames_for(seconds: float, *, short: bool) -> int:
    """Frames of 10 ms to encode for that much speech; the full window unless ``short``."""
    silence = _SILENCE_AFTER_SHORT if seconds <= _SHORT else _SILENCE_AFTER_LONG
    needed = round((seconds + silence) * FRAMES_PER_SECOND)
    return _STEPS[bisect_left(_STEPS, needed)] if short and needed < FULL_WINDOW else FULL_WINDOW


def longest_in(frames: int) -> float:
    """The most speech (s) for which :func:`frames_for` gives so many frames."""
    seconds = frames / FRAMES_PER_SECOND - _SILENCE_AFTER_LONG
    return seconds if seconds > _SHORT else min(_SHORT, frames / FRAMES_PER_SECOND - _SILENCE_AFTER_SHORT)
