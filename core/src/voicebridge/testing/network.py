"""A stretch of time in which Python code can't open a connection, and attempts are noted.

It replaces Python's own functions, so it does not see native code: libraries that open sockets in C or Rust, from whatever thread.
:mod:`voicebridge.testing.system_calls` sees those too.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


@contextmanager
def no_network() -> Iterator[list[str]]:
    """Refuse every connection and name look-up of this process, and list them; a plugin may swallow the refusal, not the list."""
    attempts: list[str] = []

    def refuse(*arguments: Any, **_: Any) -> None:
        address = next((each for each in arguments if not isinstance(each, socket.socket)), "?")
        attempts.append(str(address))
        raise OSError(f"the conformance kit keeps this code off the network (it asked for {address})")

    with (
        patch.object(socket, "getaddrinfo", refuse),
        patch.object(socket.socket, "connect", refuse),
        patch.object(socket.socket, "connect_ex", refuse),
    ):
        yield attempts
