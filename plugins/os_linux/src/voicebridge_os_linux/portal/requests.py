"""Requests to the portal: each is answered later by a signal, because the desktop may ask the user first."""

from __future__ import annotations

import itertools
import os
from typing import Any

from jeepney import DBusAddress, MatchRule
from voicebridge import UnavailableError

from voicebridge_os_linux.bus import Bus

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
ANSWER_SECONDS = 5.0
"""Seconds within which a request that doesn't involve the user must be answered."""
USER_SECONDS = 120.0
"""Seconds within which the user must answer."""
_numbers = itertools.count(1)


class Portal:
    """One of the portal's interfaces, and a session of it."""

    def __init__(self, interface: str) -> None:
        """Connect; nothing is requested yet.

        Raises:
            UnavailableError: if this session has no D-Bus.
        """
        self.bus = Bus()
        self.interface = f"org.freedesktop.portal.{interface}"
        self.session = ""
        """The object path of the session created by :meth:`open`."""
        self._address = DBusAddress(PATH, bus_name=NAME, interface=self.interface)

    def version(self) -> int:
        """The version of the interface.

        Raises:
            UnavailableError: if the desktop has no portal, or the portal lacks this interface.
        """
        properties = DBusAddress(PATH, bus_name=NAME, interface="org.freedesktop.DBus.Properties")
        if not self.bus.has(NAME):
            from voicebridge.installing import system_remedy

            raise UnavailableError(
                f"This desktop has no portal. Install it and what it needs for your desktop: {system_remedy('xdg-desktop-portal')}"
            )
        try:
            (_, number), *_ = self.bus.call(properties, "Get", "ss", (self.interface, "version"))
        except UnavailableError as error:
            short = self.interface.rpartition(".")[2]
            raise UnavailableError(f"This desktop's portal has no {short}. Current versions of GNOME and KDE have it.") from error
        return int(number)

    def open(self) -> None:
        """Create a session, which ends with the connection.

        Raises:
            UnavailableError: if the portal refuses.
        """
        options = {"session_handle_token": ("s", f"voicebridge{os.getpid()}_{next(_numbers)}")}
        self.session = self.request("CreateSession", "", (), options)["session_handle"][1]

    def request(
        self, method: str, signature: str, body: tuple[Any, ...], options: dict[str, Any] | None = None, seconds: float = ANSWER_SECONDS
    ) -> dict[str, Any]:
        """Call a method and return its results: variants by name.

        Args:
            method: the name of the method.
            signature: the D-Bus signature of the arguments before the options, which always come last.
            body: these arguments.
            options: variants by name.
            seconds: the time-out.

        Raises:
            UnavailableError: if the portal or the user refuses, or there is no answer in time.
        """
        token = f"voicebridge{os.getpid()}_{next(_numbers)}"
        path = f"{PATH}/request/{self.bus.name.removeprefix(':').replace('.', '_')}/{token}"
        # Before the call, because the answer may arrive immediately.
        answers = self.bus.subscribe(MatchRule(type="signal", interface="org.freedesktop.portal.Request", member="Response", path=path))
        options = {**(options or {}), "handle_token": ("s", token)}
        self.call(method, f"{signature}a{{sv}}", (*body, options))
        answer = self.bus.wait(answers, seconds)
        if answer is None:
            raise UnavailableError(
                f"The portal did not answer {method} within {seconds:g} s. Answer the question on the screen, then try again."
            )
        code, results = answer.body
        if code:
            said = "it was refused" if code == 1 else "it failed"
            raise UnavailableError(
                f"The portal was asked for {self.interface.rpartition('.')[2]}, and {said}. Allow it when the desktop asks."
            )
        return dict(results)

    def call(self, method: str, signature: str, body: tuple[Any, ...]) -> None:
        """Call a method that has no later answer.

        Raises:
            UnavailableError: if the portal refuses.
        """
        self.bus.call(self._address, method, signature, body)

    def close(self) -> None:
        """End the session; calling it twice is allowed."""
        self.bus.close()
