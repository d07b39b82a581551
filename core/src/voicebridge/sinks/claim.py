"""The right to make a file, which one run at a time has, and what becomes of one that is there or was begun."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from voicebridge.errors import OutputError
from voicebridge.locked import LockedFile
from voicebridge.sinks import lines
from voicebridge.sinks.files import cannot_write


class Existing(Enum):
    """What becomes of files that are there already, whole or begun."""

    REFUSE = "refuse"
    """They stay, and that is an error."""
    OVERWRITE = "overwrite"
    """They are made anew."""
    RESUME = "resume"
    """What was begun goes on; what is whole stays."""


def claim(path: Path, target: Path) -> LockedFile:
    """Open and lock the log at ``path`` of a file that is to be made, ``target``.

    Raises:
        OutputError: when another run has it, or nothing can be written there.
    """
    try:
        return LockedFile(path)
    except BlockingIOError as error:
        run = lines.last(path, "run")
        other, process = target.with_name(run.get("files", [target.name])[0]), run.get("process", "unknown")
        raise OutputError(
            f"{other} is being written by another run (process {process}). Wait for it, or choose another place with -o."
        ) from error
    except OSError as error:
        raise cannot_write(target, error) from error


def difference(then: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """What decides over a file and is not as it was when the file was begun, in words; ``None`` when all is the same."""
    for name in {**then, **now}:
        before, after = then.get(name), now.get(name)
        if before != after:
            if name in ("size", "modified"):
                return "the recording has changed since"
            return f"{name}: {_shown(before)} then, {_shown(after)} now"
    return None


def _shown(value: Any) -> str:
    return "not given" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
