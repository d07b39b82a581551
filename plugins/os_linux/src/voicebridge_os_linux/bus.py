"""The D-Bus session bus, using jeepney."""

from __future__ import annotations

import os
import socket
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, MatchRule, Message, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg
from voicebridge import UnavailableError

SECONDS = 5.0
"""Seconds within which a program must answer."""


class Bus:
    """A connection to the bus, for one thread except for :meth:`interrupt`."""

    def __init__(self, address: str | None = None) -> None:
        """Connect.

        Args:
            address: of another bus instead of the session bus.

        Raises:
            UnavailableError: if this session has no bus, or it doesn't answer.
        """
        try:
            self._connection = open_dbus_connection(bus=address or _address())
        except (OSError, RuntimeError, ValueError, StopIteration) as error:
            raise UnavailableError(f"This session's D-Bus doesn't answer: {error}. Run it from a terminal on the desktop.") from error
        self.name: str = self._connection.unique_name
        """The unique name of this connection."""

    def call(
        self, to: DBusAddress, method: str, signature: str = "", body: tuple[Any, ...] = (), seconds: float = SECONDS
    ) -> tuple[Any, ...]:
        """Call a method of another program and return its results.

        Raises:
            UnavailableError: if the program doesn't exist, refuses, or exceeds the time-out.
        """
        message = new_method_call(to, method, signature or None, body)
        try:
            answer: tuple[Any, ...] = unwrap_msg(self._connection.send_and_get_reply(message, timeout=seconds))
        except TimeoutError as error:
            raise UnavailableError(f"{to.bus_name} has not answered for {seconds:g} s. If this persists, log out and in again.") from error
        except DBusErrorResponse as error:
            said = error.data[0] if error.data else error.name
            raise UnavailableError(f"{to.bus_name} refuses {method}: {str(said).rstrip('.')}.") from error
        except OSError as error:
            raise UnavailableError("The connection to this session's D-Bus was lost. Log in again.") from error
        return answer

    def has(self, name: str) -> bool:
        """Whether a bus name has an owner, or a service that is started on demand."""
        return self.is_owned(name) or name in self.call(_BUS, "ListActivatableNames")[0]

    def is_owned(self, name: str) -> bool:
        """Whether a bus name has an owner now."""
        return bool(self.call(_BUS, "NameHasOwner", "s", (name,))[0])

    def subscribe(self, rule: MatchRule) -> deque[Message]:
        """Return a queue that :meth:`wait` fills with the matching signals until the connection is closed."""
        queue: deque[Message] = deque()
        self._connection.filter(rule, queue=queue)
        self.call(_BUS, "AddMatch", "s", (rule.serialise(),))
        return queue

    def wait(self, queue: deque[Message], seconds: float | None = None) -> Message | None:
        """The next signal, ``None`` after the time-out.

        Raises:
            UnavailableError: if the bus is gone, or :meth:`interrupt` was called.
        """
        try:
            return self._connection.recv_until_filtered(queue, timeout=seconds)
        except TimeoutError:
            return None
        except (OSError, ValueError) as error:
            raise UnavailableError("The connection to this session's D-Bus was lost. Log in again.") from error

    def interrupt(self) -> None:
        """End every wait, present and future; any thread may call this."""
        with suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Disconnect; calling it twice is allowed."""
        self._connection.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self.close()


_BUS = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")


def _address() -> str:
    if address := os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    folder = os.environ.get("XDG_RUNTIME_DIR")
    if folder and Path(folder, "bus").exists():  # the default of systemd
        return f"unix:path={folder}/bus"
    raise UnavailableError("This session has no D-Bus: DBUS_SESSION_BUS_ADDRESS is not set. Run it from a terminal on the desktop.")
