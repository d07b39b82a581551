"""A process that owns the clipboard after the process that copied has ended.

Wayland stores no content itself: copied content stays with the program that copied it. This process reads the content from its standard
input and takes ownership of the clipboard at the end of the input, even if its parent was killed. It then reports completion, and keeps
ownership until another program copies something.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from voicebridge.errors import UnavailableError

from voicebridge_os_linux.wayland.data import Contents, Data
from voicebridge_os_linux.wayland.wire import Connection

SECONDS = 5.0
"""Seconds within which the process must take ownership."""
_END = bytes(8)
_DONE = b"."


class Keeper:
    """A process that is about to take ownership; :meth:`put` or :meth:`drop` must follow."""

    def __init__(self, contents: Contents, primary: bool = False) -> None:
        """Start the process; the clipboard or, with ``primary``, the primary selection, is not changed yet."""
        command = [sys.executable, "-P", "-m", "voicebridge_os_linux.wayland.keeper", "primary" if primary else "clipboard"]
        # A separate session: it must survive this process and Ctrl-C.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        # In a thread: a pipe holds only 64 KiB, and the process is still starting.
        self._writer = threading.Thread(target=self._write, args=(contents,), daemon=True)
        self._writer.start()

    def put(self) -> None:
        """Let it take ownership, and return when it has.

        Raises:
            UnavailableError: if the clipboard can't be accessed.
        """
        self._writer.join(SECONDS)
        told = b""
        if not self._writer.is_alive():
            with suppress(subprocess.TimeoutExpired):
                told, _ = self._process.communicate(timeout=SECONDS)
        if told != _DONE:
            self.drop()
            raise UnavailableError("The clipboard can't be used: the desktop rejected the new content. Try again.")

    def drop(self) -> None:
        """End the process; the clipboard is not changed."""
        if sys.platform != "win32":
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _write(self, contents: Contents) -> None:
        pipe = self._process.stdin
        with suppress(OSError):  # it has exited
            for kind, data in contents.items():
                for part in (kind.encode(), data):
                    pipe.write(len(part).to_bytes(8, "big") + part)  # type: ignore[union-attr]
            pipe.write(_END)  # type: ignore[union-attr]
            pipe.flush()  # type: ignore[union-attr]


def main() -> None:
    """Run the process."""
    if sys.platform == "win32" or os.fork():
        os._exit(0)  # so that the parent need not wait for the long-lived process
    contents: dict[str, bytes] = {}
    while kind := _read():
        contents[kind.decode()] = _read() or b""
    if kind is not None:  # the input is complete
        sys.stdin.buffer.read()
        _hold(contents, primary=sys.argv[1] == "primary")


def _hold(contents: Contents, primary: bool) -> None:
    with suppress(UnavailableError), Connection() as connection:
        owned = Data(connection).own(contents, primary)
        with suppress(BrokenPipeError):  # the parent was killed
            os.write(1, _DONE)
        nothing = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1):
            os.dup2(nothing, fd)
        while not owned.lost:
            connection.wait(lambda: owned.lost, 3600)


def _read() -> bytes | None:
    """The next part, ``None`` if the parent ended before it was complete."""
    size = sys.stdin.buffer.read(8)
    return sys.stdin.buffer.read(int.from_bytes(size, "big")) if len(size) == len(_END) else None


if __name__ == "__main__":
    main()
