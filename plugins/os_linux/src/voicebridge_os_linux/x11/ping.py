"""Asking a window whether its program still takes what the user does."""

from __future__ import annotations

import time
from typing import Any

from Xlib import X
from Xlib.protocol import event as events

from voicebridge_os_linux.x11.connection import Connection


class Ping:
    """Asks as window managers do. A program answers once it has dealt with all that came before, keys above all."""

    def __init__(self, connection: Connection, window: Any) -> None:
        self._connection = connection
        self._window = window
        protocols = connection.read(window, "WM_PROTOCOLS")
        self.understood = protocols is not None and connection.atom("_NET_WM_PING") in list(protocols)
        """Whether this program answers at all; some don't know of it."""
        self._sent = 0
        self.answered = True
        """Whether the last question has been answered."""
        self.gone = False
        """Whether the window has been closed."""
        window.change_attributes(event_mask=X.StructureNotifyMask)
        if self.understood:
            # Where answers go: Qt sends them to who looks after the screen itself.
            connection.root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)

    def ask(self) -> None:
        """Ask anew."""
        if not self.understood:
            return
        self._sent = max(self._sent + 1, self._connection.time())  # which tells one answer from another
        self.answered = False
        atom = self._connection.atom
        self._window.send_event(
            events.ClientMessage(
                window=self._window, client_type=atom("WM_PROTOCOLS"), data=(32, [atom("_NET_WM_PING"), self._sent, self._window.id, 0, 0])
            )
        )
        self._connection.sync()

    def wait(self, seconds: float) -> bool:
        """Whether the question was answered in time; nothing but answers may be expected on this connection meanwhile."""
        until = time.monotonic() + seconds
        while not (self.answered or self.gone) and (event := self._connection.next_event(until)):
            self.handle(event)
        return self.answered

    def handle(self, event: Any) -> None:
        """Take note of an answer, or of the window's end."""
        if event.type == X.DestroyNotify and event.window.id == self._window.id:
            self.gone = True
        if event.type == X.ClientMessage and event.client_type == self._connection.atom("WM_PROTOCOLS"):
            _, data = event.data
            if data[0] == self._connection.atom("_NET_WM_PING") and data[1] == self._sent:
                self.answered = True
