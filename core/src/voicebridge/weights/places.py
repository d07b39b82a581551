"""Where models are on this machine, and how a new folder appears in a single step. Nothing here imports the hub's libraries."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path


def cached(repo: str) -> Path:
    """The hub's own folder for a model, found by the variables that its libraries heed, without importing them; it need not exist."""
    home = os.environ.get("HF_HOME")
    if not home:
        home = str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    place = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or str(Path(home) / "hub")
    root = Path(os.path.expandvars(os.path.expanduser(place)))  # noqa: PTH111 - leaves a name alone that it can't expand
    return root / f"models--{repo.replace('/', '--')}"


def snapshots(repo: str) -> Iterator[Path]:
    """The folders in the hub's own cache that may hold a model, the likeliest first."""
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


def as_path(given: str) -> Path:
    """The path that a user's name for a model means, with ``~`` expanded where it can be."""
    try:
        return Path(given).expanduser()
    except (RuntimeError, ValueError):  # ~somebody whom this machine doesn't know, or what can't be a name at all
        return Path(given)


def lock(target: Path) -> AbstractContextManager[object]:
    """Keep other processes from making the folder ``target`` at the same time."""
    from filelock import FileLock

    target.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(target.with_name(f".{target.name}.lock"))


def publish(made: Path, target: Path) -> Path:
    """Turn ``made``, a finished folder beside it, into ``target`` in a single step that survives a power cut."""
    for file in made.iterdir():
        with file.open("r+b") as opened:
            os.fsync(opened.fileno())
    if target.exists():  # not whole, or there would have been nothing to make
        shutil.rmtree(target)
    made.rename(target)
    if os.name == "posix":  # elsewhere a folder can't be opened, and needn't be
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return target


def leftovers(target: Path) -> list[Path]:
    """What unfinished downloads of ``target`` have left beside it."""
    return list(target.parent.glob(f".{target.name}@*.partial"))
