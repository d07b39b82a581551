"""Block connections of Python code to other machines, and record attempts; sockets within this machine's file system work.

It replaces Python functions, so it doesn't detect native code: libraries that open sockets in C or Rust, in any thread.
:mod:`voicebridge.testing.system_calls` detects these too.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


@contextmanager
def no_network() -> Iterator[list[str]]:
    """Block all connections and name look-ups of this process, and list them; a plugin may swallow the error, but not the list."""
    attempts: list[str] = []

    def refuse(address: Any = "?", *_: Any, **__: Any) -> None:
        attempts.append(":".join(map(str, address[:2])) if isinstance(address, tuple) else str(address))
        raise OSError(f"the conformance kit keeps this code off the network (it asked for {address})")

    def refuse_remote(method: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            return method(self, address) if self.family not in (socket.AF_INET, socket.AF_INET6) else refuse(address)

        return connect

    with (
        patch.object(socket, "getaddrinfo", refuse),
        patch.object(socket.socket, "connect", refuse_remote(socket.socket.connect)),
        patch.object(socket.socket, "connect_ex", refuse_remote(socket.socket.connect_ex)),
    ):
        yield attempts
