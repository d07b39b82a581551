"""Which files of a repository on the hub make a VibeVoice model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from voicebridge import DownloadError
from voicebridge.ports import Progress
from voicebridge.weights import fetching
from voicebridge.weights.fetching import HubFile

from voicebridge_vibevoice.weights import folders

# At the top of the repository alone. Weights that are pickles are not wanted, whatever else is there.
_WANTED = re.compile(r"[\w.-]+\.(json|jinja|safetensors)|merges\.txt", re.ASCII)


def fetch(repo: str, target: Path, progress: Progress | None = None) -> Path:
    """Fetch a model, of either kind, into the folder ``target`` of our cache and return it.

    What kind of model it is shows in config.json, which comes first, so that what could not be loaded is refused before the gigabytes.

    Args:
        repo: the model's hub id, ``owner/name``.
        target: the folder to make; what is there already, if whole, is left alone.
        progress: told the bytes that are there and the bytes in all, for all files together.

    Raises:
        DownloadError: with the reason and the remedy.
    """

    def vet(partial: Path) -> None:
        if problem := folders.flaw_of_config(partial / "config.json", None):
            raise DownloadError(f"{repo} {problem}.")

    return fetching.fetch(
        repo, target, lambda listed: _choose(repo, listed), lambda folder: not folders.flaw(folder), vet=vet, progress=progress
    )


def _choose(repo: str, listed: Sequence[HubFile]) -> list[HubFile]:
    files = [file for file in listed if _WANTED.fullmatch(file.name)]
    names = [file.name for file in files]
    if missing := [name for name in ("config.json", "tokenizer.json") if name not in names]:
        raise DownloadError(f"{repo} lacks {', '.join(missing)}, so it is no model in transformers' layout. Look for one that is.")
    if not any(name.endswith(".safetensors") for name in names):
        raise DownloadError(f"{repo} has no weights in safetensors, and pickles are not loaded. Look for a model that has them.")
    return sorted(files, key=lambda file: (file.name != "config.json", file.size or 0, file.name))
