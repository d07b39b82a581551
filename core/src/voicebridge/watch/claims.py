"""Claims on files, so that one process at a time works on a file, on any machine: two daemons may watch the same share.

A claim is a hidden file next to the outputs. If the file system supports locks, its lock shows whether its owner is alive. Elsewhere, as on
some shares, a living owner changes its content every few seconds; if it has not changed for a minute, by the clock of the waiting process,
the claim has expired.
"""

from __future__ import annotations

import os
import platform
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from voicebridge.errors import cannot_write
from voicebridge.files.atomic import fitting
from voicebridge.files.lock import LockedFile
from voicebridge.watch.settling import is_local

BEAT = 10.0
"""Seconds between two heartbeats."""
DEAD = 60.0
"""Seconds without a heartbeat after which a claim from another machine, or of a possibly living process, expires."""
_UNSIGNED = 2.0
"""Seconds for the owner of a new claim to write its name."""
_WIDTH = 160
_ENDING = ".voicebridge-claim"


@dataclass
class _Seen:
    content: bytes
    since: float


class Claims:
    """The claims of one process; thread-safe."""

    def __init__(self, machine: str | None = None) -> None:
        """``machine`` is this machine's name, by default that in the network."""
        self._machine = (machine or platform.node() or "unknown").replace(" ", "-")
        self._owner = f"{self._machine} {os.getpid()} {secrets.token_hex(8)}"
        self._held: dict[Path, LockedFile] = {}
        self._seen: dict[Path, _Seen] = {}
        self._beats = 0
        self._told = time.monotonic()
        self._lock = Lock()

    def take(self, place: Path) -> bool:
        """Claim outputs; false while another process has claimed them.

        Raises:
            OutputError: if the claim can't be written.
        """
        path = _claim_at(place)
        with self._lock:
            try:
                return self._take(path)
            except OSError as error:
                raise cannot_write(place, error) from error

    def release(self, place: Path) -> None:
        """Release outputs; does nothing if they are not ours."""
        with self._lock:
            held = self._held.pop(_claim_at(place), None)
            if held is not None:
                with suppress(OSError):
                    held.remove()

    def release_all(self) -> None:
        """Release all claims."""
        for path in list(self._held):
            with self._lock, suppress(OSError):
                self._held.pop(path).remove()

    def clear(self, folder: str) -> None:
        """Remove the claims of dead owners in a folder; an owner that died after its last entry leaves a claim that nobody needs."""
        with suppress(OSError), os.scandir(folder) as entries:
            for name in [entry.name for entry in entries if entry.name.endswith(_ENDING)]:
                path = Path(folder, name)
                with self._lock, suppress(OSError):
                    if self._take(path):
                        self._held.pop(path).remove()

    def beat(self) -> None:
        """Write a heartbeat if it is due; to be called about every second."""
        if time.monotonic() - self._told >= BEAT:
            self._told = time.monotonic()
            with self._lock:
                self._beats += 1
                for path in self._held:
                    with suppress(OSError):
                        self._sign(path)

    def _take(self, path: Path) -> bool:
        if path in self._held:
            return False
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            is_new = True
        except FileExistsError:
            is_new = False
        try:
            lock = LockedFile(path)
        except BlockingIOError:
            return False
        try:
            mine = is_new or self._is_abandoned(path)
            if mine:
                self._sign(path)
                self._held[path] = lock
                self._seen.pop(path, None)
        except BaseException:
            lock.close()
            raise
        if not mine:
            lock.close()
        return mine

    def _is_abandoned(self, path: Path) -> bool:
        """Whether the owner of a claim is dead whose lock is free, or which could not be locked."""
        if is_local(path.parent):  # where locks work, and end with their owner
            return True
        content = path.read_bytes()
        owner = content.split()
        if len(owner) >= 2 and owner[0].decode("utf-8", "replace") == self._machine and not _lives(owner[1]):
            return True
        seen = self._seen.get(path)
        if seen is None or seen.content != content:
            seen = self._seen[path] = _Seen(content, time.monotonic())
        return time.monotonic() - seen.since >= (DEAD if content.strip() else _UNSIGNED)

    def _sign(self, path: Path) -> None:
        line = f"{self._owner} {self._beats}".encode()[: _WIDTH - 1]
        with path.open("r+b") as file:
            file.write(line.ljust(_WIDTH - 1) + b"\n")


def _claim_at(place: Path) -> Path:
    return place.with_name(fitting(place.name.removesuffix(".voicebridge-part"), _ENDING))


def _lives(process: bytes) -> bool:
    if os.name != "posix" or not process.isdigit():
        return True  # unknown; the heartbeats decide
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
