"""A file that appears whole or not at all: written beside its target, then renamed onto it."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from voicebridge.errors import OutputError


class OutputFile:
    """A text file under way. Opening it proves that the target can be written, before any work is done."""

    def __init__(self, target: Path) -> None:
        """Open a temporary file beside ``target``.

        Raises:
            OutputError: when nothing can be written there.
        """
        self.target = target
        if target.is_dir():
            raise OutputError(f"{target} is a folder. Name a file, or end the name with '/' to write into the folder.")
        try:
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part")
        except OSError as error:
            raise _cannot_write(target, error) from error
        self._temporary = Path(temporary)
        # Line by line, so that what was transcribed is in the file and not in memory when the process dies.
        self.file = os.fdopen(handle, "w", buffering=1, encoding="utf-8", newline="\n")

    def commit(self) -> Path:
        """Put the file in its place, safe on disk, and return its path.

        Raises:
            OutputError: when the disk is full or the place has gone.
        """
        return self._move_to(self.target)

    def keep_partial(self) -> Path:
        """Keep what has been written so far as ``NAME.partial.EXT`` and return that path."""
        return self._move_to(self.target.with_name(f"{self.target.stem}.partial{self.target.suffix}"))

    def discard(self) -> None:
        """Leave nothing behind; does nothing once the file is in its place."""
        with suppress(OSError):  # a full disk shows itself once more here, and the file is thrown away anyway
            self.file.close()
        self._temporary.unlink(missing_ok=True)

    def _move_to(self, target: Path) -> Path:
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            _give_usual_permissions(self._temporary)
            self._temporary.replace(target)
        except OSError as error:
            self.discard()
            raise _cannot_write(target, error) from error
        return target


def _cannot_write(target: Path, error: OSError) -> OutputError:
    if isinstance(error, FileNotFoundError):
        return OutputError(f"{target} can't be written: the folder {target.parent} does not exist. Make it first: mkdir -p {target.parent}")
    reason = error.strerror or str(error)
    return OutputError(f"{target} can't be written: {reason}. Choose another place with -o.")


def _give_usual_permissions(path: Path) -> None:
    if os.name == "posix":  # mkstemp makes files that only their owner can read; a transcript is an ordinary file
        umask = os.umask(0)
        os.umask(umask)
        path.chmod(0o666 & ~umask)
