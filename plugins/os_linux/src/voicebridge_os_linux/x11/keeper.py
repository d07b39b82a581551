"""A process that owns selections for others: ``python -m voicebridge_os_linux.x11.keeper``.

On X, a selection belongs to the program that owns it, and is lost when that program ends. So copied or restored content is passed to a
separate process, which ends when another program takes over the selections. It reads the content from stdin and takes ownership at the end
of the input, so the clipboard is restored even if the process that borrowed it is killed.
"""

from __future__ import annotations

import math
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import IO

from voicebridge import UnavailableError

from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.fetching import owner
from voicebridge_os_linux.x11.offers import Offer, receive, send
from voicebridge_os_linux.x11.serving import Owner

SECONDS = 5.0
"""Seconds within which the process must start and take ownership."""
_DONE = b"done\n"


class Keeper:
    """A client of the process. At the end of the context, the process takes ownership of the content that it was given."""

    def __init__(self) -> None:
        """Start the process, without waiting for it."""
        command = [sys.executable, "-P", "-m", __name__]
        # A separate session: it must survive this process and Ctrl-C.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/"
        )

    def keep(self, offers: Mapping[str, Offer], instead_of: int | None = None) -> None:
        """Send the content of each selection, and the window to take ownership from; without one, from any owner.

        Raises:
            UnavailableError: if the process has failed.
        """
        try:
            send(self._pipe, offers, instead_of)
        except OSError as error:
            raise _FAILED from error

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    @property
    def answers(self) -> IO[bytes]:
        """Readable after the process has taken ownership, or has failed."""
        return self._process.stdout  # type: ignore[return-value] # it has a pipe

    def go(self) -> None:
        """Let it take ownership; see :meth:`done`."""
        with suppress(OSError):  # its reply will report the failure
            self._pipe.close()

    def done(self) -> None:
        """Return after it or another program has taken ownership.

        Raises:
            UnavailableError: if the process has failed.
        """
        readable, _, _ = select.select([self.answers], [], [], SECONDS)
        if not readable or self.answers.readline() != _DONE:
            raise _FAILED

    @property
    def _pipe(self) -> IO[bytes]:
        return self._process.stdin  # type: ignore[return-value] # it has a pipe

    def _end(self) -> None:
        for pipe in (self._pipe, self.answers):
            with suppress(OSError):
                pipe.close()
        self._process.wait()  # only for the process that forked, which ends immediately; the forked one is not our child


_FAILED = UnavailableError("The clipboard process failed, so the copied content is lost. See: voicebridge doctor")


def main() -> int:
    """Read the content, take ownership at the end of the input, and serve it until other programs own all selections."""
    if sys.platform != "win32" and os.fork():
        os._exit(0)
    try:
        offers, instead_of = receive(sys.stdin.buffer)
        with connected() as connection:
            sys.stdin.buffer.read()  # the end of the input is the signal to start
            keeping = _take_over(connection, offers, instead_of)
            with suppress(OSError):
                os.write(sys.stdout.fileno(), _DONE)
            for stream in (0, 1):
                os.dup2(2, stream)
            _serve(connection, keeping)
    except (UnavailableError, ValueError, KeyError):
        return 1
    return 0


def _take_over(connection: Connection, offers: Mapping[str, Offer], instead_of: int | None) -> Owner:
    keeping = Owner(connection)
    connection.display.grab_server()  # no other program may copy between the check and taking ownership
    try:
        for selection, offer in offers.items():
            if instead_of is None or owner(connection, selection) in (0, instead_of):
                keeping.own(selection, offer)
    finally:
        connection.display.ungrab_server()
        connection.sync()
    return keeping


def _serve(connection: Connection, keeping: Owner) -> None:
    while keeping.owned or keeping.busy:
        if event := connection.next_event(math.inf if keeping.owned else time.monotonic() + 1):
            keeping.handle(event)


if __name__ == "__main__":
    sys.exit(main())
