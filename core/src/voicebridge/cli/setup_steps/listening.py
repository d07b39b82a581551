"""Sound of somebody who speaks: from a microphone until they pause, and from a file that comes with VoiceBridge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from threading import Event, Thread
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from voicebridge.audio.decode import AudioReader
from voicebridge.audio.endpoint import Endpointer
from voicebridge.errors import VoiceBridgeError
from voicebridge.iterators import closed_after

if TYPE_CHECKING:
    from voicebridge.cli.levels import Meter
    from voicebridge.ports import Microphone
    from voicebridge.speech import AudioChunk

RATE = 16_000
"""Hertz, of what is recorded."""
PAUSE = 1.2
"""Seconds of silence that end a sentence."""
LONGEST = 30.0
"""Seconds of recording, when somebody speaks on and on."""
SPOKEN = "The quick brown fox jumps over the lazy dog."
"""What is said in the sound that comes with VoiceBridge."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of sound."""

    samples: npt.NDArray[np.float32]
    """``float32[n]``, mono."""
    sample_rate: int
    """Hertz."""
    spoken: bool = True
    """Whether somebody speaks in it, as far as can be told without a model."""

    @classmethod
    def of(cls, chunks: Sequence[AudioChunk]) -> Sound:
        """Chunks that follow each other."""
        return cls(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].sample_rate)


def spoken_sample() -> Sound:
    """Somebody who says :data:`SPOKEN`."""
    with as_file(files("voicebridge").joinpath("testing", "samples", "fox.flac")) as path, AudioReader(path) as reader:
        return Sound(np.concatenate([chunk.samples for chunk in reader.chunks(RATE)]), RATE)


def sentence(microphone: Microphone, device: str | None, seconds: float, meter: Meter) -> Sound:
    """Record until somebody who has spoken pauses, or nobody has begun after ``seconds``.

    Raises:
        Unavailable: when nothing can be recorded.
    """
    endpointer = Endpointer(RATE)
    blocks = [np.zeros(0, np.float32)]
    with closed_after(microphone.record(device, RATE)) as chunks:
        for chunk in chunks:
            blocks.append(chunk.samples)
            meter.feed(chunk)
            endpointer.feed(chunk.samples)
            if meter.seconds >= LONGEST or endpointer.silence >= (PAUSE if endpointer.heard else seconds):
                break
    return Sound(np.concatenate(blocks), RATE, endpointer.heard)


def is_like(written: str, heard: str, language: str | None) -> bool:
    """Whether three of four words of a text were heard."""
    from voicebridge.pipeline.verify import compare

    return compare(written, heard, language).wrong * 4 <= len(written.split())


class Eavesdropper:
    """Records in a thread of its own while something is played; one that can't record has heard nothing."""

    def __init__(self, microphone: Microphone, device: str | None) -> None:
        """Begin; sound arrives when this returns, if it ever does."""
        self._blocks = [np.zeros(0, np.float32)]
        self._enough, self._began = Event(), Event()
        self._thread = Thread(target=self._record, args=(microphone, device), name="setup-eavesdrop", daemon=True)
        self._thread.start()
        self._began.wait(_PATIENCE)

    def heard(self) -> Sound:
        """What was heard until now; ends the recording."""
        self._enough.set()
        self._thread.join(_PATIENCE)
        return Sound(np.concatenate(self._blocks), RATE)

    def _record(self, microphone: Microphone, device: str | None) -> None:
        try:
            with closed_after(microphone.record(device, RATE)) as chunks:
                for chunk in chunks:
                    self._began.set()
                    self._blocks.append(chunk.samples)
                    if self._enough.is_set():
                        break
        except VoiceBridgeError:
            pass
        finally:
            self._began.set()


_PATIENCE = 3.0
"""Seconds that a microphone may take to begin, and to end."""
