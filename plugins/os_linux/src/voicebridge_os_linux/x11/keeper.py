"""A process that owns selections when we don't: ``python -m voicebridge_os_linux.x11.keeper``.

What X calls a selection lives in the program that owns it, and goes when that ends. So what is copied, or put back, is given to a process
of its own, which ends when somebody else owns the selections. It is told what to keep on stdin, and takes over when that ends, so that what
was on the clipboard comes back even when whoever borrowed it is killed.
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

from voicebridge import Unavailable

from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.fetching import owner
from voicebridge_os_linux.x11.offers import Offer, receive, send
from voicebridge_os_linux.x11.serving import Owner

SECONDS = 5.0
"""How long the process may take to come up and take over."""
_DONE = b"done\n"


class Keeper:
    """The process as seen by who started it. At the end of the context it takes over by itself what it was told to keep."""

    def __init__(self) -> None:
        """Start it, without waiting for it to come up."""
        command = [sys.executable, "-P", "-m", __name__]
        # A session of its own: it outlives us, and Ctrl-C.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/"
        )

    def keep(self, offers: Mapping[str, Offer], instead_of: int | None = None) -> None:
        """Tell it what each selection is to hold, and the window that they may be taken over from; without one from whoever has them.

        Raises:
            Unavailable: when it has failed.
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
        """Readable once it has taken over, or has failed."""
        return self._process.stdout  # type: ignore[return-value] # it was given one

    def go(self) -> None:
        """Have it take over; see :meth:`done`."""
        with suppress(OSError):  # which will be told by its answer
            self._pipe.close()

    def done(self) -> None:
        """Return once it has taken over, or somebody else has.

        Raises:
            Unavailable: when it has failed.
        """
        readable, _, _ = select.select([self.answers], [], [], SECONDS)
        if not readable or self.answers.readline() != _DONE:
            raise _FAILED

    @property
    def _pipe(self) -> IO[bytes]:
        return self._process.stdin  # type: ignore[return-value] # it was given one

    def _end(self) -> None:
        for pipe in (self._pipe, self.answers):
            with suppress(OSError):
                pipe.close()
        self._process.wait()  # for its first half only, which ends at once; the second is nobody's child


_FAILED = Unavailable("What is to stay on the clipboard can't be kept: the process for it failed. See: voicebridge doctor")


def main() -> int:
    """Read what to keep, take over when told to, and serve it until others own all of it."""
    if sys.platform != "win32" and os.fork():
        os._exit(0)
    try:
        offers, instead_of = receive(sys.stdin.buffer)
        with connected() as connection:
            sys.stdin.buffer.read()  # up to its end, which is the word to go
            keeping = _take_over(connection, offers, instead_of)
            with suppress(OSError):
                os.write(sys.stdout.fileno(), _DONE)
            for stream in (0, 1):
                os.dup2(2, stream)
            _serve(connection, keeping)
    except (Unavailable, ValueError, KeyError):
        return 1
    return 0


def _take_over(connection: Connection, offers: Mapping[str, Offer], instead_of: int | None) -> Owner:
    keeping = Owner(connection)
    connection.display.grab_server()  # nobody may copy something between our look and our taking
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
