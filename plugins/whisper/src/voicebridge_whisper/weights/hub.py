"""Fetching a model from the Hugging Face hub, or a mirror that ``HF_ENDPOINT`` names, into our cache: whole and checked, or not at all.

A download collects in a folder of its own, named after the model's revision, so that whatever lies there is the beginning of the right
file and a cut download goes on where it stopped. Only when every file has its size and hash does the folder become the model's.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebridge.errors import DownloadError
from voicebridge.ports import Progress

from voicebridge_whisper.weights import checks, folders, transport

_WANTED = re.compile(r"config\.json|preprocessor_config\.json|tokenizer\.json|vocabulary\.\w+|model\.bin")
_ATTEMPTS = 10  # at most so many connections for one file, and none after one that brought nothing
_FULL = (errno.ENOSPC, errno.EDQUOT)
_KEPT = "What has arrived is kept: give the same command again to go on from there."


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int | None
    """Bytes, where the hub says."""
    sha256: str | None
    git_sha1: str | None
    """What git calls the content, for a file that the hub keeps no SHA-256 of."""

    def is_right(self, path: Path) -> bool:
        if self.sha256:
            return checks.sha256_of(path) == self.sha256
        if self.git_sha1:
            content = path.read_bytes()
            return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest() == self.git_sha1
        return True


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
    try:
        with folders.lock(target):
            if folders.flaw(target):
                _fetch_all(repo, target, sha256, progress)
            return target
    except DownloadError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise DownloadError(f"The disk that holds {target.parent} is full. {_KEPT}") from error
        if isinstance(error.filename, str):
            raise DownloadError(f"{repo} can't be kept at {error.filename}: {error.strerror}.") from error
        raise _unreachable(repo, error) from error
    except Exception as error:  # the HTTP client's own errors, whichever client it is
        raise _unreachable(repo, error) from error


def _unreachable(repo: str, error: Exception) -> DownloadError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return DownloadError(
        f"{transport.endpoint()} can't be reached for {repo}: {reason.rstrip('.')}. Check the network, or HTTPS_PROXY if you need a proxy."
    )


def _fetch_all(repo: str, target: Path, sha256: str | None, progress: Progress | None) -> None:
    commit, files = _listing(repo, sha256)
    partial = target.with_name(f".{target.name}@{commit[:12]}.partial")
    for stale in folders.leftovers(target):
        if stale != partial:
            shutil.rmtree(stale, ignore_errors=True)
    partial.mkdir(parents=True, exist_ok=True)
    sizes = [file.size for file in files]
    total = sum(size or 0 for size in sizes) if None not in sizes else None
    _check_room(partial, total)
    done = 0
    for file in files:
        counter = _Counter(progress, done, total)
        _fetch_whole(f"{transport.endpoint()}/{repo}/resolve/{commit}/{file.name}", repo, file, partial / file.name, counter)
        done += (partial / file.name).stat().st_size
    folders.publish(partial, target)


def _listing(repo: str, sha256: str | None) -> tuple[str, list[_File]]:
    """The revision to fetch and its files, the model itself last, so that what is small fails first."""
    with transport.ask(f"{transport.endpoint()}/api/models/{repo}/revision/main?blobs=true", repo) as answer:
        body = b"".join(answer.chunks)
    try:
        listing = json.loads(body)
        files = [_file(each) for each in listing["siblings"] if _WANTED.fullmatch(each["rfilename"])]
        commit = str(listing.get("sha") or "main")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DownloadError(f"{transport.endpoint()} gave no list of files for {repo} that can be read. Check HF_ENDPOINT.") from error
    if missing := folders.lacking(file.name for file in files):
        raise DownloadError(f"{repo} lacks {', '.join(missing)}, so it is no Whisper model in CTranslate2's format. Look for one that is.")
    files.sort(key=lambda file: (file.name == "model.bin", file.name))
    return (commit if commit.isalnum() else "main"), [*files[:-1], _pinned(files[-1], repo, sha256)]


def _file(entry: Mapping[str, Any]) -> _File:
    lfs = entry.get("lfs") or {}
    size = lfs.get("size") or entry.get("size")
    return _File(entry["rfilename"], size and int(size), lfs.get("sha256"), None if lfs else entry.get("blobId"))


def _pinned(model: _File, repo: str, sha256: str | None) -> _File:
    if sha256 and model.sha256 and model.sha256 != sha256:
        raise DownloadError(
            f"The hub's {repo} is not the model that this version of voicebridge-whisper knows (SHA-256 differs), so it is not fetched. "
            "Try: pip install --upgrade voicebridge-whisper"
        )
    return _File(model.name, model.size, sha256 or model.sha256, model.git_sha1)


def _check_room(partial: Path, total: int | None) -> None:
    missing = (total or 0) - sum(file.stat().st_size for file in partial.iterdir())
    free = shutil.disk_usage(partial).free
    if missing > free:
        raise DownloadError(
            f"The disk that holds {partial.parent} has {free / 1e6:.0f} MB free, and {missing / 1e6:.0f} MB are needed. Make room, or set "
            "VOICEBRIDGE_HOME to a folder on a larger disk."
        )


class _Counter:
    """Tells the progress over all files while one of them grows."""

    def __init__(self, progress: Progress | None, before: int, total: int | None) -> None:
        self._progress, self._before, self._total = progress, before, total

    def tell(self, size: int) -> None:
        if self._progress:
            self._progress(self._before + size, self._total)


def _fetch_whole(url: str, repo: str, file: _File, path: Path, counter: _Counter) -> None:
    what = f"{file.name} of {repo}"
    for attempt in range(_ATTEMPTS):
        had = path.stat().st_size if path.exists() else 0
        if had and had == file.size:
            break
        try:
            _go_on(url, what, path, had, counter)
            if file.size is None or path.stat().st_size >= file.size:
                break
            cut: Exception | None = None
        except DownloadError:
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _FULL:
                raise
            cut = error
        arrived = path.stat().st_size if path.exists() else 0
        if arrived <= had or attempt == _ATTEMPTS - 1:
            raise _broken_off(what, arrived, file.size, cut)
    counter.tell(path.stat().st_size)
    _check(path, file, what)


def _broken_off(what: str, arrived: int, size: int | None, cut: Exception | None) -> Exception:
    if not arrived and cut:
        return cut
    of = f" of {size / 1e6:.1f}" if size else ""
    reason = f" ({' '.join(str(cut).split())})" if cut and str(cut) else ""
    return DownloadError(f"The connection broke off after {arrived / 1e6:.1f}{of} MB of {what}{reason}. {_KEPT}")


def _go_on(url: str, what: str, path: Path, had: int, counter: _Counter) -> None:
    """Add to ``path`` what one connection brings."""
    with transport.ask(url, what, start=had) as answer:
        if answer.status == 416:
            path.unlink()
            raise DownloadError(f"{what} has not the size that the hub gives for it. What had arrived was thrown away; try again later.")
        goes_on = answer.status == 206 and answer.headers.get("content-range", "").startswith(f"bytes {had}-")
        with path.open("ab" if goes_on else "wb") as out:
            size = had if goes_on else 0
            counter.tell(size)
            for chunk in answer.chunks:
                out.write(chunk)
                size += len(chunk)
                counter.tell(size)


def _check(path: Path, file: _File, what: str) -> None:
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        wrong = f"it has {size} bytes where {file.size} belong"
    elif not file.is_right(path):
        wrong = "its hash is not the one that it should have"
    else:
        return
    path.unlink()
    raise DownloadError(f"{what} arrived damaged: {wrong}. It was thrown away; give the same command again to fetch it afresh.")
