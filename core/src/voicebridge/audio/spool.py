"""A file that keeps sound as it is made, so that a reading that was broken off goes on where it stopped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebridge.audio.pcm import BYTES, from_pcm, to_pcm
from voicebridge.errors import OutputError, cannot_write

BLOCK = 1 << 16
"""Samples that are read at a time."""
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class Spool:
    """16-bit mono samples, one after the other, and nothing else; what holds only those can be cut at any of them."""

    def __init__(self, path: Path, sample_rate: int, *, target: Path | None = None) -> None:
        """Open the file at ``path``, or make it, and go on at its end.

        Args:
            path: of the spool.
            sample_rate: of what it holds, in Hz.
            target: what to call the file in messages; ``path`` itself unless given.

        Raises:
            OutputError: when it can't be written there.
        """
        self.path = path
        self.sample_rate = sample_rate
        self._target = target or path
        self._handle = -1
        try:
            self._handle = os.open(path, _FLAGS, 0o666)
            self._samples = os.fstat(self._handle).st_size // BYTES
            self.cut(self._samples)  # whoever wrote it may have been killed within a sample
        except OSError as error:
            self.close()
            raise cannot_write(self._target, error) from error

    @property
    def samples(self) -> int:
        """How many it holds."""
        return self._samples

    def append(self, samples: npt.NDArray[np.float32]) -> None:
        """Add sound, ``float32[n]``, clipped to [-1, 1]; when this returns the system has it, and it outlives the process.

        Raises:
            OutputError: when the disk is full; then nothing was added.
        """
        data = memoryview(to_pcm(samples))
        size = len(data)
        try:
            while data:
                data = data[os.write(self._handle, data) :]
        except OSError as error:
            with suppress(OutputError):
                self.cut(self._samples)
            raise cannot_write(self._target, error) from error
        self._samples += size // BYTES

    def sync(self) -> None:
        """Bring what was added onto the disk itself, so that it outlives a power cut.

        Raises:
            OutputError: when the disk is full.
        """
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def cut(self, samples: int) -> None:
        """Forget all but the first ``samples``; does nothing where there are no more.

        Raises:
            OutputError: when the system refuses.
        """
        self._samples = min(samples, self._samples)
        try:
            os.ftruncate(self._handle, self._samples * BYTES)
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def read(self, start: int = 0) -> Iterator[npt.NDArray[np.float32]]:
        """Yield what it holds from sample number ``start``, in blocks of ``float32[n]``; what is added meanwhile comes too.

        Raises:
            OutputError: when it can't be read any more.
        """
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(start * BYTES)
                while start < self._samples:
                    data = file.read(min(BLOCK, self._samples - start) * BYTES)
                    if len(data) < BYTES:
                        raise OutputError(f"{self._target} can't be finished: {self.path} was cut off by another program. Begin anew.")
                    data = data[: len(data) // BYTES * BYTES]
                    start += len(data) // BYTES
                    file.seek(start * BYTES)
                    yield from_pcm(data)
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def close(self) -> None:
        """Let go of the file; it stays. Calling it twice does no harm."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def remove(self) -> None:
        """Delete the file and let go of it."""
        self.close()
        self.path.unlink(missing_ok=True)
