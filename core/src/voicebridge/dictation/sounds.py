"""The short sounds that say that dictation listens, and that it has stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from threading import Thread

from voicebridge.errors import VoiceBridgeError
from voicebridge.ports import Speaker
from voicebridge.speech import AudioChunk

RATE = 24_000
"""Hertz."""
SECONDS = 0.08
LOUDNESS = 0.12
"""Of full scale: to be noticed, and no more."""


class Signal(Enum):
    """A sound, by the two tones (Hz) that it goes through; up and down tell start from stop without looking."""

    START = (660.0, 880.0)
    STOP = (880.0, 660.0)


START, STOP = Signal.START, Signal.STOP


def play(speaker: Callable[[], Speaker], signal: Signal) -> None:
    """Play a signal in a thread of its own; a session without sound goes without."""

    def run() -> None:
        with suppress(VoiceBridgeError):
            speaker().play(_sound(signal), None)

    Thread(target=run, name="dictation-signal", daemon=True).start()


def _sound(signal: Signal) -> Iterator[AudioChunk]:
    import numpy as np

    times = np.arange(round(RATE * SECONDS / 2), dtype=np.float32) / RATE
    tones = np.concatenate([np.sin(2 * np.pi * tone * times) for tone in signal.value])
    # Rises and falls like a bell curve, since a tone that starts at once clicks.
    yield AudioChunk((LOUDNESS * tones * np.hanning(len(tones))).astype(np.float32), RATE)
