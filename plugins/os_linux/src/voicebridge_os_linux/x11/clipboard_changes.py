"""Watch the clipboard of X: the server reports each new owner."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import suppress
from typing import IO

from voicebridge import UnavailableError
from Xlib import X
from Xlib.ext import xfixes

from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.fetching import fetch, targets, text
from voicebridge_os_linux.x11.offers import SECRET
from voicebridge_os_linux.x11.woken import Woken

LARGEST = 4 * 1024 * 1024
"""Maximum size in bytes of a text to report."""


Copies = Woken[str]
"""See :class:`voicebridge.ports.Copies`."""


def copies() -> Copies:
    """The texts copied from now on.

    Raises:
        UnavailableError: if the X server does not answer, or has no XFixes.
    """
    return Woken(_listen)


def _listen(wake: IO[bytes]) -> Generator[str | None, None, None]:
    with connected() as connection:
        if not connection.display.has_extension("XFIXES"):
            raise UnavailableError("This X server does not report copies: it has no XFixes. Leave reading.copied off.")
        with connection.asking():
            connection.display.xfixes_query_version()
            clipboard = connection.display.intern_atom("CLIPBOARD")
            connection.display.xfixes_select_selection_input(connection.window, clipboard, xfixes.XFixesSetSelectionOwnerNotifyMask)
        connection.sync()
        yield None
        while True:
            event = connection.next_event(math.inf, wake)
            if event is None:
                yield None
            elif type(event).__name__ == "SetSelectionOwnerNotify" and event.owner.id != X.NONE:
                yield _copied()


def _copied() -> str:
    # The owner may not answer while another copy is made, so a separate connection waits for it: this one would miss the next event.
    with suppress(UnavailableError), connected() as connection:
        offered = targets(connection, "CLIPBOARD")
        if SECRET not in offered:
            return text(connection, "CLIPBOARD", LARGEST)
        secret = fetch(connection, "CLIPBOARD", SECRET)
        if secret is not None and secret.data != b"secret":
            return text(connection, "CLIPBOARD", LARGEST)
    return ""
