"""Bringing a model from the hub into a folder: whole and checked, or not at all.

A download collects in a folder of its own, named after the model's revision, so that whatever lies there is the beginning of the right
file and a cut download goes on where it stopped. Only when every file has its size and hash does the folder become the model's.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from voicebridge.errors import DownloadError
from voicebridge.ports import Progress
from voicebridge.weights.checks import sha256_of
from voicebridge.weights.places import leftovers, lock, publish
from voicebridge.weights.transport import ask, endpoint

_ATTEMPTS = 10  # at most so many connections for one file, and none after one that brought nothing
_FULL = (errno.ENOSPC, errno.EDQUOT)
_KEPT = "What has arrived is kept: give the same command again to go on from there."


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a model on the hub."""

    name: str
    """With its folder, where it is in one; on this machine it is kept without."""
    size: int | None
    """Bytes, where the hub says."""
    sha256: str | None
    git_sha1: str | None
    """What git calls the content, for a file that the hub keeps no SHA-256 of."""

    def is_right(self, path: Path) -> bool:
        """Whether a file on this machine has this content."""
        if self.sha256:
            return sha256_of(path) == self.sha256
        if self.git_sha1:
            content = path.read_bytes()
            return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest() == self.git_sha1
        return True


def fetch(
    repo: str,
    target: Path,
    choose: Callable[[Sequence[HubFile]], Sequence[HubFile]],
    is_whole: Callable[[Path], bool],
    vet: Callable[[Path], None] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch a model into a folder and return it.

    Args:
        repo: the model's hub id, ``owner/name``.
        target: the folder to make; what is there already, if whole, is left alone.
        choose: picks the files that are wanted, in the order in which to fetch them, or raises DownloadError.
        is_whole: whether a folder holds all of a model.
        vet: looks at what has arrived so far, after each file, and raises DownloadError when it is not worth going on.
        progress: told the bytes that are there and the bytes in all, for all files together.

    Raises:
        DownloadError: with the reason and the remedy.
    """
    try:
        with lock(target):
            if not is_whole(target):
                _fetch_all(repo, target, choose, vet, progress)
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
        f"{endpoint()} can't be reached for {repo}: {reason.rstrip('.')}. Check the network, or HTTPS_PROXY if you need a proxy."
    )


def _fetch_all(
    repo: str,
    target: Path,
    choose: Callable[[Sequence[HubFile]], Sequence[HubFile]],
    vet: Callable[[Path], None] | None,
    progress: Progress | None,
) -> None:
    commit, listed = _listing(repo)
    files = choose(listed)
    partial = target.with_name(f".{target.name}@{commit[:12]}.partial")
    for stale in leftovers(target):
        if stale != partial:
            shutil.rmtree(stale, ignore_errors=True)
    partial.mkdir(parents=True, exist_ok=True)
    sizes = [file.size for file in files]
    total = sum(size or 0 for size in sizes) if None not in sizes else None
    _check_room(partial, total)
    done = 0
    for file in files:
        counter = _Counter(progress, done, total)
        path = partial / file.name.rpartition("/")[2]
        _fetch_whole(f"{endpoint()}/{repo}/resolve/{commit}/{quote(file.name)}", repo, file, path, counter)
        if vet:
            vet(partial)
        done += path.stat().st_size
    publish(partial, target)


def _listing(repo: str) -> tuple[str, list[HubFile]]:
    """The current revision and its files."""
    with ask(f"{endpoint()}/api/models/{repo}/revision/main?blobs=true", repo) as answer:
        body = b"".join(answer.chunks)
    try:
        listing = json.loads(body)
        files = [_file(each) for each in listing["siblings"]]
        commit = str(listing.get("sha") or "main")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DownloadError(f"{endpoint()} gave no list of files for {repo} that can be read. Check HF_ENDPOINT.") from error
    return (commit if commit.isalnum() else "main"), files


def _file(entry: Mapping[str, Any]) -> HubFile:
    lfs = entry.get("lfs") or {}
    size = lfs.get("size") or entry.get("size")
    return HubFile(entry["rfilename"], size and int(size), lfs.get("sha256"), None if lfs else entry.get("blobId"))


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


def _fetch_whole(url: str, repo: str, file: HubFile, path: Path, counter: _Counter) -> None:
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
    with ask(url, what, start=had) as answer:
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


def _check(path: Path, file: HubFile, what: str) -> None:
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        wrong = f"it has {size} bytes where {file.size} belong"
    elif not file.is_right(path):
        wrong = "its hash is not the one that it should have"
    else:
        return
    path.unlink()
    raise DownloadError(f"{what} arrived damaged: {wrong}. It was thrown away; give the same command again to fetch it afresh.")
