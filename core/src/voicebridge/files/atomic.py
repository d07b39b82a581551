"""Atomic file writing: write to a temporary file next to the target, then rename it."""

from __future__ import annotations

import io
import os
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from voicebridge.errors import cannot_write as cannot_write

_LONGEST_NAME = 255
"""Maximum bytes of a file name on nearly all systems."""


class OutputFile:
    """A file being written, as text in UTF-8 or as bytes.

    Its writer must have exclusive access to the target (:mod:`voicebridge.stt.checkpoint`).
    """

    def __init__(self, target: Path, owner: Path | None = None, *, binary: bool = False) -> None:
        """Open a temporary file next to ``target``; one left by an earlier run is replaced.

        Args:
            target: the final path.
            owner: the file whose writers have exclusive access to this one too; default ``target``.
            binary: whether to write bytes.

        Raises:
            OutputError: if it can't be written.
        """
        self.target = target
        # A fixed name, so that the next run replaces what a killed one left.
        self._temporary = target.with_name(fitting(f".{(owner or target).name}", ".voicebridge-new"))
        try:
            self._temporary.unlink(missing_ok=True)
            self._bytes = self._temporary.open("xb")
            self.file: IO[Any] = self._bytes if binary else io.TextIOWrapper(self._bytes, encoding="utf-8", newline="\n")
        except OSError as error:
            raise cannot_write(target, error) from error

    def settle(self) -> os.stat_result:
        """Sync the content to disk, and return the file's final state.

        Raises:
            OutputError: if the disk is full.
        """
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            return self._temporary.stat()
        except OSError as error:
            raise cannot_write(self.target, error) from error

    def commit(self) -> Path:
        """Rename a synced file into place and return its path.

        Raises:
            OutputError: if its folder is gone.
        """
        try:
            self._temporary.replace(self.target)
        except OSError as error:
            raise cannot_write(self.target, error) from error
        return self.target

    def discard(self) -> None:
        """Delete the temporary file; does nothing after it was renamed."""
        for file in (self.file, self._bytes):  # a plugin may have detached one from the other
            with suppress(OSError, ValueError):  # a full disk raises again here, and the file is discarded anyway
                file.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)


def settle(temporary: Path, target: Path) -> None:
    """Sync a closed file to disk, and rename it into place.

    Raises:
        OSError: if the disk is full, or its folder is gone.
    """
    handle = os.open(temporary, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    temporary.replace(target)
    sync_folder(target.parent)


def replace_text(target: Path, text: str) -> None:
    """Replace a small file of our own, whose loss on a power failure does no harm, in one step.

    Raises:
        OSError: if it can't be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def fitting(name: str, ending: str) -> str:
    """``name`` and ``ending`` as a file name; a name that is too long is shortened, with a hash to keep it unique."""
    room = _LONGEST_NAME - len(os.fsencode(ending))
    if len(os.fsencode(name)) <= room:
        return name + ending
    mark = f"~{sha256(os.fsencode(name)).hexdigest()[:8]}"
    while len(os.fsencode(name + mark)) > room:
        name = name[:-1]
    return name + mark + ending


def make_folders(target: Path) -> None:
    """Create the folders of a file.

    Raises:
        OutputError: if they can't be created.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(target, error) from error


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, if the system supports it."""
    if os.name == "posix":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
