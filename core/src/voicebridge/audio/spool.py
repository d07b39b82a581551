"""A file of raw audio, from which an interrupted reading is resumed."""

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
"""Samples per read."""
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class Spool:
    """Raw 16-bit mono samples, so that it can be cut at any sample."""

    def __init__(self, path: Path, sample_rate: int, *, target: Path | None = None) -> None:
        """Open or create the file at ``path``, and continue at its end.

        Args:
            path: of the spool.
            sample_rate: of its content, in Hz.
            target: the file named in messages; default ``path``.

        Raises:
            OutputError: if it can't be written.
        """
        self.path = path
        self.sample_rate = sample_rate
        self._target = target or path
        self._handle = -1
        try:
            self._handle = os.open(path, _FLAGS, 0o666)
            self._samples = os.fstat(self._handle).st_size // BYTES
            self.cut(self._samples)  # a previous writer may have been killed within a sample
        except OSError as error:
            self.close()
            raise cannot_write(self._target, error) from error

    @property
    def samples(self) -> int:
        """The number of samples."""
        return self._samples

    def append(self, samples: npt.NDArray[np.float32]) -> None:
        """Append audio, ``float32[n]``, clipped to [-1, 1]; when this returns, the system has it, and it survives the process.

        Raises:
            OutputError: if the disk is full; nothing was appended.
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
        """Sync the content to disk, so that it survives a power cut.

        Raises:
            OutputError: if the disk is full.
        """
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def cut(self, samples: int) -> None:
        """Truncate to the first ``samples``; does nothing if there are no more.

        Raises:
            OutputError: if the system refuses.
        """
        self._samples = min(samples, self._samples)
        try:
            os.ftruncate(self._handle, self._samples * BYTES)
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def read(self, start: int = 0) -> Iterator[npt.NDArray[np.float32]]:
        """Yield its audio from sample ``start``, in blocks of ``float32[n]``, including what is appended meanwhile.

        Raises:
            OutputError: if it can't be read any more.
        """
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(start * BYTES)
                while start < self._samples:
                    data = file.read(min(BLOCK, self._samples - start) * BYTES)
                    if len(data) < BYTES:
                        raise OutputError(f"{self._target} can't be finished: another program truncated {self.path}. Start over.")
                    data = data[: len(data) // BYTES * BYTES]
                    start += len(data) // BYTES
                    file.seek(start * BYTES)
                    yield from_pcm(data)
        except OSError as error:
            raise cannot_write(self._target, error) from error

    def close(self) -> None:
        """Close the file, without deleting it. Calling it twice is allowed."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def remove(self) -> None:
        """Close and delete the file."""
        self.close()
        self.path.unlink(missing_ok=True)
