"""Validate folders of weights, and locate our cache.

Our cache has a folder per model, ``whisper/base``. A name that starts with a dot is not a model, but unfinished (being downloaded or
joined), a lock, or a file of :mod:`voicebridge.weights.checks`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from voicebridge import paths
from voicebridge.weights import places

NEEDED = ("config.json", "model.bin", "tokenizer.json")
"""The files of every model, in addition to one whose name starts with ``vocabulary.``.

Without tokenizer.json, faster-whisper would download one from the hub.
"""

_SMALLEST_MODEL = 1024  # bytes; a Git LFS pointer has about 130, the smallest real model millions


def cache_root() -> Path:
    """Our cache of Whisper's weights; it may not exist."""
    return paths.cache_dir() / "whisper"


def lacking(names: Iterable[str]) -> list[str]:
    """The required files that are missing in ``names``."""
    names = set(names)
    missing = [needed for needed in NEEDED if needed not in names]
    if not any(name.startswith("vocabulary.") for name in names):
        missing.append("vocabulary.json (or .txt)")
    return missing


def flaw(folder: Path) -> str:
    """Why a folder can't be loaded as a model, as a phrase; empty if it can."""
    try:
        if not folder.is_dir():
            return "this is a file: give its folder" if folder.exists() else "no such folder"
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


def leftovers(target: Path) -> list[Path]:
    """Remains of unfinished attempts to create ``target`` in our cache."""
    return [*target.parent.glob(f".{target.name}.joining"), *places.leftovers(target)]
