"""A file that appears whole or not at all: written beside its target, then renamed onto it."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from voicebridge.errors import cannot_write as cannot_write

_LONGEST_NAME = 255
"""Bytes that a file name may have nearly everywhere."""


class OutputFile:
    """A text file under way; whoever writes one holds the right to its target (:mod:`voicebridge.sinks.checkpoint`)."""

    def __init__(self, target: Path, owner: Path | None = None) -> None:
        """Open a temporary file beside ``target``; what an earlier run may have left of it is replaced.

        Args:
            target: the file to be.
            owner: the file whose writers alone may write this one too; ``target`` itself unless given.

        Raises:
            OutputError: when nothing can be written there.
        """
        self.target = target
        # Always the same name, so that a run that was killed leaves nothing behind that the next one would not clear away.
        self._temporary = target.with_name(fitting(f".{(owner or target).name}", ".voicebridge-new"))
        try:
            self._temporary.unlink(missing_ok=True)
            self.file = self._temporary.open("x", encoding="utf-8", newline="\n")
        except OSError as error:
            raise cannot_write(target, error) from error

    def settle(self) -> os.stat_result:
        """Bring what was written safely onto the disk, and say what the file will be when it is in its place.

        Raises:
            OutputError: when the disk is full.
        """
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            return self._temporary.stat()
        except OSError as error:
            raise cannot_write(self.target, error) from error

    def commit(self) -> Path:
        """Put a file that is settled in its place and return its path.

        Raises:
            OutputError: when the place has gone.
        """
        try:
            self._temporary.replace(self.target)
        except OSError as error:
            raise cannot_write(self.target, error) from error
        return self.target

    def discard(self) -> None:
        """Leave nothing behind; does nothing once the file is in its place."""
        with suppress(OSError):  # a full disk shows itself once more here, and the file is thrown away anyway
            self.file.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)


def settle(temporary: Path, target: Path) -> None:
    """Bring a file that is written and closed safely onto the disk, and put it in its place.

    Raises:
        OSError: when the disk is full, or the place has gone.
    """
    handle = os.open(temporary, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    temporary.replace(target)
    sync_folder(target.parent)


def fitting(name: str, ending: str) -> str:
    """``name`` and ``ending`` as a file name; a name that is too long for that is cut, and told from its like by a hash."""
    room = _LONGEST_NAME - len(os.fsencode(ending))
    if len(os.fsencode(name)) <= room:
        return name + ending
    mark = f"~{sha256(os.fsencode(name)).hexdigest()[:8]}"
    while len(os.fsencode(name + mark)) > room:
        name = name[:-1]
    return name + mark + ending


def make_folders(target: Path) -> None:
    """Make the folders that a file goes into.

    Raises:
        OutputError: when they can't be made.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(target, error) from error


def sync_folder(folder: Path) -> None:
    """Make sure that what was renamed in a folder stays so through a power cut, where the system can."""
    if os.name == "posix":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
