"""Verify files by SHA-256, once: a verified file is not read again until it changes."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_right(path: Path, sha256: str, cache: Path) -> bool:
    """Whether a file has that SHA-256.

    A positive result is stored in the plugin's ``cache`` with the file's size and modification time, so that a large file is read only
    once. If the cache can't be written, the file is read each time.
    """
    stat = path.stat()
    verdict = f"{stat.st_size} {stat.st_mtime_ns} {sha256}"
    note = cache / ".checked" / hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:32]
    with suppress(OSError, UnicodeDecodeError):
        if note.read_text(encoding="utf-8") == verdict:
            return True
    if sha256_of(path) != sha256:
        return False
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(verdict, encoding="utf-8")
    return True
