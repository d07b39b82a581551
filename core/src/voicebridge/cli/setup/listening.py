"""Recorded speech: from a microphone until a pause, or from a sample included in VoiceBridge."""

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
    from voicebridge.cli.shared.meter import Meter
    from voicebridge.ports import Microphone
    from voicebridge.speech import AudioChunk

RATE = 16_000
"""In hertz, of recordings."""
PAUSE = 1.2
"""Seconds of silence that end a sentence."""
LONGEST = 30.0
"""Maximum seconds of recording, if the user keeps speaking."""
SPOKEN = "The quick brown fox jumps over the lazy dog."
"""The text of the included sample."""


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """A piece of audio."""

    samples: npt.NDArray[np.float32]
    """``float32[n]``, mono."""
    sample_rate: int
    """Hertz."""
    spoken: bool = True
    """Whether it contains speech, as far as can be determined without a model."""

    @classmethod
    def of(cls, chunks: Sequence[AudioChunk]) -> RecordedSound:
        """Consecutive chunks."""
        return cls(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].sample_rate)


def spoken_sample() -> RecordedSound:
    """A recording of :data:`SPOKEN`."""
    with as_file(files("voicebridge").joinpath("testing", "samples", "fox.flac")) as path, AudioReader(path) as reader:
        return RecordedSound(np.concatenate([chunk.samples for chunk in reader.chunks(RATE)]), RATE)


def sentence(microphone: Microphone, device: str | None, seconds: float, meter: Meter) -> RecordedSound:
    """Record until the user pauses after speaking, or doesn't start within ``seconds``.

    Raises:
        UnavailableError: if recording is not possible.
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
    return RecordedSound(np.concatenate(blocks), RATE, endpointer.heard)


def is_like(written: str, heard: str, language: str | None) -> bool:
    """Whether three quarters of the words of a text were recognised."""
    from voicebridge.tts.verify.check import compare

    return compare(written, heard, language).wrong * 4 <= len(written.split())


class Eavesdropper:
    """Records in a thread during playback; without a working microphone, the recording is empty."""

    def __init__(self, microphone: Microphone, device: str | None) -> None:
        """Start; returns when audio arrives, or after a time-out."""
        self._blocks = [np.zeros(0, np.float32)]
        self._enough, self._began = Event(), Event()
        self._thread = Thread(target=self._record, args=(microphone, device), name="setup-eavesdrop", daemon=True)
        self._thread.start()
        self._began.wait(_PATIENCE)

    def heard(self) -> RecordedSound:
        """The audio so far; ends the recording."""
        self._enough.set()
        self._thread.join(_PATIENCE)
        return RecordedSound(np.concatenate(self._blocks), RATE)

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
"""Time-out in seconds for a microphone to start, and to stop."""
