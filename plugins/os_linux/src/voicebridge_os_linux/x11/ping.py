"""Ask a window whether its program still processes input."""

from __future__ import annotations

import time
from typing import Any

from Xlib import X
from Xlib.protocol import event as events

from voicebridge_os_linux.x11.connection import Connection


class Ping:
    """Sends pings as window managers do. A program replies after it has processed all earlier events, including keys."""

    def __init__(self, connection: Connection, window: Any) -> None:
        self._connection = connection
        self._window = window
        protocols = connection.read(window, "WM_PROTOCOLS")
        self.understood = protocols is not None and connection.atom("_NET_WM_PING") in list(protocols)
        """Whether this program supports pings."""
        self._sent = 0
        self.answered = True
        """Whether the last ping was answered."""
        self.gone = False
        """Whether the window was closed."""
        window.change_attributes(event_mask=X.StructureNotifyMask)
        if self.understood:
            # Replies are sent to the root window; Qt sends them with the event mask of window managers.
            connection.root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)

    def ask(self) -> None:
        """Send a ping."""
        if not self.understood:
            return
        self._sent = max(self._sent + 1, self._connection.time())  # identifies the reply
        self.answered = False
        atom = self._connection.atom
        self._window.send_event(
            events.ClientMessage(
                window=self._window, client_type=atom("WM_PROTOCOLS"), data=(32, [atom("_NET_WM_PING"), self._sent, self._window.id, 0, 0])
            )
        )
        self._connection.sync()

    def wait(self, seconds: float) -> bool:
        """Return whether the ping was answered in time; meanwhile, other events of this connection are discarded."""
        until = time.monotonic() + seconds
        while not (self.answered or self.gone) and (event := self._connection.next_event(until)):
            self.handle(event)
        return self.answered

    def handle(self, event: Any) -> None:
        """Process a reply, or the destruction of the window."""
        if event.type == X.DestroyNotify and event.window.id == self._window.id:
            self.gone = True
        if event.type == X.ClientMessage and event.client_type == self._connection.atom("WM_PROTOCOLS"):
            _, data = event.data
            if data[0] == self._connection.atom("_NET_WM_PING") and data[1] == self._sent:
                self.answered = True
