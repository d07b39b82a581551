"""Exclusive access to an output file, and what to do with an existing or unfinished one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from voicebridge.errors import OutputError
from voicebridge.files import checked_lines
from voicebridge.files.atomic import cannot_write
from voicebridge.files.lock import LockedFile


class Existing(Enum):
    """What to do with existing files, complete or unfinished."""

    REFUSE = "refuse"
    """Keep them and raise an error."""
    OVERWRITE = "overwrite"
    """Overwrite them."""
    RESUME = "resume"
    """Resume unfinished ones; keep complete ones."""


def claim(path: Path, target: Path) -> LockedFile:
    """Open and lock the log at ``path`` for the output ``target``.

    Raises:
        OutputError: if another run has locked it, or it can't be written.
    """
    try:
        return LockedFile(path)
    except BlockingIOError as error:
        run = checked_lines.last(path, "run")
        other, process = target.with_name(run.get("files", [target.name])[0]), run.get("process", "unknown")
        raise OutputError(
            f"{other} is being written by another run (process {process}). Wait for it, or choose another place with -o."
        ) from error
    except OSError as error:
        raise cannot_write(target, error) from error


def difference(then: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """What has changed since an unfinished file was started and affects its content, in words; ``None`` if nothing."""
    for name in {**then, **now}:
        before, after = then.get(name), now.get(name)
        if before != after:
            if name in ("size", "modified"):
                return "the recording has changed since"
            return f"{name}: {_shown(before)} then, {_shown(after)} now"
    return None


def _shown(value: Any) -> str:
    return "not given" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
