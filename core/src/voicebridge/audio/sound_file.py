"""Sound files that are written as the sound is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from voicebridge.errors import UnknownNameError, nearest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SOUND_FORMATS = ("wav", "flac", "mp3", "opus", "m4b", "ogg")
"""What can be written, by the usual endings of the files' names."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What a sound file says of itself to a player."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    language: str | None = None
    """ISO 639-1 code."""
    comment: str | None = None
    year: str | None = None
    genre: str | None = None
    series: str | None = None
    cover: bytes | None = None
    """A JPEG or PNG file, for players that show one; kept in m4b, mp3 and flac."""


class SoundWriter(Protocol):
    """A sound file under way."""

    @property
    def position(self) -> float:
        """Seconds of sound that have been written."""
        ...

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append sound, ``float32[n]``, mono; what is beyond [-1, 1] is clipped, and what is no number becomes silence.

        Raises:
            OutputError: when the disk is full, or the file can't be written for another reason; then :meth:`abort` is all that is left.
        """
        ...

    def chapter(self, title: str) -> None:
        """Begin a chapter at the present position; forgotten by formats that have none."""
        ...

    def close(self) -> None:
        """Finish the file.

        Raises:
            OutputError: as :meth:`write` does.
        """
        ...

    def abort(self) -> None:
        """Let go of the file as it is, unfinished; never raises, and does nothing after :meth:`close`."""
        ...


def open_sound(path: Path, format: str, sample_rate: int, tags: Tags = Tags(), *, target: Path | None = None) -> SoundWriter:  # noqa: A002
    """Begin a sound file at exactly this path, in place of what is there.

    Args:
        path: where to write.
        format: one of :data:`SOUND_FORMATS`.
        sample_rate: of what will be written, in Hz; a format that has no such rate gets the sound resampled.
        tags: for players.
        target: what to call the file in messages, where it will be renamed once it is whole; ``path`` itself unless given.

    Raises:
        UnknownNameError: when there is no such format.
        NotSupportedError: when the FFmpeg that is installed here can't write it; the one in PyAV's own packages can.
        OutputError: when it can't be written there.
    """
    if format not in SOUND_FORMATS:
        raise UnknownNameError(
            f"No sound format is named {format!r}.{nearest(format, SOUND_FORMATS)} Choose from {', '.join(SOUND_FORMATS)}."
        )
    if format == "wav":
        from voicebridge.audio.wav import WavFile

        return WavFile(path, sample_rate, tags, target or path)
    from voicebridge.audio.encode import EncodedFile  # FFmpeg's libraries, which a WAV need not wait for

    return EncodedFile(path, format, sample_rate, tags, target or path)


def wav_stream(stream: BinaryIO, sample_rate: int, tags: Tags = Tags()) -> SoundWriter:
    """Write WAV to a stream that can't seek, such as a pipe; its header says that the length is not known. The stream stays open.

    Raises:
        BrokenPipeError: from any method, when who reads has had enough.
    """
    from voicebridge.audio.wav import WavStream

    return WavStream(stream, sample_rate, tags)
