"""What plugin code leaves behind in its process: threads, child processes, sockets and open files; and files in folders."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

SETTLING = 5.0
"""Seconds for what is ending to disappear."""
_TICK = 0.01


class Leftovers:
    """Compares this process with how it was when this was created."""

    def __init__(
        self, subject: str, end: str, *, temporary: Path | None = None, folders: Iterable[Path] = (), descriptors: bool = True
    ) -> None:
        """Take stock.

        Args:
            subject: what is tested, for messages: ``the engine``.
            end: the call after which nothing may be left: ``close()``.
            temporary: the folder for temporary files, in which nothing new may remain, not even a folder.
            folders: those in which no new file may remain.
            descriptors: whether sockets and open files count.
        """
        self._subject, self._end = subject, end
        self._temporary, self._folders = temporary, list(folders)
        self._descriptors = descriptors
        self._before = {key for key, _ in self._now()}

    def faults(self) -> list[str]:
        """What has been left behind, with where to end it; what is about to end gets :data:`SETTLING` seconds."""
        until = time.monotonic() + SETTLING
        while (left := [text for key, text in self._now() if key not in self._before]) and time.monotonic() < until:
            time.sleep(_TICK)
        return [f"{self._subject} left {text}" for text in sorted(left)]

    def _now(self) -> Iterator[tuple[Hashable, str]]:
        """Everything that can be left, by its identity, each with the rest of a message."""
        after, process = f"after {self._end}", psutil.Process()
        for thread in threading.enumerate():
            yield thread, f"the thread {thread.name!r} running {after}: stop it in {self._end}, and join it."
        for child in process.children(recursive=True):
            if _is_running(child):
                yield child, f"the process {_command(child)!r} running {after}: end it in {self._end}, and wait for it."
        if self._descriptors:
            for each in process.net_connections(kind="all"):
                yield ("socket", each.fd, each.laddr), f"a socket open {after}, at {each.laddr}: close it in {self._end}."
            for file in process.open_files():
                yield ("file", file.fd, file.path), f"the file {file.path!r} open {after}: close it, or open it in a `with` statement."
        for name, path in self._paths():
            yield path, f"the file {name!r} {after}: delete it, or create it in a `with` statement."

    def _paths(self) -> Iterator[tuple[str, Path]]:
        if self._temporary is not None:
            yield from ((path.name, path) for path in self._temporary.iterdir())
        for folder in self._folders:
            if folder.exists():
                yield from ((str(path), path) for path in folder.rglob("*") if not path.is_dir())


def _is_running(child: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(child.status() != psutil.STATUS_ZOMBIE)
    return False


def _command(child: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(child.cmdline()) or child.name()
    return str(child.pid)
