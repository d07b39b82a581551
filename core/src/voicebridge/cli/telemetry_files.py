"""Files left by ONNX Runtime's telemetry before it was turned off (:mod:`voicebridge.telemetry`)."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_ONNXRUNTIME = re.compile(r"deviceid(\.lock|\.tmp\..*)?|onnxruntime\.db(-journal|-wal|-shm|\.ses)?")
_SESSION = re.compile(r"\d{13}\n[0-9a-f-]{36}\n?")


def leftovers() -> list[Path]:
    """The files of ONNX Runtime's telemetry for this user, from before it was turned off or from other programs."""
    return [*_in_its_folder(), *_session_file()]


def remove_leftovers() -> list[Path]:
    """Delete these files and folders that become empty; return the deleted files.

    Other programs that use ONNX Runtime with telemetry may create them again.
    """
    removed = []
    for path in leftovers():
        with suppress(OSError):
            path.unlink()
            removed.append(path)
    if removed:
        with suppress(OSError):  # not empty: other tools of the same vendor have files next to it
            for folder in (_folder(), *_folder().parents[:2]):
                folder.rmdir()
    return removed


def _in_its_folder() -> Iterator[Path]:
    with suppress(OSError):
        yield from (path for path in sorted(_folder().iterdir()) if _ONNXRUNTIME.fullmatch(path.name))


def _session_file() -> Iterator[Path]:
    path = Path(tempfile.gettempdir()) / ".ses"
    with suppress(OSError, ValueError):
        if path.lstat().st_size < 64 and not path.is_symlink() and _SESSION.fullmatch(path.read_text(encoding="ascii")):
            yield path


def _folder() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "Microsoft/DeveloperTools/.onnxruntime"
