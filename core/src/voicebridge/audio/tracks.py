"""The audio tracks of a recording: a film may have one per language, a screen recording one for the microphone and one for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from av.container import InputContainer


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """An audio track, as described by its container."""

    number: int
    """From 1, in the container's order, counting only audio tracks."""
    language: str | None
    """As in the container, usually three letters such as ``eng``."""
    title: str | None
    codec: str
    channels: int

    def __str__(self) -> str:
        """``2 (deu, "Commentary", aac, 2 channels)``."""
        count = f"{self.channels} channel{'' if self.channels == 1 else 's'}"
        title = f'"{" ".join(self.title.split())}"' if self.title else None
        return f"{self.number} ({', '.join(part for part in (self.language, title, self.codec, count) if part)})"


def tracks_of(container: InputContainer) -> tuple[AudioTrack, ...]:
    """The audio tracks of an open container."""
    return tuple(_describe(number, stream) for number, stream in enumerate(container.streams.audio, start=1))


def _describe(number: int, stream: Any) -> AudioTrack:
    codec = stream.codec_context
    language = stream.metadata.get("language")
    return AudioTrack(
        number=number,
        language=None if language in ("und", "") else language,
        title=stream.metadata.get("title") or stream.metadata.get("handler_name"),
        codec=codec.name if codec is not None else "unknown codec",
        channels=codec.channels if codec is not None else 0,
    )
