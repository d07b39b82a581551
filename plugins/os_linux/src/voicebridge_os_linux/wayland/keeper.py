"""What stays on the clipboard when the process that put it there has gone: a small process of its own holds it.

Wayland keeps nothing itself: what is copied is with the program that copied it. This one takes what it is to hold from its standard input,
and puts it on the clipboard when that ends, be it because who started it was killed; then it says so, and stays until another program puts
something else there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from voicebridge.errors import Unavailable

from voicebridge_os_linux.wayland.data import Contents, Data
from voicebridge_os_linux.wayland.wire import Connection

SECONDS = 5.0
"""How long the process may take to put something on the clipboard."""
_END = bytes(8)
_DONE = b"."


class Keeper:
    """A process that is about to put something on the clipboard; :meth:`put` or :meth:`drop` has to follow."""

    def __init__(self, contents: Contents, primary: bool = False) -> None:
        """Start it; the clipboard, or with ``primary`` the selection, is not touched yet."""
        command = [sys.executable, "-P", "-m", "voicebridge_os_linux.wayland.keeper", "primary" if primary else "clipboard"]
        # A session of its own: it outlives us, and Ctrl-C.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        # In a thread: pipes hold 64 KiB, and it is still starting.
        self._writer = threading.Thread(target=self._write, args=(contents,), daemon=True)
        self._writer.start()

    def put(self) -> None:
        """Have it done, and return when it is.

        Raises:
            Unavailable: when the clipboard can't be reached.
        """
        self._writer.join(SECONDS)
        told = b""
        if not self._writer.is_alive():
            with suppress(subprocess.TimeoutExpired):
                told, _ = self._process.communicate(timeout=SECONDS)
        if told != _DONE:
            self.drop()
            raise Unavailable("The clipboard can't be used: the desktop didn't take what was to be put there. Try again.")

    def drop(self) -> None:
        """End it; the clipboard is not touched."""
        if sys.platform != "win32":
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _write(self, contents: Contents) -> None:
        pipe = self._process.stdin
        with suppress(OSError):  # it is no more
            for kind, data in contents.items():
                for part in (kind.encode(), data):
                    pipe.write(len(part).to_bytes(8, "big") + part)  # type: ignore[union-attr]
            pipe.write(_END)  # type: ignore[union-attr]
            pipe.flush()  # type: ignore[union-attr]


def main() -> None:
    """What the process does."""
    if sys.platform == "win32" or os.fork():
        os._exit(0)  # so that who started us has nobody to bury later on
    contents: dict[str, bytes] = {}
    while kind := _read():
        contents[kind.decode()] = _read() or b""
    if kind is not None:  # all of it has come
        sys.stdin.buffer.read()
        _hold(contents, primary=sys.argv[1] == "primary")


def _hold(contents: Contents, primary: bool) -> None:
    with suppress(Unavailable), Connection() as connection:
        owned = Data(connection).own(contents, primary)
        with suppress(BrokenPipeError):  # who started us was killed
            os.write(1, _DONE)
        nothing = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1):
            os.dup2(nothing, fd)
        while not owned.lost:
            connection.wait(lambda: owned.lost, 3600)


def _read() -> bytes | None:
    """The next part, ``None`` when who started us has gone before it was whole."""
    size = sys.stdin.buffer.read(8)
    return sys.stdin.buffer.read(int.from_bytes(size, "big")) if len(size) == len(_END) else None


if __name__ == "__main__":
    main()
