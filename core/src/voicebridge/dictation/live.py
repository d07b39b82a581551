"""A recording that a streaming model hears while it is made, instead of each utterance at the pause after it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from queue import SimpleQueue
from typing import TYPE_CHECKING

from voicebridge.audio.endpoint import Endpointer
from voicebridge.speech import AudioChunk

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class LiveSound:
    """Audio on its way from the microphone to the model, each in its own thread; iterate over it for its chunks."""

    def __init__(self, sample_rate: int) -> None:
        """Nothing is heard yet; ``sample_rate`` is in hertz."""
        self._rate = sample_rate
        self._fed = 0  # samples
        self._chunks: SimpleQueue[AudioChunk | None] = SimpleQueue()

    @cached_property
    def endpointer(self) -> Endpointer:
        """Detects the silence that ends the recording."""
        return Endpointer(self._rate)

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """Pass on ``float32[n]``; never waits for the model."""
        self._chunks.put(AudioChunk(samples, self._rate, self._fed / self._rate))
        self._fed += len(samples)
        self.endpointer.feed(samples)

    def draft(self) -> None:
        """Does nothing: drafts come from the model."""

    def finish(self) -> None:
        """The recording has ended. Calling it twice is allowed."""
        self._chunks.put(None)

    def __iter__(self) -> Iterator[AudioChunk]:
        return iter(self._chunks.get, None)
