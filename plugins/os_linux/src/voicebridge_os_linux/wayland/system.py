"""Operating system functions for Wayland: sockets that pass file descriptors, and memory shared with another process."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from voicebridge.errors import UnavailableError

_MOST_FDS = 28
"""Maximum number of file descriptors per message."""
_NO_LINUX = "Wayland exists only on Linux."


def display_path() -> Path:
    """The socket of this session's desktop.

    Raises:
        UnavailableError: if this session has no Wayland desktop.
    """
    name = os.environ.get("WAYLAND_DISPLAY")
    if not name:
        raise UnavailableError(
            "This is not a Wayland session: WAYLAND_DISPLAY is not set. If it is, run it from a terminal on the desktop."
        )
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if not (folder or name.startswith("/")):
        raise UnavailableError("XDG_RUNTIME_DIR, the folder of the desktop's socket, is not set. Run it from a terminal on the desktop.")
    return Path(folder, name)


def connect(path: Path, seconds: float) -> socket.socket:
    """Connect to a Unix socket.

    Raises:
        OSError: if nothing listens there.
    """
    if sys.platform == "win32":
        raise UnavailableError(_NO_LINUX)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    try:
        connection.connect(str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def send(connection: socket.socket, data: bytes, fds: list[int]) -> None:
    """Send all of ``data``, and the file descriptors with its first byte; the caller must close them."""
    if sys.platform == "win32":
        raise UnavailableError(_NO_LINUX)
    sent = socket.send_fds(connection, [data], fds) if fds else 0
    connection.sendall(data[sent:])


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """Receive data and file descriptors, which the caller must close; the data is empty if the other side has disconnected."""
    if sys.platform == "win32":
        raise UnavailableError(_NO_LINUX)
    data, fds, _, _ = socket.recv_fds(connection, 65_536, _MOST_FDS)
    for fd in fds:
        os.set_inheritable(fd, False)
    return data, fds


def shared_memory(data: bytes) -> int:
    """A file descriptor for memory that holds ``data``; the caller must close it."""
    if sys.platform != "linux":
        raise UnavailableError(_NO_LINUX)
    fd = os.memfd_create("voicebridge", os.MFD_CLOEXEC)
    with open(fd, "wb", closefd=False) as file:
        file.write(data)
    return fd


def files_are_visible(process: int) -> bool:
    """Whether :func:`has_open` works for a process: not for one of another user, or one whose ``/proc`` entries are protected."""
    try:
        return any(Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return False


def has_open(process: int, fd: int) -> bool:
    """Whether a process has the same file open as ``fd``: for a pipe, whether it has one of its ends."""
    # Compare only the targets of the links: accessing the files themselves may wait for a server.
    try:
        wanted = Path(f"/proc/self/fd/{fd}").readlink()
        return any(_link(path) == wanted for path in Path(f"/proc/{process}/fd").iterdir())
    except OSError:  # the process has ended
        return False


def _link(path: Path) -> Path | None:
    try:
        return path.readlink()
    except OSError:  # it was closed meanwhile
        return None
