"""What Wayland needs of the operating system: a socket that carries file descriptors, and memory that another process can read."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from voicebridge.errors import Unavailable

_MOST_FDS = 28
"""How many file descriptors one message carries at most."""
_NO_LINUX = "Wayland is used on Linux alone."


def display_path() -> Path:
    """The socket of this session's desktop.

    Raises:
        Unavailable: when this session has none on Wayland.
    """
    name = os.environ.get("WAYLAND_DISPLAY")
    if not name:
        raise Unavailable("This is no Wayland session: WAYLAND_DISPLAY is not set. In one, run it from a terminal in the desktop.")
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if not (folder or name.startswith("/")):
        raise Unavailable("XDG_RUNTIME_DIR is not set, where the desktop's socket is. Run it from a terminal in the desktop.")
    return Path(folder, name)


def connect(path: Path, seconds: float) -> socket.socket:
    """A connection to a socket of the file system.

    Raises:
        OSError: when nobody answers there.
    """
    if sys.platform == "win32":
        raise Unavailable(_NO_LINUX)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    try:
        connection.connect(str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def send(connection: socket.socket, data: bytes, fds: list[int]) -> None:
    """Send all of ``data``, and the file descriptors with its first byte; they stay the caller's to close."""
    if sys.platform == "win32":
        raise Unavailable(_NO_LINUX)
    sent = socket.send_fds(connection, [data], fds) if fds else 0
    connection.sendall(data[sent:])


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """What has arrived, and the file descriptors with it, which are the caller's to close; no bytes when the other side is gone."""
    if sys.platform == "win32":
        raise Unavailable(_NO_LINUX)
    data, fds, _, _ = socket.recv_fds(connection, 65_536, _MOST_FDS)
    for fd in fds:
        os.set_inheritable(fd, False)
    return data, fds


def shared_memory(data: bytes) -> int:
    """A file descriptor, the caller's to close, of memory that holds ``data``."""
    if sys.platform != "linux":
        raise Unavailable(_NO_LINUX)
    fd = os.memfd_create("voicebridge", os.MFD_CLOEXEC)
    with open(fd, "wb", closefd=False) as file:
        file.write(data)
    return fd
