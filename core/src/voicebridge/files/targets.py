"""Check output paths before any work is done."""

from __future__ import annotations

import os
from pathlib import Path

from voicebridge.errors import OutputError, cannot_write

STDOUT = Path("-")
"""Standard output."""


def check_target(target: Path, *, overwrite: bool, root: Path | None = None) -> None:
    """Reject an unsuitable output path before any work is done.

    Raises:
        OutputError: if it exists and must not be replaced, or its folder is missing (unless it may be created below ``root``) or not
            writable.
    """
    try:
        target.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise cannot_write(target, error) from error
    if target.is_dir():
        raise OutputError(f"{target} is a folder. Give a file, or end the name with '/' to write into the folder.")
    if target.exists() and not target.is_file():
        raise OutputError(f"{target} is not a regular file. Print with -o -, or write elsewhere with -o.")
    if target.exists() and not overwrite:
        raise exists_already(target)
    folder = target.parent
    while root is not None and root in folder.parents and not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise OutputError(
            f"{target} can't be written: the folder {target.parent} does not exist. Create it first: mkdir -p {target.parent}"
        )
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{target} can't be written: permission denied. Choose another place with -o.")


def exists_already(target: Path) -> OutputError:
    """The error if a transcript already exists."""
    return OutputError(f"{target} already exists. Replace it with --overwrite, or write elsewhere with -o.")


def standing(folder: Path) -> Path:
    """The folder, or its closest existing parent: missing folders below ``-o`` are created."""
    return next((each for each in (folder, *folder.parents) if os.path.exists(each)), folder)  # noqa: PTH110
