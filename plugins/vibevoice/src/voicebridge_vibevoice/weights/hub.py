"""Download VibeVoice models from the hub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from voicebridge import DownloadError
from voicebridge.ports import Progress
from voicebridge.weights import fetching
from voicebridge.weights.fetching import HubFile

from voicebridge_vibevoice.weights import folders

# Only at the top level of the repository. Pickled weights are never downloaded.
_WANTED = re.compile(r"[\w.-]+\.(json|jinja|safetensors)|merges\.txt", re.ASCII)


def fetch(repo: str, target: Path, progress: Progress | None = None) -> Path:
    """Download a model of either kind into the folder ``target`` of our cache and return it.

    config.json is downloaded first and identifies the kind, so that an unsupported model is rejected before its gigabytes are downloaded.

    Args:
        repo: the model's hub id, ``owner/name``.
        target: the folder to create; an existing complete folder is not changed.
        progress: called with the bytes downloaded and the total, over all files.

    Raises:
        DownloadError: with the reason and a remedy.
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
        raise DownloadError(f"{repo} lacks {', '.join(missing)}, so it is not a model in the transformers layout. Use one that is.")
    if not any(name.endswith(".safetensors") for name in names):
        raise DownloadError(f"{repo} has no weights in safetensors, and pickles are not loaded. Use a model that has them.")
    return sorted(files, key=lambda file: (file.name != "config.json", file.size or 0, file.name))
