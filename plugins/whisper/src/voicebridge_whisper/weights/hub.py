"""Which files of a repository on the hub make a Whisper model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from voicebridge.errors import DownloadError
from voicebridge.installing import remedy
from voicebridge.ports import Progress
from voicebridge.weights import fetching
from voicebridge.weights.fetching import HubFile

from voicebridge_whisper.weights import folders

_WANTED = re.compile(r"config\.json|preprocessor_config\.json|tokenizer\.json|vocabulary\.\w+|model\.bin")


def fetch(repo: str, target: Path, sha256: str | None = None, progress: Progress | None = None) -> Path:
    """Fetch a model into the folder ``target`` of our cache and return it.

    Args:
        repo: the model's hub id, ``owner/name``.
        target: the folder to make; what is there already, if whole, is left alone.
        sha256: of ``model.bin``, where it is pinned.
        progress: told the bytes that are there and the bytes in all, for all files together.

    Raises:
        DownloadError: with the reason and the remedy.
    """
    return fetching.fetch(
        repo, target, lambda listed: _choose(repo, listed, sha256), lambda folder: not folders.flaw(folder), progress=progress
    )


def _choose(repo: str, listed: Sequence[HubFile], sha256: str | None) -> list[HubFile]:
    files = [file for file in listed if _WANTED.fullmatch(file.name)]
    if missing := folders.lacking(file.name for file in files):
        raise DownloadError(f"{repo} lacks {', '.join(missing)}, so it is no Whisper model in CTranslate2's format. Look for one that is.")
    files.sort(key=lambda file: (file.name == "model.bin", file.name))  # so that what is small fails first
    return [*files[:-1], _pinned(files[-1], repo, sha256)]


def _pinned(model: HubFile, repo: str, sha256: str | None) -> HubFile:
    if sha256 and model.sha256 and model.sha256 != sha256:
        raise DownloadError(
            f"The hub's {repo} is not the model that this version of voicebridge-whisper knows (SHA-256 differs), so it is not fetched. "
            f"Try: {remedy('voicebridge-whisper', upgrade=True)}"
        )
    return replace(model, sha256=sha256 or model.sha256)
