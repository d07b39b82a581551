"""Write recorded audio to a file that can be read at any moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebridge.audio.pcm import BYTES, from_pcm, to_pcm
from voicebridge.audio.tags import Tags
from voicebridge.audio.wav import header
from voicebridge.errors import OutputError

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)

_BLOCK = 1 << 18
"""Bytes per read."""


class CaptureFile:
    """A 16-bit mono WAV whose header is always up to date: a killed process leaves a valid audio file."""

    def __init__(self, path: Path, sample_rate: int) -> None:
        """Start the file, replacing existing content; a new file is readable only by its owner.

        Raises:
            OutputError: if it can't be written.
        """
        self.path = path
        self.sample_rate = sample_rate
        self._size = 0  # bytes of audio
        self._handle = -1
        try:
            self._handle = os.open(path, _FLAGS, 0o600)
            os.ftruncate(self._handle, 0)
            self._append(self._header(0))
        except OSError as error:
            self.close()
            raise self._refused(error) from error

    @property
    def duration(self) -> float:
        """Its duration in seconds."""
        return self._size / BYTES / self.sample_rate

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Append audio, ``float32[n]``; when this returns, the system has it, and it survives the process.

        Raises:
            OutputError: if the disk is full; nothing was appended, and the previous content is intact.
        """
        data = to_pcm(samples)
        before = os.lseek(self._handle, 0, os.SEEK_END)
        try:
            self._append(data)
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, self._header(self._size + len(data)))
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._handle, before)
            raise self._refused(error) from error
        self._size += len(data)

    def read(self) -> Iterator[npt.NDArray[np.float32]]:
        """Yield its audio in blocks of ``float32[n]``; it must not be written meanwhile."""
        os.lseek(self._handle, -self._size, os.SEEK_END)
        while data := os.read(self._handle, _BLOCK):
            yield from_pcm(data)

    def close(self) -> None:
        """Close the file. Calling it twice is allowed."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._handle, left) :]

    def _header(self, size: int) -> bytes:
        return header(self.sample_rate, size, Tags())

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(f"The recording can't be written to {self.path}: {error.strerror or error}. Free some disk space.")
