"""How much of Whisper's 30 s window to encode: the speech and some silence, in steps, so that pieces can share a batch.

The decoder was trained on windows in which silence follows the speech. With too little silence, it repeats short utterances endlessly;
the measurements behind these numbers are in docs/adr/0008-short-window.md.
"""

from __future__ import annotations

from bisect import bisect_left

from voicebridge_whisper.decoder import FRAMES_PER_SECOND, FULL_WINDOW

_STEPS = (700, 800, 900, 1000, 1200, 1400, 1600, 1900, FULL_WINDOW)
"""Frames of 10 ms."""
_SHORT = 10.0
"""Seconds of speech up to which more silence is needed."""
_SILENCE_AFTER_SHORT, _SILENCE_AFTER_LONG = 6.0, 3.0
"""Seconds."""


def frames_for(seconds: float, *, short: bool) -> int:
    """The number of 10 ms frames to encode for a duration of speech; the full window unless ``short``."""
    silence = _SILENCE_AFTER_SHORT if seconds <= _SHORT else _SILENCE_AFTER_LONG
    needed = round((seconds + silence) * FRAMES_PER_SECOND)
    return _STEPS[bisect_left(_STEPS, needed)] if short and needed < FULL_WINDOW else FULL_WINDOW


def longest_in(frames: int) -> float:
    """The longest duration of speech (s) for which :func:`frames_for` gives this many frames."""
    seconds = frames / FRAMES_PER_SECOND - _SILENCE_AFTER_LONG
    return seconds if seconds > _SHORT else min(_SHORT, frames / FRAMES_PER_SECOND - _SILENCE_AFTER_SHORT)
