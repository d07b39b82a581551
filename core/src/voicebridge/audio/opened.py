"""The interface of an opened recording, wherever it is decoded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from voicebridge.speech import AudioChunk, Segment, SttRequest

OnHeard = Callable[[float], None]
"""Called with the position (s) up to which the engine has consumed the recording; an exception ends the work."""


class Sound(Protocol):
    """An opened recording: :class:`voicebridge.audio.decode.AudioReader`, or one that the daemon decodes."""

    @property
    def duration(self) -> float | None:
        """Its duration in seconds, if known."""
        ...

    @property
    def channels(self) -> int:
        """Its number of channels, including those that are not used."""
        ...

    @property
    def damage(self) -> str | None:
        """A one-line message if a part could not be read; known at the end."""
        ...

    def chunks(self, sample_rate: int) -> Any:
        """The audio at ``sample_rate`` (Hz): an iterator of chunks, or :class:`Undecoded`. Both have a ``close()``."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class Undecoded(ABC):
    """A recording that is decoded by the engine's process."""

    @abstractmethod
    def transcribe(self, request: SttRequest, on_heard: OnHeard) -> Iterator[Segment]:
        """Yield segments, like an engine that receives the audio."""

    @abstractmethod
    def close(self) -> None:
        """End the work and close the recording."""


def metered(audio: Iterable[AudioChunk], on_heard: OnHeard) -> Iterator[AudioChunk]:
    """Yield ``audio``, and report each chunk's end (s) when the engine requests more: it has then consumed that chunk."""
    for chunk in audio:
        yield chunk
        on_heard(chunk.start + chunk.duration)
