"""Audio files that are written incrementally."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from voicebridge.audio.tags import NO_TAGS, Tags
from voicebridge.errors import UnknownNameError, nearest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SOUND_FORMATS = ("wav", "flac", "mp3", "opus", "m4b", "ogg")
"""The output formats, by file extension."""


class SoundWriter(Protocol):
    """An audio file being written."""

    @property
    def position(self) -> float:
        """Seconds of audio written."""
        ...

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append audio, ``float32[n]``, mono; values beyond [-1, 1] are clipped, and NaN becomes silence.

        Raises:
            OutputError: if the disk is full, or the file can't be written for another reason; only :meth:`abort` may follow.
        """
        ...

    def chapter(self, title: str) -> None:
        """Start a chapter at the current position; ignored by formats without chapters."""
        ...

    def close(self) -> None:
        """Finish the file.

        Raises:
            OutputError: like :meth:`write`.
        """
        ...

    def abort(self) -> None:
        """Close the file unfinished; never raises, and does nothing after :meth:`close`."""
        ...


def open_sound(path: Path, format: str, sample_rate: int, tags: Tags = NO_TAGS, *, target: Path | None = None) -> SoundWriter:  # noqa: A002
    """Start an audio file at exactly this path, replacing an existing file.

    Args:
        path: where to write.
        format: one of :data:`SOUND_FORMATS`.
        sample_rate: of the audio, in Hz; it is resampled if the format doesn't support this rate.
        tags: for players.
        target: the file named in messages, if it will be renamed when complete; default ``path``.

    Raises:
        UnknownNameError: if there is no such format.
        NotSupportedError: if the installed FFmpeg can't write it; the one in PyAV's own packages can.
        OutputError: if it can't be written.
    """
    if format not in SOUND_FORMATS:
        raise UnknownNameError(f"Unknown audio format {format!r}.{nearest(format, SOUND_FORMATS)} Choose from {', '.join(SOUND_FORMATS)}.")
    if format == "wav":
        from voicebridge.audio.wav import WavFile

        return WavFile(path, sample_rate, tags, target or path)
    from voicebridge.audio.encode import EncodedFile  # imports FFmpeg's libraries, which a WAV doesn't need

    return EncodedFile(path, format, sample_rate, tags, target or path)


def wav_stream(stream: BinaryIO, sample_rate: int, tags: Tags = NO_TAGS) -> SoundWriter:
    """Write WAV to a non-seekable stream, such as a pipe; its header has an unknown length. The stream stays open.

    Raises:
        BrokenPipeError: from any method, if the reader has closed the pipe.
    """
    from voicebridge.audio.wav import WavStream

    return WavStream(stream, sample_rate, tags)
