"""Folders of weights: whether one is whole, where ours and the hub's are, and how a new one appears in a single step.

Our cache holds a folder per model, ``whisper/base``. A name there that starts with a dot is not a model: what is still being fetched or
joined, locks, and the notes of :mod:`voicebridge_whisper.weights.checks`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from voicebridge import paths

NEEDED = ("config.json", "model.bin", "tokenizer.json")
"""The files that every model has; one whose name starts with ``vocabulary.`` comes on top.

Without tokenizer.json faster-whisper would go and ask the hub for one.
"""

_SMALLEST_MODEL = 1024  # bytes; a Git LFS pointer has some 130, the smallest real model millions


def cache_root() -> Path:
    """Our cache of Whisper's weights; it need not exist."""
    return paths.cache_dir() / "whisper"


def lacking(names: Iterable[str]) -> list[str]:
    """Which of the files that a model needs are not among ``names``."""
    names = set(names)
    missing = [needed for needed in NEEDED if needed not in names]
    if not any(name.startswith("vocabulary.") for name in names):
        missing.append("vocabulary.json (or .txt)")
    return missing


def flaw(folder: Path) -> str:
    """What keeps a folder from being a model that can be loaded, as a phrase; empty when nothing does."""
    try:
        if not folder.is_dir():
            return "this is a file: give the folder that holds it" if folder.exists() else "no such folder"
        missing = lacking(entry.name for entry in folder.iterdir() if entry.is_file())
        return f"lacks {', '.join(missing)}" if missing else _flaw_of_model(folder / "model.bin") or _flaw_of_texts(folder)
    except OSError as error:
        return f"can't be read: {error.strerror or error}"


def _flaw_of_model(model: Path) -> str:
    if model.stat().st_size >= _SMALLEST_MODEL:
        return ""
    if model.read_bytes().startswith(b"version https://git-lfs"):
        return "its model.bin is a Git LFS pointer and not the weights: run git lfs pull there"
    return "its model.bin is empty or cut short"


def _flaw_of_texts(folder: Path) -> str:
    for path in sorted(folder.iterdir()):
        if path.name in NEEDED or path.name.startswith("vocabulary."):
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 64))
                end = file.read().rstrip()[-1:]
            if not end or (path.suffix == ".json" and end not in b"}]"):
                return f"its {path.name} is {'cut short' if end else 'empty'}"
    return ""


def hub_snapshots(repo: str) -> Iterator[Path]:
    """The folders in the hub's own cache that may hold a model, the likeliest first."""
    root = hub_cache() / f"models--{repo.replace('/', '--')}"
    snapshots = root / "snapshots"
    try:
        current = (root / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        current = ""
    if current:
        yield snapshots / current
    try:
        others = [each for each in snapshots.iterdir() if each.name != current]
        yield from sorted(others, key=lambda each: each.stat().st_mtime_ns, reverse=True)
    except OSError:
        return


def hub_cache() -> Path:
    """Where the hub's libraries keep what they fetch, found by the variables that they heed, without importing them."""
    home = os.environ.get("HF_HOME")
    if not home:
        home = str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    place = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or str(Path(home) / "hub")
    return Path(os.path.expandvars(os.path.expanduser(place)))  # noqa: PTH111 - leaves a name alone that it can't expand


def lock(target: Path) -> AbstractContextManager[object]:
    """Keep other processes from making ``target``, a folder in our cache, at the same time."""
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
    """What unfinished attempts to make ``target`` have left in our cache."""
    names = [f".{target.name}.joining", f".{target.name}@*.partial"]
    return [found for name in names for found in target.parent.glob(name)]
