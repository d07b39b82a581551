"""How one process of VoiceBridge tells another what to do: a socket that the user alone can reach, or a named pipe on Windows.

A request is one JSON object, ``{"version": 1, "do": "start"}``, and so is its answer, ``{"ok": true}`` or ``{"ok": false, "error": "…"}``.
The library's framing is used and none of its pickling: what arrives is bytes of JSON, and no more of them than :data:`LARGEST`.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Listener
from pathlib import Path
from threading import Thread
from typing import Any
from zlib import crc32

from voicebridge import paths
from voicebridge.errors import Unavailable, UsageError, VoiceBridgeError

VERSION = 1
LARGEST = 65_536
"""Bytes of a request."""
PATIENCE = 5.0
"""Seconds that either side waits for the other."""
_LONGEST = 100
_NOBODY = "VoiceBridge is not listening. Start it in another terminal: voicebridge dictate"


class Control:
    """Takes requests from other processes, each in a thread of its own."""

    def __init__(self, answer: Callable[[str], None]) -> None:
        """Begin to listen.

        Args:
            answer: does what a request says; a VoiceBridgeError that it raises goes back as the answer.

        Raises:
            UsageError: when another process listens already.
            Unavailable: when the place to listen at can't be made.
        """
        self._answer = answer
        address = _address()
        if _is_alive(address):
            raise UsageError("VoiceBridge is listening already, in another process. Stop that one first: Ctrl-C where it runs.")
        try:
            self._listener = _listen(address)
        except OSError as error:
            raise Unavailable(
                f"{address} can't be listened at: {error.strerror or error}. Set VOICEBRIDGE_HOME to a folder of your own."
            ) from error
        self._open = True
        Thread(target=self._accept, name="control", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._open = False
        with suppress(OSError):
            self._listener.close()

    def _accept(self) -> None:
        while self._open:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError):  # closed by us, or a peer that is gone again
                continue
            Thread(target=self._serve, args=(connection,), name="control-peer", daemon=True).start()

    def _serve(self, connection: Any) -> None:
        with connection, suppress(OSError, EOFError):
            if not connection.poll(PATIENCE):
                return
            connection.send_bytes(_to_bytes(self._reply(connection.recv_bytes(LARGEST))))

    def _reply(self, request: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(request)
            if not isinstance(asked, dict) or asked.get("version") != VERSION or not isinstance(asked.get("do"), str):
                return {"ok": False, "error": f'a request is {{"version": {VERSION}, "do": "…"}}'}
            self._answer(asked["do"])
        except VoiceBridgeError as error:
            return {"ok": False, "error": str(error)}
        except (ValueError, RecursionError):
            return {"ok": False, "error": "a request is JSON"}
        return {"ok": True}


def ask(do: str) -> None:
    """Have the process that listens do something.

    Raises:
        Unavailable: when none listens, or it doesn't answer.
        VoiceBridgeError: when it could not do it, with its reason.
    """
    try:
        with _connect(_address()) as connection:
            connection.send_bytes(_to_bytes({"version": VERSION, "do": do}))
            if not connection.poll(PATIENCE):
                raise Unavailable(f"VoiceBridge has not answered for {PATIENCE:g} s. Stop it and start it again: voicebridge dictate")
            answer = json.loads(connection.recv_bytes(LARGEST))
    except (OSError, EOFError) as error:
        raise Unavailable(_NOBODY) from error
    if not answer.get("ok"):
        raise VoiceBridgeError(str(answer.get("error")))


def _address() -> str:
    if sys.platform == "win32":
        # A pipe's name is open to all; Windows itself lets only the user who made it connect.
        return rf"\\.\pipe\voicebridge-{os.environ.get('USERNAME', 'user')}-{crc32(str(paths.runtime_dir()).encode()):x}"
    path = paths.runtime_dir() / "control"
    if len(os.fsencode(path)) > _LONGEST:  # the system's limit for a socket's path
        path = Path(tempfile.gettempdir(), f"voicebridge-{os.getuid()}-{crc32(os.fsencode(path)):x}", "control")
    return str(path)


def _listen(address: str) -> Listener:
    if sys.platform == "win32":
        return Listener(address, "AF_PIPE")
    path = Path(address)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise PermissionError(errno.EACCES, "its folder is another user's")
    path.parent.chmod(0o700)
    path.unlink(missing_ok=True)  # of a process that was killed: nobody answers at it
    before = os.umask(0o177)
    try:
        return Listener(address, "AF_UNIX")
    finally:
        os.umask(before)


def _connect(address: str) -> Any:  # a Connection, or on Windows a PipeConnection
    if sys.platform == "win32":
        return Client(address, "AF_PIPE")
    if Path(address).stat().st_uid != os.getuid():
        raise FileNotFoundError(address)  # somebody else's: not to be told anything
    return Client(address, "AF_UNIX")


def _is_alive(address: str) -> bool:
    try:
        _connect(address).close()
    except (OSError, EOFError):
        return False
    return True


def _to_bytes(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()
