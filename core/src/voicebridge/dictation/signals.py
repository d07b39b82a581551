"""The short sounds for the start and the end of a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import Enum
from itertools import islice
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Literal

from voicebridge.errors import VoiceBridgeError
from voicebridge.ports import Speaker
from voicebridge.speech import AudioChunk

RATE = 24_000
"""Hertz."""
SECONDS = 0.08
_MOST = 100  # chunks of a file: a sound is short
Name = Literal["start", "stop", "fail"]
LOUDNESS = 0.12
"""Of full scale: noticeable, but quiet."""


class Signal(Enum):
    """A sound of two tones (Hz); rising and falling distinguish start from stop."""

    START = (660.0, 880.0)
    STOP = (880.0, 660.0)
    FAIL = (330.0, 262.0)


START, STOP, FAIL = Signal.START, Signal.STOP, Signal.FAIL
OFF = "off"


def play(speaker: Callable[[], Speaker], signal: Signal, files: Mapping[Name, str] = MappingProxyType({})) -> None:
    """Play a sound in a thread; does nothing in a session without a speaker.

    Args:
        speaker: returns the speaker.
        signal: the sound.
        files: the user's own sounds by name, or :data:`OFF`. If one can't be read, the default is played.
    """
    own = next((file for name, file in files.items() if name.upper() == signal.name), None)
    if own == OFF:
        return

    def run() -> None:
        with suppress(VoiceBridgeError):
            speaker().play(_sound(signal) if own is None else _of_file(own, signal), None)

    Thread(target=run, name="dictation-signal", daemon=True).start()


def _of_file(path: str, signal: Signal) -> Iterator[AudioChunk]:
    from voicebridge.audio.decode import AudioReader

    try:
        with AudioReader(Path(path).expanduser()) as reader:
            chunks = list(islice(reader.chunks(RATE), _MOST))
    except VoiceBridgeError:
        chunks = list(_sound(signal))
    yield from chunks


def _sound(signal: Signal) -> Iterator[AudioChunk]:
    import numpy as np

    times = np.arange(round(RATE * SECONDS / 2), dtype=np.float32) / RATE
    tones = np.concatenate([np.sin(2 * np.pi * tone * times) for tone in signal.value])
    # Fades in and out like a bell curve, because an abrupt tone clicks.
    yield AudioChunk((LOUDNESS * tones * np.hanning(len(tones))).astype(np.float32), RATE)
