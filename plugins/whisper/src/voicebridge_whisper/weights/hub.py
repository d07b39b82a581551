"""Download Whisper models from the hub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from voicebridge.errors import DownloadError
from voicebridge.ports import Progress
from voicebridge.weights import fetching
from voicebridge.weights.fetching import HubFile

from voicebridge_whisper.weights import folders

_WANTED = re.compile(r"config\.json|preprocessor_config\.json|tokenizer\.json|vocabulary\.\w+|model\.bin")


def fetch(repo: str, target: Path, sha256: str | None = None, progress: Progress | None = None) -> Path:
    """Download a model into the folder ``target`` of our cache and return it.

    Args:
        repo: the model's hub id, ``owner/name``.
        target: the folder to create; an existing complete folder is not changed.
        sha256: hash of ``model.bin``, if pinned.
        progress: called with the bytes downloaded and the total, over all files.

    Raises:
        DownloadError: with the reason and a remedy.
    """
    return fetching.fetch(
        repo, target, lambda listed: _choose(repo, listed, sha256), lambda folder: not folders.flaw(folder), progress=progress
    )


def _choose(repo: str, listed: Sequence[HubFile], sha256: str | None) -> list[HubFile]:
    files = [file for file in listed if _WANTED.fullmatch(file.name)]
    if missing := folders.lacking(file.name for file in files):
        raise DownloadError(f"{repo} lacks {', '.join(missing)}, so it is not a Whisper model in CTranslate2 format. Use one that is.")
    files.sort(key=lambda file: (file.name == "model.bin", file.name))  # small files first, so that failures occur early
    return [*files[:-1], fetching.pinned(files[-1], sha256, repo, "voicebridge-whisper")]
