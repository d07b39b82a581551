"""What a microphone hears, on its way into a file that can be read at any moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebridge.audio.pcm import BYTES, from_pcm, to_pcm
from voicebridge.audio.sound_file import Tags
from voicebridge.audio.wav import header
from voicebridge.errors import OutputError

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)

_BLOCK = 1 << 18
"""Bytes that are read at a time."""


class CaptureFile:
    """A 16-bit mono WAV whose header always tells how much is in it: a process that is killed leaves a sound file, not a repair."""

    def __init__(self, path: Path, sample_rate: int) -> None:
        """Begin the file, in place of what it held; one that is made is readable for its owner alone.

        Raises:
            OutputError: when it can't be written there.
        """
        self.path = path
        self.sample_rate = sample_rate
        self._size = 0  # bytes of sound
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
        """Seconds that are in it."""
        return self._size / BYTES / self.sample_rate

    def write(self, samples: npt.NDArray[np.float32]) -> None:
        """Add sound, ``float32[n]``; when this returns the system has it, and it outlives the process.

        Raises:
            OutputError: when the disk is full; then nothing of it was added, and what was there before is whole.
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
        """Yield what is in it, in blocks of ``float32[n]``; nothing may be written meanwhile."""
        os.lseek(self._handle, -self._size, os.SEEK_END)
        while data := os.read(self._handle, _BLOCK):
            yield from_pcm(data)

    def close(self) -> None:
        """Let go of the file. Calling it twice does no harm."""
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
        return OutputError(f"The recording can't be written to {self.path}: {error.strerror or error}. Make room there.")
