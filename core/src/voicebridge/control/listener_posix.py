"""A socket in the file system that only the user can access."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # for type checking on the platforms it is meant for

# ruff: noqa: E402, S101
import errno
import os
import select
import socket
import stat
import struct
import time
from contextlib import suppress
from pathlib import Path

from voicebridge.control.peer import Peer
from voicebridge.control.protocol import FIRST
from voicebridge.control.transport_posix import SocketWire
from voicebridge.errors import UnavailableError, UsageError
from voicebridge.files.lock import LockedFile

_BACKLOG = 128
_RETRY = 0.01
"""Seconds between attempts to connect when there are very many clients."""


class SocketListener:
    """Listens at a path."""

    def __init__(self, address: str) -> None:
        self._path = path = Path(address)
        try:
            _make_private(path.parent)
            try:
                self._lock = LockedFile(path.with_name(f"{path.name}.lock"), 0o600)
            except BlockingIOError:
                raise _taken() from None
            try:
                self._socket = self._listen()
            except BaseException:
                self._lock.close()
                raise
        except OSError as error:
            raise UnavailableError(
                f"{path} can't be opened as a socket: {error.strerror or error}. Set VOICEBRIDGE_HOME to a folder of your own."
            ) from error
        self._made = path.lstat()
        self._bell = os.pipe()

    def accept(self) -> Peer | None:
        """The next peer of this user, ``None`` if it was closed."""
        waiting = select.poll()
        for handle in (self._socket.fileno(), self._bell[0]):
            waiting.register(handle, select.POLLIN)
        while True:
            if any(handle == self._bell[0] for handle, _ in waiting.poll()):
                self._release()
                return None
            try:
                connection, _ = self._socket.accept()
            except BlockingIOError:  # the client has already disconnected
                continue
            if _owner(connection) == os.geteuid():
                return Peer(SocketWire(connection), limit=FIRST)
            connection.close()

    def close(self) -> None:
        """Make :meth:`accept` return."""
        with suppress(OSError):
            if os.path.samestat(self._made, self._path.lstat()):  # not the socket of a later process
                self._path.unlink()
        os.write(self._bell[1], b"!")

    def _listen(self) -> socket.socket:
        if is_open(str(self._path)):  # on a file system without locks
            raise _taken()
        self._path.unlink(missing_ok=True)  # left by a killed process
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.setblocking(False)
            listening.bind(str(self._path))
            self._path.chmod(0o600)  # nobody can connect before it listens; the umask is shared by all threads, so it is not changed
            listening.listen(_BACKLOG)
        except BaseException:
            listening.close()
            raise
        return listening

    def _release(self) -> None:
        self._socket.close()
        self._lock.close()
        for handle in self._bell:
            os.close(handle)


def connect(address: str, until: float) -> Peer:
    """Connect to the process that listens at ``address``."""
    while True:
        try:
            return Peer(SocketWire(_connected(address)))
        except BlockingIOError:  # the queue of connections is full
            if time.monotonic() >= until:
                raise
            time.sleep(_RETRY)


def is_open(address: str) -> bool:
    """Whether a process listens there."""
    try:
        _connected(address).close()
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def _connected(address: str) -> socket.socket:
    if os.lstat(address).st_uid != os.geteuid():
        raise FileNotFoundError(errno.ENOENT, "another user's", address)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.setblocking(False)
        connection.connect(address)
        if _owner(connection) != os.geteuid():
            raise PermissionError(errno.EACCES, "another user's process is using it", address)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(folder: Path) -> None:
    """Create the folder, accessible only to the user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(errno.EACCES, "its folder is another user's")
    folder.chmod(0o700)


def _owner(connection: socket.socket) -> int:
    """The user of the process at the other end, according to the system."""
    uid = os.geteuid()  # on systems without this information, only the folder denies access to others
    if sys.platform == "linux":
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    elif sys.platform == "darwin":  # struct xucred of LOCAL_PEERCRED, at the level of SOL_LOCAL
        _, uid = struct.unpack_from("II", connection.getsockopt(0, 1, 128))
    return int(uid)


def _taken() -> UsageError:
    return UsageError("VoiceBridge is already running in another process. Stop it first: voicebridge daemon stop")
