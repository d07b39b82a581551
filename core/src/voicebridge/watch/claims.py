"""The right to do a file, which one process at a time has, on whichever machine: two daemons may watch one share.

A claim is a hidden file beside the outputs. Where the file system knows locks, the lock on it tells whether its owner lives. Elsewhere, as
on some shares, it is known by its content, which a living owner changes every few seconds; what has not changed for a minute, on the
clock of whoever waits, belongs to nobody any more.
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
from voicebridge.locked import LockedFile
from voicebridge.sinks.files import fitting
from voicebridge.watch.rest import is_local

BEAT = 10.0
"""Seconds between two signs of life."""
DEAD = 60.0
"""Seconds without one after which a claim on another machine, or by a process that may live, counts no more."""
_UNSIGNED = 2.0
"""Seconds that the owner of a new claim has for writing its name into it."""
_WIDTH = 160
_ENDING = ".voicebridge-claim"


@dataclass
class _Seen:
    content: bytes
    since: float


class Claims:
    """The claims of one process. May be used by several threads."""

    def __init__(self, machine: str | None = None) -> None:
        """``machine`` is this one's name, by default the network's."""
        self._machine = (machine or platform.node() or "unknown").replace(" ", "-")
        self._owner = f"{self._machine} {os.getpid()} {secrets.token_hex(8)}"
        self._held: dict[Path, LockedFile] = {}
        self._seen: dict[Path, _Seen] = {}
        self._beats = 0
        self._told = time.monotonic()
        self._lock = Lock()

    def take(self, place: Path) -> bool:
        """Claim the outputs at a place; false while somebody else has them.

        Raises:
            OutputError: when nothing can be written there.
        """
        path = _claim_at(place)
        with self._lock:
            try:
                return self._take(path)
            except OSError as error:
                raise cannot_write(place, error) from error

    def release(self, place: Path) -> None:
        """Let go of the outputs; does nothing when they are not ours."""
        with self._lock:
            held = self._held.pop(_claim_at(place), None)
            if held is not None:
                with suppress(OSError):
                    held.remove()

    def release_all(self) -> None:
        """Let go of everything."""
        for path in list(self._held):
            with self._lock, suppress(OSError):
                self._held.pop(path).remove()

    def clear(self, folder: str) -> None:
        """Remove the claims in a folder whose owners died; one that died after its last word on a file left a claim nobody asks for."""
        with suppress(OSError), os.scandir(folder) as entries:
            for name in [entry.name for entry in entries if entry.name.endswith(_ENDING)]:
                path = Path(folder, name)
                with self._lock, suppress(OSError):
                    if self._take(path):
                        self._held.pop(path).remove()

    def beat(self) -> None:
        """Show that we live, where it is time; to be called every second or so."""
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
        """Whether the owner of a claim whose lock nobody holds, or which no lock could be had on, is dead."""
        if is_local(path.parent):  # where locks hold, and end with who has them
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
        return True  # nobody knows; the signs of life decide
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
