"""A file that keeps sound as it is made, so that a reading that was broken off goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


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
        raise NotImplementedError

    @property
    def samples(self) -> int:
        """How many it holds."""
        raise NotImplementedError

    def append(self, samples: npt.NDArray[np.float32]) -> None:
        """Add sound, ``float32[n]``; when this returns it has been given to the system, and outlives the process.

        Raises:
            OutputError: when the disk is full.
        """
        raise NotImplementedError

    def sync(self) -> None:
        """Bring what was added onto the disk itself, so that it outlives a power cut."""
        raise NotImplementedError

    def cut(self, samples: int) -> None:
        """Forget all but the first ``samples``."""
        raise NotImplementedError

    def read(self, start: int = 0) -> Iterator[npt.NDArray[np.float32]]:
        """Yield what it holds from sample number ``start``, in blocks of ``float32[n]``; what is added meanwhile comes too."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file; it stays."""
        raise NotImplementedError

    def remove(self) -> None:
        """Delete the file and let go of it."""
        raise NotImplementedError
