"""WAV, 16 bit and mono, written without FFmpeg's libraries: to begin one costs nothing."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from voicebridge.audio.pcm import BYTES, to_pcm
from voicebridge.audio.sound_file import Tags
from voicebridge.errors import OutputError, cannot_write

_UNKNOWN = 0xFFFFFFFF
"""What stands for a size that is not known yet, or that is too large for its 32 bits."""
_LARGE_SIZES = struct.calcsize("<QQQI")
"""Bytes of the chunk that holds the sizes of a file above 4 GiB; smaller ones keep its place free."""


class WavFile:
    """A WAV file under way. Above 4 GiB, 27 hours at 22,050 Hz, it becomes an RF64, which readers of WAV take as well."""

    def __init__(self, path: Path, sample_rate: int, tags: Tags, target: Path) -> None:
        """Begin the file; see :func:`voicebridge.audio.sound_file.open_sound`."""
        self._target, self._rate, self._tags = target, sample_rate, tags
        self._size = 0
        try:
            self._file = path.open("wb")
            self._file.write(header(sample_rate, None, tags))
        except OSError as error:
            raise cannot_write(target, error) from error

    @property
    def position(self) -> float:
        """Seconds of sound that have been written."""
        return self._size / BYTES / self._rate

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append sound."""
        try:
            self._size += self._file.write(to_pcm(samples))
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def chapter(self, title: str) -> None:
        """WAV has no chapters that players know."""

    def close(self) -> None:
        """Write down how long it has become."""
        try:
            self._file.seek(0)
            self._file.write(header(self._rate, self._size, self._tags))
            self._file.close()
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def abort(self) -> None:
        """Let go of the file."""
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
        """Seconds of sound that have been written."""
        return self._size / BYTES / self._rate

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Pass sound on at once, so that who listens hears it."""
        data = to_pcm(samples)
        self._write(data)
        self._size += len(data)

    def chapter(self, title: str) -> None:
        """WAV has no chapters that players know."""

    def close(self) -> None:
        """All has been passed on already."""

    def abort(self) -> None:
        """Nothing is held."""

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"Standard output can't be written: {error.strerror or error}. Write to a file with -o.") from error


def header(sample_rate: int, size: int | None, tags: Tags) -> bytes:
    """All that comes before the samples; always of one length for the same tags.

    Args:
        sample_rate: Hertz.
        size: of the samples in bytes; ``None`` while it is not known.
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
