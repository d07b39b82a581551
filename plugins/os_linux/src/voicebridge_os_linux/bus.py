"""The session's D-Bus, by jeepney."""

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
from voicebridge import Unavailable

SECONDS = 5.0
"""How long a program may take to answer."""


class Bus:
    """A connection to the bus; belongs to one thread, but for :meth:`interrupt`."""

    def __init__(self, address: str | None = None) -> None:
        """Connect.

        Args:
            address: of another bus than the session's.

        Raises:
            Unavailable: when this session has no bus, or it doesn't answer.
        """
        try:
            self._connection = open_dbus_connection(bus=address or _address())
        except (OSError, RuntimeError, ValueError, StopIteration) as error:
            raise Unavailable(f"This session's D-Bus doesn't answer: {error}. Run it from a terminal in the desktop.") from error
        self.name: str = self._connection.unique_name
        """What this connection is called."""

    def call(
        self, to: DBusAddress, method: str, signature: str = "", body: tuple[Any, ...] = (), seconds: float = SECONDS
    ) -> tuple[Any, ...]:
        """What a method of another program gives.

        Raises:
            Unavailable: when it isn't there, refuses, or takes longer.
        """
        message = new_method_call(to, method, signature or None, body)
        try:
            answer: tuple[Any, ...] = unwrap_msg(self._connection.send_and_get_reply(message, timeout=seconds))
        except TimeoutError as error:
            raise Unavailable(f"{to.bus_name} has not answered for {seconds:g} s. Log out and in again if that stays so.") from error
        except DBusErrorResponse as error:
            said = error.data[0] if error.data else error.name
            raise Unavailable(f"{to.bus_name} refuses {method}: {str(said).rstrip('.')}.") from error
        except OSError as error:
            raise Unavailable("This session's D-Bus has gone. Log in again.") from error
        return answer

    def has(self, name: str) -> bool:
        """Whether somebody answers to a name, or is started when that is asked."""
        return self.is_owned(name) or name in self.call(_BUS, "ListActivatableNames")[0]

    def is_owned(self, name: str) -> bool:
        """Whether somebody answers to a name by now."""
        return bool(self.call(_BUS, "NameHasOwner", "s", (name,))[0])

    def subscribe(self, rule: MatchRule) -> deque[Message]:
        """What :meth:`wait` fills with the signals that match, for as long as this connection is open."""
        queue: deque[Message] = deque()
        self._connection.filter(rule, queue=queue)
        self.call(_BUS, "AddMatch", "s", (rule.serialise(),))
        return queue

    def wait(self, queue: deque[Message], seconds: float | None = None) -> Message | None:
        """The next signal, ``None`` when there is none within this time.

        Raises:
            Unavailable: when the bus has gone, or :meth:`interrupt` was called.
        """
        try:
            return self._connection.recv_until_filtered(queue, timeout=seconds)
        except TimeoutError:
            return None
        except (OSError, ValueError) as error:
            raise Unavailable("This session's D-Bus has gone. Log in again.") from error

    def interrupt(self) -> None:
        """End every wait, now and later; any thread may call this."""
        with suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave the bus; twice does no harm."""
        self._connection.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self.close()


_BUS = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")


def _address() -> str:
    if address := os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    folder = os.environ.get("XDG_RUNTIME_DIR")
    if folder and Path(folder, "bus").exists():  # where systemd has it
        return f"unix:path={folder}/bus"
    raise Unavailable("This session has no D-Bus: DBUS_SESSION_BUS_ADDRESS is not set. Run it from a terminal in the desktop.")
