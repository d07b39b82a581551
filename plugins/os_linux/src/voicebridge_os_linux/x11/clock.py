"""Convert the server's times to this process's clock."""

from __future__ import annotations

import time

from voicebridge_os_linux.x11.connection import Connection
from voicebridge_os_linux.x11.presses import difference


class ServerClock:
    """Converts the times of events, which may be read late, to ``time.monotonic()``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.set()

    def set(self) -> None:
        """Read the server's time. Until the next call, converted times are exact relative to each other."""
        self._server = self._connection.time()
        self._here = time.monotonic()

    def moment(self, when: int) -> float:
        """The time of an event, not later than now."""
        return min(self._here + difference(when, self._server) / 1000, time.monotonic())
