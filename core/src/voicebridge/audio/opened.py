"""A recording that was opened, wherever it is decoded: what the flow of a transcription needs of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from voicebridge.speech import AudioChunk, Segment, SttRequest

OnHeard = Callable[[float], None]
"""Called with the position (s) up to which the engine has taken in the recording; what it raises ends the work."""


class Sound(Protocol):
    """An opened recording: :class:`voicebridge.audio.decode.AudioReader`, or one that the daemon decodes."""

    @property
    def duration(self) -> float | None:
        """Seconds that will be heard, where the recording says."""
        ...

    @property
    def damage(self) -> str | None:
        """One line for the user when some of it could not be read; known once it has been heard to the end."""
        ...

    def chunks(self, sample_rate: int) -> Any:
        """The sound at ``sample_rate`` (Hz): an iterator of chunks, or :class:`Undecoded`. Either has a ``close()``."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class Undecoded(ABC):
    """A recording that is decoded where the engine is, in another process."""

    @abstractmethod
    def transcribe(self, request: SttRequest, on_heard: OnHeard) -> Iterator[Segment]:
        """Yield segments, as an engine does that is given the sound."""

    @abstractmethod
    def close(self) -> None:
        """End the work and close the recording."""


def metered(audio: Iterable[AudioChunk], on_heard: OnHeard) -> Iterator[AudioChunk]:
    """Yield ``audio`` and report each chunk's end (s) when the engine asks for more: it has then taken that chunk in."""
    for chunk in audio:
        yield chunk
        on_heard(chunk.start + chunk.duration)
