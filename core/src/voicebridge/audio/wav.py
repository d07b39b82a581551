"""Write 16-bit mono WAV files without FFmpeg's libraries, which are slow to import."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from voicebridge.audio.pcm import BYTES, to_pcm
from voicebridge.audio.tags import Tags
from voicebridge.errors import OutputError, cannot_write

_UNKNOWN = 0xFFFFFFFF
"""The value of a size that is unknown or exceeds 32 bits."""
_LARGE_SIZES = struct.calcsize("<QQQI")
"""Bytes of the chunk with the sizes of a file above 4 GiB; smaller files reserve its space."""


class WavFile:
    """A WAV file being written. Above 4 GiB, 27 hours at 22,050 Hz, it becomes an RF64, which WAV readers support too."""

    def __init__(self, path: Path, sample_rate: int, tags: Tags, target: Path) -> None:
        """Start the file; see :func:`voicebridge.audio.sound_file.open_sound`."""
        self._target, self._rate, self._tags = target, sample_rate, tags
        self._size = 0
        try:
            self._file = path.open("wb")
            self._file.write(header(sample_rate, None, tags))
        except OSError as error:
            raise cannot_write(target, error) from error

    @property
    def position(self) -> float:
        """Seconds of audio written."""
        return self._size / BYTES / self._rate

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append audio."""
        try:
            self._size += self._file.write(to_pcm(samples))
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def chapter(self, title: str) -> None:
        """Does nothing: WAV has no commonly supported chapters."""

    def close(self) -> None:
        """Write the final sizes."""
        try:
            self._file.seek(0)
            self._file.write(header(self._rate, self._size, self._tags))
            self._file.close()
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def abort(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()


class WavStream:
    """WAV on its way into a pipe."""

    def __init__(self, stream: BinaryIO, sample_rate: int, tags: Tags) -> None:
        """Write the header; see :func:`voicebridge.audio.sound_file.wav_stream`."""
        self._stream, self._rate = stream, sample_rate
        self._size = 0
        self._write(header(sample_rate, None, tags))

    @property
    def position(self) -> float:
        """Seconds of audio written."""
        return self._size / BYTES / self._rate

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Write and flush audio immediately, so that a listener hears it."""
        data = to_pcm(samples)
        self._write(data)
        self._size += len(data)

    def chapter(self, title: str) -> None:
        """Does nothing: WAV has no commonly supported chapters."""

    def close(self) -> None:
        """Does nothing: everything is written already."""

    def abort(self) -> None:
        """Does nothing: there is nothing to close."""

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"Standard output can't be written: {error.strerror or error}. Write to a file with -o.") from error


def header(sample_rate: int, size: int | None, tags: Tags) -> bytes:
    """Everything before the samples; of constant length for the same tags.

    Args:
        sample_rate: Hertz.
        size: of the samples in bytes; ``None`` if unknown.
        tags: for players.
    """
    told = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, sample_rate, sample_rate * BYTES, BYTES, 8 * BYTES) + _info(tags)
    before = len(b"WAVE") + 8 + _LARGE_SIZES + len(told) + 8
    if size is not None and before + size > _UNKNOWN - 1:
        name, riff, data = b"RF64", _UNKNOWN, _UNKNOWN
        sizes = b"ds64" + struct.pack("<IQQQI", _LARGE_SIZES, before + size, size, size // BYTES, 0)
    else:
        name, riff, data = (b"RIFF", _UNKNOWN, _UNKNOWN) if size is None else (b"RIFF", before + size, size)
        sizes = b"JUNK" + struct.pack("<I", _LARGE_SIZES) + bytes(_LARGE_SIZES)
    return name + struct.pack("<I", riff) + b"WAVE" + sizes + told + b"data" + struct.pack("<I", data)


def _info(tags: Tags) -> bytes:
    fields = {
        b"INAM": tags.title,
        b"IART": tags.artist,
        b"IPRD": tags.album,
        b"ILNG": tags.language,
        b"ICMT": tags.comment,
        b"ICRD": tags.year,
        b"IGNR": tags.genre,
    }
    chunks = b"".join(_text(name, text) for name, text in fields.items() if text)
    return b"LIST" + struct.pack("<I", 4 + len(chunks)) + b"INFO" + chunks if chunks else b""


def _text(name: bytes, text: str) -> bytes:
    data = text.encode("utf-8", "replace") + b"\0"
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
