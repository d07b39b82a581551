"""Local places of models, and atomic creation of folders. Nothing here imports the Hugging Face libraries."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

_WORD = r"\w+(?:[.-]\w+)*"
_HUB_ID = re.compile(f"{_WORD}/{_WORD}", re.ASCII)


def cached(repo: str) -> Path:
    """The Hugging Face cache folder of a model, found from the libraries' variables without importing them; it need not exist."""
    home = os.environ.get("HF_HOME")
    if not home:
        home = str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    place = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or str(Path(home) / "hub")
    root = Path(os.path.expandvars(os.path.expanduser(place)))  # noqa: PTH111 - leaves a name alone that it can't expand
    return root / f"models--{repo.replace('/', '--')}"


def snapshots(repo: str) -> Iterator[Path]:
    """The folders in the Hugging Face cache that may contain a model, most likely first."""
    root = cached(repo)
    try:
        current = (root / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        current = ""
    if current:
        yield root / "snapshots" / current
    try:
        others = [each for each in (root / "snapshots").iterdir() if each.name != current]
        yield from sorted(others, key=lambda each: each.stat().st_mtime_ns, reverse=True)
    except OSError:
        return


def is_hub_id(given: str) -> bool:
    """Whether a user's name for a model is a hub id, ``owner/name``; a relative path may have the same form."""
    return bool(_HUB_ID.fullmatch(given))


def as_path(given: str) -> Path:
    """The path for a user's name of a model, with ``~`` expanded if possible."""
    try:
        return Path(given).expanduser()
    except (RuntimeError, ValueError):  # ~user with an unknown user, or an invalid path
        return Path(given)


def lock(target: Path) -> AbstractContextManager[object]:
    """Prevent other processes from creating the folder ``target`` concurrently."""
    from filelock import FileLock

    target.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(target.with_name(f".{target.name}.lock"))


def publish(made: Path, target: Path) -> Path:
    """Rename ``made``, a finished folder next to it, to ``target`` atomically and durably."""
    for file in made.iterdir():
        with file.open("r+b") as opened:
            os.fsync(opened.fileno())
    if target.exists():  # incomplete, or it would not have been created again
        shutil.rmtree(target)
    made.rename(target)
    if os.name == "posix":  # other systems can't open a folder, and needn't
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return target


def leftovers(target: Path) -> list[Path]:
    """Leftovers of unfinished downloads of ``target``."""
    return list(target.parent.glob(f".{target.name}@*.partial"))
