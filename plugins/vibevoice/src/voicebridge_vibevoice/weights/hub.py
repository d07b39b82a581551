"""Fetching a model from the Hugging Face hub, or a mirror that ``HF_ENDPOINT`` names, into our cache: whole and checked, or not at all.

huggingface_hub does the transfer: it resumes, and takes the hub's fast road for files of many gigabytes. A download collects in a folder
of its own, named after the model's revision. What kind of model it is shows in config.json, which comes first, so that what could not be
loaded is refused before the gigabytes. Only when every file has its size and hash does the folder become the model's.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebridge import DownloadError, paths
from voicebridge.ports import Progress

from voicebridge_vibevoice.weights import folders

# At the top of the repository alone. Weights that are pickles are not wanted, whatever else is there.
_WANTED = re.compile(r"[\w.-]+\.(json|jinja|safetensors)|merges\.txt", re.ASCII)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_KEPT = "What has arrived is kept: give the same command again to go on from there."


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int
    """Bytes."""
    sha256: str | None
    git_sha1: str | None
    """What git calls the content, for a file that the hub keeps no SHA-256 of."""

    def is_right(self, path: Path) -> bool:
        if path.stat().st_size != self.size:
            return False
        if self.sha256:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        content = path.read_bytes()
        return self.git_sha1 in (None, hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest())


def endpoint() -> str:
    """The hub's address."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def closed() -> str:
    """Why the hub must not be asked, as a phrase; empty when it may be."""
    if paths.is_offline():
        return "the network is off: --offline or VOICEBRIDGE_OFFLINE"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return "the network is off: HF_HUB_OFFLINE"
    return ""


def fetch(repo: str, target: Path, progress: Progress | None = None) -> Path:
    """Fetch a model into the folder ``target`` of our cache and return it.

    Args:
        repo: the model's hub id, ``owner/name``.
        target: the folder to make; what is there already, if whole, is left alone.
        progress: told the bytes that are there and the bytes in all, for all files together.

    Raises:
        DownloadError: with the reason and the remedy.
    """
    if reason := closed():
        raise DownloadError(f"{repo} can't be fetched: {reason}.")
    from filelock import FileLock

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_name(f".{target.name}.lock")):
            if folders.flaw(target):
                _fetch_all(repo, target, progress)
            return target
    except DownloadError:
        raise
    except Exception as error:  # huggingface_hub's own, and those of whichever HTTP client it has
        raise DownloadError(_explain(repo, target, error)) from error


def _fetch_all(repo: str, target: Path, progress: Progress | None) -> None:
    commit, files = _listing(repo)
    partial = target.with_name(f".{target.name}@{commit[:12]}.partial")
    for stale in folders.leftovers(target):
        if stale != partial:
            shutil.rmtree(stale, ignore_errors=True)
    partial.mkdir(parents=True, exist_ok=True)
    _check_room(partial, files)
    counter = _Counter(progress, sum(file.size for file in files))
    for file in files:
        _fetch_file(repo, commit, file, partial, counter)
        if file.name == "config.json" and (problem := folders.flaw_of_config(partial / file.name, None)):
            raise DownloadError(f"{repo} {problem}.")
    shutil.rmtree(partial / ".cache", ignore_errors=True)  # huggingface_hub's notes
    if problem := folders.flaw(partial):
        raise DownloadError(f"{repo} {problem}. Look for one in transformers' layout.")
    if target.exists():  # not whole, or there would have been nothing to fetch
        shutil.rmtree(target)
    partial.rename(target)


def _listing(repo: str) -> tuple[str, list[_File]]:
    """The revision to fetch and its files, config.json first and then what is small, so that what is wrong shows early."""
    from huggingface_hub import HfApi

    info: Any = HfApi(endpoint=endpoint()).model_info(repo, files_metadata=True)
    files = [
        _File(each.rfilename, int(each.size or 0), each.lfs.sha256 if each.lfs else None, None if each.lfs else each.blob_id)
        for each in info.siblings or ()
        if _WANTED.fullmatch(each.rfilename)
    ]
    names = [file.name for file in files]
    if "config.json" not in names or not any(name.endswith(".safetensors") for name in names):
        raise DownloadError(f"{repo} has no config.json with weights in safetensors, so it is no model to load. Look for one that has.")
    return str(info.sha or "main"), sorted(files, key=lambda file: (file.name != "config.json", file.size, file.name))


def _check_room(partial: Path, files: list[_File]) -> None:
    there = sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
    missing, free = sum(file.size for file in files) - there, shutil.disk_usage(partial).free
    if missing > free:
        raise DownloadError(
            f"The disk that holds {partial.parent} has {free / 1e9:.1f} GB free, and {missing / 1e9:.1f} GB are needed. Make room, or set "
            "VOICEBRIDGE_HOME to a folder on a larger disk."
        )


def _fetch_file(repo: str, commit: str, file: _File, partial: Path, counter: _Counter) -> None:
    from huggingface_hub import hf_hub_download

    hf_hub_download(repo, file.name, revision=commit, local_dir=partial, endpoint=endpoint(), tqdm_class=counter.bars(file.size))
    path = partial / file.name
    if not file.is_right(path):
        path.unlink()
        shutil.rmtree(partial / ".cache", ignore_errors=True)  # where it is noted as being there
        raise DownloadError(
            f"{file.name} of {repo} arrived damaged: it has not the size and hash that it should have. It was thrown away; give the same "
            "command again to fetch it afresh."
        )
    counter.finished(file.size)


class _Counter:
    """Tells the progress over all files, from the bars that huggingface_hub would draw for the one that grows."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._before = progress, total, 0

    def finished(self, size: int) -> None:
        self._before += size
        self._tell(0)

    def _tell(self, size: int) -> None:
        if self._progress:
            self._progress(self._before + size, self._total)

    def bars(self, size: int) -> type[Any]:
        """The class of the bars of a file of ``size`` bytes. There may be two, one for what arrives and one for what is put together."""
        from tqdm import tqdm

        tell: Callable[[int], None] = lambda there: self._tell(min(there, size))  # noqa: E731

        class Bar(tqdm):  # type: ignore[type-arg, misc, unused-ignore]
            def __init__(self, *arguments: Any, **keywords: Any) -> None:
                super().__init__(*arguments, **{**keywords, "disable": True})
                self.there = int(keywords.get("initial") or 0)

            def update(self, n: float | None = 1) -> None:
                self.there += int(n or 0)
                tell(self.there)

        return Bar


def _explain(repo: str, target: Path, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in _FULL:
        return f"The disk that holds {target.parent} is full. {_KEPT}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(status, int) and status >= 400:
        return f"{repo} can't be fetched from {endpoint()}: {_refusal(status)}"
    if number is not None and isinstance(getattr(error, "filename", None), str):
        return f"{repo} can't be kept at {target.parent}: {os.strerror(number)}."
    if isinstance(error, ValueError):  # no JSON
        return (
            f"{endpoint()} gave no list of files for {repo} that can be read: probably a proxy or a login page stands in between. Sign in "
            "to the network, set HTTPS_PROXY, or point HF_ENDPOINT to a mirror that you can reach."
        )
    reason = (" ".join(str(error).split()) or type(error).__name__).rstrip(".")
    return f"{repo} did not arrive from {endpoint()}: {reason}. Check the network, or HTTPS_PROXY if you need a proxy. {_KEPT}"


def _refusal(status: int) -> str:
    if status in (401, 403):
        return f"it is private, needs a licence accepted on its page, or doesn't exist ({status}). Check the name, or: hf auth login"
    if status == 404:
        return "it isn't there (404). Check the name."
    if status == 407:
        return "the proxy wants a name and password (407). Put them into HTTPS_PROXY."
    if status == 429:
        return "too many requests (429). Try again later, or: hf auth login"
    return f"the server answered with error {status}. Try again later."
