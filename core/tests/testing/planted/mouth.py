"""A voice that beeps once for every letter, with one fault."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from voicebridge import AudioChunk, TtsRequest, UnknownNameError

from .ear import RELEASED
from .options import Options

RATE = 16_000
HERTZ = {None: 440, "flute": 440, "organ": 220}

CHANGES: dict[str, Callable[[Any, float], Any]] = {
    "int16": lambda sound, start: AudioChunk((sound * 32_767).astype(np.int16), RATE, start),
    "float64": lambda sound, start: AudioChunk(sound.astype(np.float64), RATE, start),
    "stereo": lambda sound, start: AudioChunk(np.stack([sound, sound]), RATE, start),
    "loud": lambda sound, start: AudioChunk(sound * 8, RATE, start),
    "start": lambda sound, start: AudioChunk(sound, RATE, 0.0),
    "rate": lambda sound, start: AudioChunk(sound, 24_000, start),
    "array": lambda sound, start: sound,
    "tail": lambda sound, start: AudioChunk(np.pad(sound, (0, RATE // 2)), RATE, start),
}


def _chunk(sound: Any, start: float) -> AudioChunk:
    return AudioChunk(sound, RATE, start)


class Mouth:
    def __init__(self, name: str, options: Options) -> None:
        self.fault = options.fault

    def close(self) -> None:
        pass

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        if request.voice not in HERTZ and self.fault != "voice":
            raise UnknownNameError(f"planted/mouth has no voice {request.voice!r}. It has flute and organ.")
        if self.fault == "thread":
            threading.Thread(target=RELEASED.wait, name="renderer", daemon=True).start()
        speed = {"speed": 1.0, "inverse": 1 / request.speed}.get(self.fault, request.speed)
        letter: npt.NDArray[np.float64] = np.sin(2 * np.pi * HERTZ.get(request.voice, 330) * np.arange(round(0.07 * RATE / speed)) / RATE)
        pieces = iter(list(text) if self.fault == "collect" else text)
        given = 0
        try:
            for piece in pieces:
                if self.fault == "bare":
                    piece.encode("ascii")
                for word in piece.split():
                    if spoken := sum(map(str.isalnum, word)):
                        sound = np.tile(0.2 * letter, spoken).astype(np.float32)
                        make: Callable[[Any, float], Any] = CHANGES.get(self.fault, _chunk)
                        yield make(sound, given / RATE)
                        given += len(sound)
        finally:
            if self.fault == "cancel":
                list(pieces)
