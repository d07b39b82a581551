"""Fetching a voice from rhasspy/piper-voices on the hub, or a mirror that ``HF_ENDPOINT`` names, into our cache: whole or not at all.

A download collects in a folder of its own, named after the voice's hash, so that whatever lies there is the beginning of the right file
and a cut download goes on where it stopped. Only when every file has its size and hash does the folder become the voice's.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from voicebridge.errors import DownloadError
from voicebridge.ports import Progress

from voicebridge_piper.weights import checks, files, transport

REPO = "rhasspy/piper-voices"

_ATTEMPTS = 10  # at most so many connections for one file, and none after one that brought nothing
_FULL = (errno.ENOSPC, errno.EDQUOT)
_KEPT = "What has arrived is kept: give the same command again to go on from there."


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    """On the hub."""
    size: int
    """Bytes."""
    sha256: str | None
    git_sha1: str | None
    """What git calls the content, for a file that the hub keeps no SHA-256 of."""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def is_right(self, path: Path) -> bool:
        if self.sha256:
            return checks.sha256_of(path) == self.sha256
        content = path.read_bytes()
        return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest() == self.git_sha1


def fetch(code: str, folder: str, sha256: str | None = None, progress: Progress | None = None) -> files.VoiceFiles:
    """Fetch a voice into our cache; one that is whole there is left alone.

    Args:
        code: the voice's official name.
        folder: where it is on the hub.
        sha256: of the ``.onnx`` file, where it is pinned.
        progress: told the bytes that are there and the bytes in all, for all files together.

    Raises:
        DownloadError: with the reason and the remedy.
    """
    voice = files.cached(code)
    target = voice.onnx.parent
    try:
        with files.lock(target):
            if voice.flaw():
                _fetch_all(code, folder, target, sha256, progress)
            return voice
    except DownloadError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise DownloadError(f"The disk that holds {target.parent} is full. {_KEPT}") from error
        if isinstance(error.filename, str):
            raise DownloadError(f"{code} can't be kept at {error.filename}: {error.strerror}.") from error
        raise _unreachable(code, error) from error
    except Exception as error:  # the HTTP client's own errors, whichever client it is
        raise _unreachable(code, error) from error


def _unreachable(code: str, error: Exception) -> DownloadError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return DownloadError(
        f"{transport.endpoint()} can't be reached for {code}: {reason.rstrip('.')}. Check the network, or HTTPS_PROXY if you need a proxy."
    )


def _fetch_all(code: str, folder: str, target: Path, sha256: str | None, progress: Progress | None) -> None:
    wanted = _listing(code, folder, sha256)
    partial = target.with_name(f".{target.name}@{(wanted[-1].sha256 or '')[:12]}.partial")
    for stale in files.leftovers(target):
        if stale != partial:
            shutil.rmtree(stale, ignore_errors=True)
    partial.mkdir(parents=True, exist_ok=True)
    total = sum(file.size for file in wanted)
    _check_room(partial, total)
    done = 0
    for file in wanted:
        counter = _Counter(progress, done, total)
        _fetch_whole(file, f"{file.name} of {REPO}", partial / file.name, counter)
        done += file.size
    files.publish(partial, target)


def _listing(code: str, folder: str, sha256: str | None) -> list[_File]:
    """The files to fetch, the network itself last, so that what is small fails first."""
    url = f"{transport.endpoint()}/api/models/{REPO}/tree/main/{quote(folder)}"
    with transport.ask(url, f"the voice {code}") as answer:
        body = b"".join(answer.chunks)
    names = ("MODEL_CARD", f"{code}.onnx.json", f"{code}.onnx")
    try:
        found = {file.name: file for entry in json.loads(body) if entry.get("type") == "file" and (file := _file(entry))}
        if missing := [name for name in names[1:] if name not in found]:
            raise DownloadError(f"{REPO} has a folder for the voice {code}, but no {', '.join(missing)} in it. Take another voice.")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DownloadError(f"{transport.endpoint()} gave no list of files for {code} that can be read. Check HF_ENDPOINT.") from error
    if sha256 and found[names[-1]].sha256 != sha256:
        raise DownloadError(
            f"The hub's {code} is not the voice that this version of voicebridge-piper knows (SHA-256 differs), so it is not fetched. "
            "Try: pip install --upgrade voicebridge-piper"
        )
    return [found[name] for name in names if name in found]


def _file(entry: dict[str, object]) -> _File:
    lfs = entry.get("lfs")
    if isinstance(lfs, dict):
        return _File(str(entry["path"]), int(lfs["size"]), str(lfs["oid"]), None)
    return _File(str(entry["path"]), int(str(entry["size"])), None, str(entry["oid"]))


def _check_room(partial: Path, total: int) -> None:
    missing = total - sum(file.stat().st_size for file in partial.iterdir())
    free = shutil.disk_usage(partial).free
    if missing > free:
        raise DownloadError(
            f"The disk that holds {partial.parent} has {free / 1e6:.0f} MB free, and {missing / 1e6:.0f} MB are needed. Make room, or set "
            "VOICEBRIDGE_HOME to a folder on a larger disk."
        )


class _Counter:
    """Tells the progress over all files while one of them grows."""

    def __init__(self, progress: Progress | None, before: int, total: int) -> None:
        self._progress, self._before, self._total = progress, before, total

    def tell(self, size: int) -> None:
        if self._progress:
            self._progress(self._before + size, self._total)


def _fetch_whole(file: _File, what: str, path: Path, counter: _Counter) -> None:
    url = f"{transport.endpoint()}/{REPO}/resolve/main/{quote(file.path)}"
    for attempt in range(_ATTEMPTS):
        had = path.stat().st_size if path.exists() else 0
        if had and had == file.size:
            break
        cut: Exception | None = None
        try:
            _go_on(url, what, path, had, counter)
            if path.stat().st_size >= file.size:
                break
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


def _broken_off(what: str, arrived: int, size: int, cut: Exception | None) -> Exception:
    if not arrived and cut:
        return cut
    reason = f" ({' '.join(str(cut).split())})" if cut and str(cut) else ""
    return DownloadError(f"The connection broke off after {arrived / 1e6:.1f} of {size / 1e6:.1f} MB of {what}{reason}. {_KEPT}")


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
    if size != file.size:
        wrong = f"it has {size} bytes where {file.size} belong"
    elif not file.is_right(path):
        wrong = "its hash is not the one that it should have"
    else:
        return
    path.unlink()
    raise DownloadError(f"{what} arrived damaged: {wrong}. It was thrown away; give the same command again to fetch it afresh.")
