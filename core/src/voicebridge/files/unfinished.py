"""Delete temporary files left by killed processes, at the next start.

The name of a temporary file contains the id of its process. When that process is gone, nobody will finish it.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path


def sweep(folder: Path, names: re.Pattern[str]) -> None:
    """Delete the files and folders in ``folder`` whose whole name matches, unless the process with the id in the group ``pid`` runs.

    What can't be read or deleted is kept, so that the start doesn't fail.
    """
    with suppress(OSError):
        for path in folder.iterdir():
            found = names.fullmatch(path.name)
            if found and not _runs(found["pid"]):
                _delete(path)


def _runs(pid: str | None) -> bool:
    if pid is None:
        return False
    import psutil

    return psutil.pid_exists(int(pid))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
