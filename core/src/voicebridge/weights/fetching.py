"""Download a model from the hub into a folder: complete and verified, or not at all.

A download goes to a temporary folder named after the model's revision, so that partial files belong to the right version and an interrupted
download can be resumed. The folder becomes the model's only when every file has the right size and hash.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from voicebridge.errors import DownloadError
from voicebridge.files.atomic import settle
from voicebridge.installing import remedy
from voicebridge.ports import Progress
from voicebridge.weights.checks import sha256_of
from voicebridge.weights.places import leftovers, lock, publish
from voicebridge.weights.transport import ask, endpoint, server

_ATTEMPTS = 10  # maximum connections per file; no retry after one that received nothing
_FULL = (errno.ENOSPC, errno.EDQUOT)
_KEPT = "The partial download is kept: run the same command again to continue."


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a model on the hub."""

    name: str
    """With its subfolder, if any; it is stored locally without it."""
    size: int | None
    """Bytes, if the hub says."""
    sha256: str | None
    git_sha1: str | None
    """Git's hash of the content, for files without SHA-256 on the hub."""

    def is_right(self, path: Path) -> bool:
        """Whether a local file has this content."""
        if self.sha256:
            return sha256_of(path) == self.sha256
        if self.git_sha1:
            content = path.read_bytes()
            return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest() == self.git_sha1
        return True


def pinned(file: HubFile, sha256: str | None, what: str, package: str) -> HubFile:
    """A file with a pinned ``sha256``; it is checked after the download if the hub doesn't provide it.

    Args:
        file: as listed by the hub.
        sha256: the pinned hash.
        what: is built from the file.
        package: of the plugin that pins it.

    Raises:
        DownloadError: if the hub has another version.
    """
    if sha256 and file.sha256 and file.sha256 != sha256:
        raise DownloadError(
            f"The hub's {what} is not the version that {package} expects (SHA-256 differs), so it is not downloaded. "
            f"Try: {remedy(package, upgrade=True)}"
        )
    return replace(file, sha256=sha256 or file.sha256)


def fetch(
    repo: str,
    target: Path,
    choose: Callable[[Sequence[HubFile]], Sequence[HubFile]],
    is_whole: Callable[[Path], bool],
    vet: Callable[[Path], None] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Download a model into a folder and return it.

    Args:
        repo: the model's hub id, ``owner/name``.
        target: the folder to create; an existing complete one is kept.
        choose: selects the files to download, in order, or raises DownloadError.
        is_whole: whether a folder contains a complete model.
        vet: checks what has been downloaded after each file, and raises DownloadError if continuing is pointless.
        progress: called with the downloaded bytes and the total, for all files together.

    Raises:
        DownloadError: with the reason and a remedy.
    """
    with _explained(repo, target, endpoint()), lock(target):
        if not is_whole(target):
            _fetch_all(repo, target, choose, vet, progress)
        return target


def fetch_file(url: str, target: Path, sha256: str, progress: Progress | None = None) -> Path:
    """Download a file and return its path; an interrupted download is resumed, and one with the right content is kept.

    Args:
        url: of the file.
        target: where it belongs.
        sha256: of its content, in hexadecimal.
        progress: called with the downloaded bytes and the total, which is unknown.

    Raises:
        DownloadError: with the reason and a remedy.
    """
    file = HubFile(target.name, None, sha256.lower(), None)
    partial = target.with_name(f".{target.name}@{sha256[:12]}.partial")
    with _explained(target.name, target, server(url)), lock(target):
        if not (target.is_file() and file.is_right(target)):
            if not (partial.is_file() and file.is_right(partial)):  # otherwise, an earlier run ended just before it was renamed
                _fetch_whole(url, target.name, file, partial, _Counter(progress, 0, None))
            settle(partial, target)
        return target


@contextmanager
def _explained(what: str, target: Path, where: str) -> Iterator[None]:
    """Convert the errors of a download to DownloadError."""
    try:
        yield
    except DownloadError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise DownloadError(f"The disk that holds {target.parent} is full. {_KEPT}") from error
        if isinstance(error.filename, str):
            raise DownloadError(f"{what} can't be saved at {error.filename}: {error.strerror}.") from error
        raise _unreachable(what, where, error) from error
    except Exception as error:  # the HTTP client's own errors, whichever client it is
        raise _unreachable(what, where, error) from error


def _unreachable(what: str, where: str, error: Exception) -> DownloadError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return DownloadError(
        f"{where} can't be reached for {what}: {reason.rstrip('.')}. Check the network, or HTTPS_PROXY if you need a proxy."
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
        _fetch_whole(f"{endpoint()}/{repo}/resolve/{commit}/{quote(file.name)}", f"{file.name} of {repo}", file, path, counter)
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
        raise DownloadError(f"{endpoint()} returned no valid file list for {repo}. Check HF_ENDPOINT.") from error
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
            f"The disk that holds {partial.parent} has {free / 1e6:.0f} MB free, and {missing / 1e6:.0f} MB are needed. Free some "
            "space, or set VOICEBRIDGE_HOME to a folder on a larger disk."
        )


class _Counter:
    """Reports the progress over all files while one is downloaded."""

    def __init__(self, progress: Progress | None, before: int, total: int | None) -> None:
        self._progress, self._before, self._total = progress, before, total

    def tell(self, size: int) -> None:
        if self._progress:
            self._progress(self._before + size, self._total)


def _fetch_whole(url: str, what: str, file: HubFile, path: Path, counter: _Counter) -> None:
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
    return DownloadError(f"The connection was lost after {arrived / 1e6:.1f}{of} MB of {what}{reason}. {_KEPT}")


def _go_on(url: str, what: str, path: Path, had: int, counter: _Counter) -> None:
    """Append one connection's data to ``path``."""
    with ask(url, what, start=had) as answer:
        if answer.status == 416:
            path.unlink()
            raise DownloadError(f"{what} has not the size that the hub reports. The download was deleted; try again later.")
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
        wrong = f"it has {size} bytes instead of {file.size}"
    elif not file.is_right(path):
        wrong = "its hash is wrong"
    else:
        return
    path.unlink()
    raise DownloadError(f"{what} was damaged in transfer: {wrong}. It was deleted; run the same command again to download it.")
